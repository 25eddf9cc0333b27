"""Raw records out of files: text, HTML, JSON lines, WARC, folders of them, gzip, or standard input."""

from __future__ import annotations

import gzip
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, cast

import orjson

from worker.adapters.charsets import declared_charset
from worker.adapters.warc import pages_in
from worker.errors import UsageError

KINDS = {
    ".txt": "text",
    ".html": "html",
    ".htm": "html",
    ".json": "json",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".warc": "warc",
}
ACCEPTED = "files ending in .txt, .html, .json, .jsonl or .warc (each also .gz), folders of them, or -"


@dataclass(frozen=True, slots=True)
class Input:
    """One file to read, or standard input (`path` None)."""

    path: Path | None
    kind: str

    @property
    def name(self) -> str:
        """Where its records come from, as `origin.topic` says it."""
        return "stdin" if self.path is None else f"file:{self.path}"

    @property
    def mtime_ms(self) -> int:
        """When the file was last changed; 0 for a pipe, so that the same input gives the same output."""
        return 0 if self.path is None else self.path.stat().st_mtime_ns // 1_000_000

    @property
    def size(self) -> int:
        """Bytes, for the progress bar; 0 for a pipe."""
        return 0 if self.path is None else self.path.stat().st_size


@dataclass(frozen=True, slots=True)
class RawValue:
    """A raw record's value, its place in its input, and how far into the file it goes (bytes)."""

    source: Input
    index: int
    value: bytes
    bytes_done: int


def inputs_of(arguments: Sequence[str]) -> list[Input]:
    """The inputs that the arguments name, folders walked in sorted order. Raises UsageError."""
    found: list[Input] = []
    for argument in arguments:
        path = Path(argument)
        if argument == "-":
            found.append(Input(None, "jsonl"))
        elif path.is_dir():
            inside = [Input(p, kind) for p in sorted(path.rglob("*")) if p.is_file() and (kind := kind_of(p))]
            if not inside:
                raise UsageError(f"{path}: nothing to read in this folder; Winnow reads {ACCEPTED}")
            found += inside
        elif not path.exists():
            raise UsageError(f"{path}: no such file or folder")
        elif kind := kind_of(path):
            found.append(Input(path, kind))
        else:
            raise UsageError(f"{path}: what is it? Winnow reads {ACCEPTED}")
    return found


def kind_of(path: Path) -> str | None:
    """What a file holds, by its name."""
    return KINDS.get(Path(path.stem).suffix.lower() if path.suffix == ".gz" else path.suffix.lower())


def read_all(inputs: Iterable[Input]) -> Iterator[RawValue]:
    """Every raw record of the inputs, in order, one in memory at a time. Raises UsageError."""
    for one in inputs:
        stream = opened(one)
        try:
            for index, value in enumerate(_values(one, stream)):
                yield RawValue(one, index, value, _position(stream))
        except (OSError, EOFError) as error:
            raise UsageError(f"{one.name}: {error}") from None
        finally:
            if one.path is not None:
                stream.close()


def opened(one: Input) -> BinaryIO:
    """The input's bytes, decompressed. Raises UsageError."""
    if one.path is None:
        return sys.stdin.buffer
    try:
        if one.path.suffix == ".gz" and one.kind != "warc":
            return cast("BinaryIO", gzip.open(one.path, "rb"))
        return one.path.open("rb")
    except OSError as error:
        raise UsageError(f"{one.path}: {error.strerror}") from None


def _values(one: Input, stream: BinaryIO) -> Iterator[bytes]:
    if one.kind == "jsonl":
        yield from (line.rstrip(b"\r\n") for line in stream if line.strip())
    elif one.kind == "json":
        yield stream.read()
    elif one.kind == "warc":
        yield from (orjson.dumps(page) for page in pages_in(stream))
    else:
        name = one.path.name.split(".")[0] if one.path else None
        yield wrapped(stream.read(), one.kind, name)


def wrapped(content: bytes, kind: str, name: str | None) -> bytes:
    """A file's bytes as a RawArticle. A page in another encoding is read as its declaration says; a text
    that is not UTF-8 is passed on as it is, so that it ends as a dead letter which says so."""
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError:
        if kind != "html":
            return content
        text = content.decode(declared_charset(content), "replace")
    return orjson.dumps({"id": name, kind: text})


def _position(stream: BinaryIO) -> int:
    raw = getattr(stream, "fileobj", None) or stream
    try:
        return int(raw.tell())
    except (OSError, ValueError):
        return 0
