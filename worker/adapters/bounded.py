"""Records in pieces that memory can hold: a small archive unfolds to anything, a line need not end."""

from __future__ import annotations

from collections.abc import Iterator
from typing import BinaryIO

MAX_RECORD_BYTES = 128 * 1024 * 1024
"""Ten times the largest raw record of the default settings, and more than is ever cleaned (20 million
characters)."""


def whole(stream: BinaryIO) -> bytes:
    """All of it. Raises OSError where that is more than any record may have."""
    content = stream.read(MAX_RECORD_BYTES + 1)
    check(len(content))
    return content


def lines(stream: BinaryIO) -> Iterator[bytes]:
    """Its lines. Raises OSError for one that is longer than any record may be."""
    while line := stream.readline(MAX_RECORD_BYTES + 1):
        check(len(line))
        yield line


def check(size: int) -> None:
    """Raises OSError where so many bytes are too many for a record."""
    if size > MAX_RECORD_BYTES:
        raise OSError(f"a record of more than {MAX_RECORD_BYTES // 1024**2} MiB")
