"""The Broker port over files: records in from files or stdin, outcomes out as JSON lines; no group."""

from __future__ import annotations

import base64
import fcntl
import os
import time
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Self

import orjson

from worker.adapters.files import Input, RawValue, read_all
from worker.errors import FatalError, UsageError
from worker.ports import Batch, Message, Place, RawRecord

OUTPUTS = {"clean": "clean.jsonl", "duplicates": "duplicates.jsonl", "dead_letters": "dead-letters.jsonl"}

Tell = Callable[[int, int], None]
"""Told how many records are settled, and how many bytes of the inputs are read."""


class LocalBroker:
    """Use it as a context: the outputs get their names only when the whole input has its outcomes."""

    def __init__(self, inputs: Sequence[Input], out: Path, force: bool, tell: Tell, max_bytes: int) -> None:
        self.passed_over = Counter[str]()
        self._values: Iterator[RawValue | None] = read_all(inputs, self.passed_over)
        self._out = _empty_folder(out, force, inputs)
        self._tell = tell
        self._max_bytes = max_bytes
        self._files: dict[str, BinaryIO] = {}
        self._exhausted = False
        self._taken = self._settled = self._bytes_done = 0

    def __enter__(self) -> Self:
        with _saying_where(self._out):
            for role, name in OUTPUTS.items():
                self._files[role] = _alone(self._out / f"{name}.partial")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with _saying_where(self._out):
            for file in self._files.values():
                file.flush()
                os.fsync(file.fileno())
                file.close()
            if kind is None and self.caught_up():
                for name in OUTPUTS.values():
                    (self._out / f"{name}.partial").replace(self._out / name)

    def poll(self, timeout_s: float, max_records: int) -> Batch:
        """The next records. Raises FatalError when an input cannot be read to its end."""
        records: list[RawRecord] = []
        size = 0
        deadline = time.monotonic() + timeout_s
        while len(records) < max_records and size < self._max_bytes and not self._exhausted:
            try:
                value = next(self._values)
            except StopIteration:
                self._exhausted = True
                break
            if value is not None:
                records.append(_record(value))
                size += len(value.value)
                self._bytes_done = value.bytes_done
            elif records or time.monotonic() >= deadline:
                break  # a pipe is silent: go on with what there is
        self._taken += len(records)
        return Batch(tuple(records), {})

    def keep_alive(self) -> None:
        pass

    def rewind(self, begun: Collection[Place] = ()) -> Mapping[Place, int]:
        return {}

    def commit(self, messages: Sequence[Message], batch: Batch, claimed: int) -> None:
        """Appends the messages. Raises FatalError when they cannot be written."""
        with _saying_where(self._out):
            for message in messages:
                self._files[message.role].write(_line(message))
        self._settled += len(batch.records)
        self._tell(self._settled, self._bytes_done)

    def caught_up(self) -> bool:
        return self._exhausted and self._settled == self._taken

    def claimed_before(self) -> int:
        return 0

    def assigned(self) -> int | None:
        return 1

    def close(self, timeout_s: float) -> None:
        pass


def _record(value: RawValue) -> RawRecord:
    return RawRecord(value.source.name, 0, value.index, value.source.mtime_ms, None, value.value)


def _line(message: Message) -> bytes:
    if message.role != "dead_letters":
        return (message.value or b"") + b"\n"
    letter = {
        "key": message.key and message.key.decode("utf-8", "replace"),
        "value_base64": None if message.value is None else base64.b64encode(message.value).decode(),
        "headers": {name: (value or b"").decode("utf-8", "replace") for name, value in message.headers},
    }
    return orjson.dumps(letter) + b"\n"


def _empty_folder(out: Path, force: bool, inputs: Sequence[Input]) -> Path:
    """The folder, made if need be, without earlier outputs. Raises UsageError before anything is touched."""
    if out.exists() and not out.is_dir():
        raise UsageError(f"{out} is no folder")
    for one in inputs:
        if one.path and one.path.resolve().is_relative_to(out.resolve()):
            raise UsageError(f"{one.path} lies in {out}, where the output goes: name another folder")
    if out.is_dir() and any(out.iterdir()) and not force:
        raise UsageError(f"{out} is not empty; --force writes into it all the same")
    try:
        out.mkdir(parents=True, exist_ok=True)
        for name in OUTPUTS.values():
            (out / name).unlink(missing_ok=True)
    except OSError as error:
        raise UsageError(f"{out}: {error.strerror}") from None
    return out


def _alone(path: Path) -> BinaryIO:
    """The file, empty, for this run alone. Raises UsageError while another one writes it."""
    file = path.open("ab")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        file.close()
        raise UsageError(f"{path.parent}: another run writes into it") from None
    except OSError:  # a file system that knows no locks
        pass
    if file.tell():  # left by a run that was stopped; a device cannot be cut
        file.truncate(0)
    return file


@contextmanager
def _saying_where(out: Path) -> Iterator[None]:
    """A full disk or a folder that is gone is one clear line."""
    try:
        yield
    except OSError as error:
        raise FatalError(f"cannot write to {out}: {error.strerror or error}") from error
