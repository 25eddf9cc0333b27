"""The Broker port over files: records in from files or stdin, outcomes out as JSON lines; no group."""

from __future__ import annotations

import base64
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Self

import orjson

from worker.adapters.files import Input, RawValue, read_all
from worker.errors import UsageError
from worker.ports import Batch, Message, RawRecord

OUTPUTS = {"clean": "clean.jsonl", "duplicates": "duplicates.jsonl", "dead_letters": "dead-letters.jsonl"}

Progress = Callable[[int, RawValue | None], None]
"""Told how many records are settled, and the last one read."""


class LocalBroker:
    """Use it as a context: the outputs get their names only when all went well."""

    def __init__(
        self, inputs: Sequence[Input], out: Path, force: bool, progress: Progress, max_bytes: int
    ) -> None:
        self._values: Iterator[RawValue] = read_all(inputs)
        self._out = _empty_folder(out, force)
        self._progress = progress
        self._max_bytes = max_bytes
        self._files: dict[str, BinaryIO] = {}
        self._exhausted = False
        self._taken = self._settled = 0
        self._last: RawValue | None = None

    def __enter__(self) -> Self:
        for role, name in OUTPUTS.items():
            self._files[role] = (self._out / f"{name}.partial").open("wb")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for role, name in OUTPUTS.items():
            file = self._files[role]
            file.flush()
            os.fsync(file.fileno())
            file.close()
            if kind is None and self.caught_up():
                (self._out / f"{name}.partial").replace(self._out / name)

    def poll(self, timeout_s: float, max_records: int) -> Batch:
        records: list[RawRecord] = []
        size = 0
        while len(records) < max_records and size < self._max_bytes and not self._exhausted:
            value = next(self._values, None)
            if value is None:
                self._exhausted = True
                break
            record = RawRecord(value.source.name, 0, value.index, value.source.mtime_ms, None, value.value)
            records.append(record)
            size += record.size
            self._last = value
        self._taken += len(records)
        return Batch(tuple(records), {})

    def keep_alive(self) -> None:
        pass

    def rewind(self) -> Mapping[tuple[str, int], int]:
        return {}

    def commit(self, messages: Sequence[Message], batch: Batch, claimed: int) -> None:
        for message in messages:
            self._files[message.role].write(_line(message))
        self._settled += len(batch.records)
        self._progress(self._settled, self._last)

    def caught_up(self) -> bool:
        return self._exhausted and self._settled == self._taken

    def claimed_before(self) -> int:
        return 0

    def assigned(self) -> int:
        return 1

    def close(self, timeout_s: float) -> None:
        pass


def _line(message: Message) -> bytes:
    if message.role != "dead_letters":
        return (message.value or b"") + b"\n"
    letter = {
        "key": message.key and message.key.decode("utf-8", "replace"),
        "value_base64": None if message.value is None else base64.b64encode(message.value).decode(),
        "headers": {name: (value or b"").decode("utf-8", "replace") for name, value in message.headers},
    }
    return orjson.dumps(letter) + b"\n"


def _empty_folder(out: Path, force: bool) -> Path:
    if out.exists() and not out.is_dir():
        raise UsageError(f"{out} is no folder")
    if out.is_dir() and any(out.iterdir()) and not force:
        raise UsageError(f"{out} is not empty; --force writes into it all the same")
    try:
        out.mkdir(parents=True, exist_ok=True)
        for name in OUTPUTS.values():
            (out / name).unlink(missing_ok=True)
    except OSError as error:
        raise UsageError(f"{out}: {error.strerror}") from None
    return out
