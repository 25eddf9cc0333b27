"""Raw records out of files: text, HTML, JSON lines, WARC, folders of them, gzip, or standard input."""

from __future__ import annotations

import gzip
import os
import select
import sys
import zlib
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, cast

import orjson

from worker.adapters import bounded
from worker.adapters.charsets import page_text, plain_text
from worker.adapters.warc import pages_in
from worker.errors import FatalError, UsageError

KINDS = {
    ".txt": "text",
    ".html": "html",
    ".htm": "html",
    ".json": "json",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".warc": "warc",
}
ACCEPTED = (
    "files ending in .txt, .html, .htm, .json, .jsonl, .ndjson, .warc, any of these with .gz, "
    "folders of them, and - (JSON lines on standard input)"
)
PIPE_WAIT_S = 0.2
"""How long a silent pipe is waited for before the reader is asked whether it still wants to wait."""
PIPE_BYTES = 64 * 1024
"""Read at once: what a pipe holds on Linux."""


@dataclass(frozen=True, slots=True)
class Input:
    """One file to read, or standard input (`path` None)."""

    path: Path | None
    kind: str
    label: str | None = None
    """The id of the article in a .txt or .html file."""
    mtime_ms: int = 0
    """When the file was last changed; 0 for a pipe, so that the same input gives the same output."""
    size: int = 0
    """Bytes, for the progress bar; 0 for a pipe."""

    @property
    def name(self) -> str:
        """Where its records come from, as `origin.topic` says it."""
        return "stdin" if self.path is None else f"file:{readable(str(self.path))}"


@dataclass(frozen=True, slots=True)
class RawValue:
    """A raw record's value, its place in its input, and how many bytes of all inputs are read so far."""

    source: Input
    index: int
    value: bytes
    bytes_done: int


def inputs_of(arguments: Sequence[str]) -> list[Input]:
    """The inputs that the arguments name, folders walked in sorted order. Raises UsageError."""
    return [one for argument in arguments for one in _inputs_of(argument)]


def _inputs_of(argument: str) -> list[Input]:
    if not argument:
        raise UsageError("an input without a name (an unset variable?)")
    path = Path(argument)
    if argument == "-":
        return [Input(None, "jsonl")]
    if path.is_dir():
        # What is there and does not exist is a link to nowhere: an article that nobody would miss.
        inside = [p for p in sorted(path.rglob("*")) if kind_of(p) and (p.is_file() or not p.exists())]
        if not inside:
            raise UsageError(f"{path}: nothing to read in this folder; Winnow reads {ACCEPTED}")
        return [_file(p, p.relative_to(path)) for p in inside]
    if not path.exists():
        raise UsageError(f"{path}: no such file or folder; Winnow reads {ACCEPTED}")
    if not kind_of(path):
        raise UsageError(f"{path}: what is it? Winnow reads {ACCEPTED}")
    return [_file(path, Path(path.name))]


def _file(path: Path, name: Path) -> Input:
    """`name`: what the article's id is made of, the place below the folder that was named."""
    try:
        facts = path.stat()
    except OSError as error:
        raise UsageError(f"{path}: {error.strerror}") from None
    label = readable((name.parent / bare_name(name)).as_posix())
    return Input(path, kind_of(path) or "", label, facts.st_mtime_ns // 1_000_000, facts.st_size)


def kind_of(path: Path) -> str | None:
    """What a file holds, by its name."""
    return KINDS.get(_endings(path)[-1].lower()) if _endings(path) else None


def bare_name(path: Path) -> str:
    """The file's name without the endings that say what it holds: `a.b.html.gz` → `a.b`."""
    return path.name.removesuffix(".gz").removesuffix(_endings(path)[-1]) if _endings(path) else path.name


def readable(name: str) -> str:
    """The name of a file as records have it, which are UTF-8: a name may be any bytes."""
    return os.fsencode(name).decode("utf-8", "backslashreplace")


def _endings(path: Path) -> list[str]:
    """The endings without .gz."""
    return [ending for ending in path.suffixes if ending != ".gz"]


def read_all(inputs: Iterable[Input], passed_over: Counter[str] | None = None) -> Iterator[RawValue | None]:
    """Every raw record of the inputs, in order, one in memory at a time; None while a pipe is silent.

    What a WARC archive holds besides pages is counted in `passed_over`. Raises FatalError when an input
    cannot be read to its end.
    """
    before = 0
    for one in inputs:
        with reading(one) as stream:
            index = 0
            for value in _values(one, stream, Counter() if passed_over is None else passed_over):
                if value is None:
                    yield None
                else:
                    yield RawValue(one, index, value, before + _position(stream))
                    index += 1
        before += one.size


@contextmanager
def reading(one: Input) -> Iterator[BinaryIO]:
    """The input's bytes, decompressed. Raises UsageError when there are none to be had,
    FatalError when they break off."""
    try:
        stream = _opened(one)
    except OSError as error:
        raise UsageError(f"{one.path}: {error.strerror}") from None
    try:
        with stream:
            yield stream
    except (OSError, EOFError, zlib.error) as error:
        raise FatalError(f"{one.name} cannot be read to its end: {error}") from None


def _opened(one: Input) -> BinaryIO:
    if one.path is None:
        return cast("BinaryIO", os.fdopen(os.dup(sys.stdin.fileno()), "rb", buffering=0))
    if one.path.suffix == ".gz":
        return cast("BinaryIO", gzip.open(one.path, "rb"))
    return one.path.open("rb")


def _values(one: Input, stream: BinaryIO, passed_over: Counter[str]) -> Iterator[bytes | None]:
    if one.path is None:
        yield from records_of(lines_as_they_come(stream.fileno()))
    elif one.kind == "jsonl":
        yield from records_of(bounded.lines(stream))
    elif one.kind == "json":
        yield bounded.whole(stream)
    elif one.kind == "warc":
        yield from (orjson.dumps(page) for page in _named(one, pages_in(stream, passed_over)))
    else:
        yield wrapped(bounded.whole(stream), one.kind, one.label)


def records_of(lines: Iterable[bytes | None]) -> Iterator[bytes | None]:
    """The lines that hold something, their bytes unchanged but for the line's end."""
    for line in lines:
        if line is None:
            yield None
        elif line.strip():
            yield line.removesuffix(b"\n").removesuffix(b"\r")


def lines_as_they_come(pipe: int) -> Iterator[bytes | None]:
    """The lines of a pipe (a file descriptor); None each time nothing has come for PIPE_WAIT_S, so that
    whoever reads can send on what it has, or stop. Raises OSError for a line that is too long."""
    parts: list[bytes] = []
    size = 0
    while True:
        if not select.select([pipe], [], [], PIPE_WAIT_S)[0]:
            yield None
        elif chunk := os.read(pipe, PIPE_BYTES):
            first, *more = chunk.split(b"\n")
            parts.append(first)
            size += len(first)
            bounded.check(size)
            for line in more:
                yield b"".join(parts)
                parts, size = [line], len(line)
        else:
            yield b"".join(parts)
            return


def wrapped(content: bytes, kind: str, name: str | None) -> bytes:
    """A file's bytes as a RawArticle, whatever its encoding. What is no text in any is passed on as it is,
    so that it ends as a dead letter which says so."""
    if kind == "html":
        return orjson.dumps({"id": name, "html": page_text(content)})
    text = plain_text(content)
    return content if text is None else orjson.dumps({"id": name, "text": text})


def _named(one: Input, pages: Iterator[dict[str, object]]) -> Iterator[dict[str, object]]:
    """The same pages; what goes wrong says in which file."""
    try:
        yield from pages
    except FatalError as error:
        raise FatalError(f"{one.name}: {error}") from None


def _position(stream: BinaryIO) -> int:
    """How far the file is read; 0 for a pipe."""
    raw = getattr(stream, "fileobj", None) or stream
    try:
        return int(raw.tell())
    except (OSError, ValueError):
        return 0
