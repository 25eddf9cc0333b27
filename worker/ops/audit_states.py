"""What the audit remembers of each raw record: one byte in memory, the rest in sparse temporary files.

Offsets may be anywhere up to 2^63: the arrays hold, one partition behind the other, what is judged.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt

from worker.ops.audit_findings import Offset, Spans

NONE, CLEAN, DUPLICATE, DEAD = 0, 1, 2, 3
ROLE, DOUBLED, RAW, OPEN, KNOWN = 0x03, 0x04, 0x08, 0x10, 0xE0
"""Bits of a state: its outcome's role; more than one outcome; the raw record was read; a duplicate whose
original is not clean itself; what became of that (see audit_chains)."""
_KNOWN_SHIFT = 5
_PLACE = np.dtype([("partition", "<i4"), ("offset", "<i8")])
_NOWHERE = (2**31 - 1, 0)
"""A place that no topic has: partitions are counted from 0, and Kafka allows far fewer."""


class States:
    """Per raw partition the offsets from the first to be judged up to the committed one."""

    def __init__(self, spans: Spans) -> None:
        self._spans = {p: (start, end) for p, (start, end) in sorted(spans.items()) if start < end}
        lengths = [end - start for start, end in self._spans.values()]
        self._bases = [0, *np.cumsum(lengths, dtype=np.int64).tolist()]
        self._partitions = tuple(self._spans)
        self._base_of: dict[int, int] = dict(zip(self._partitions, self._bases, strict=False))
        length = self._bases[-1]
        self._bits = bytearray(length)
        self._digests = _mapped(length, np.dtype("<u8"))
        self._originals = _mapped(length, _PLACE)
        self._replays = _mapped(length, _PLACE)
        self._stale = _mapped(length, np.dtype("?"))

    def __contains__(self, place: Offset) -> bool:
        start, end = self._spans.get(place[0], (0, 0))
        return start <= place[1] < end

    def get(self, place: Offset) -> int:
        """The bits of a record; 0 outside of what is judged."""
        return self._bits[self._index(place)] if place in self else 0

    def set(self, place: Offset, bits: int) -> None:
        """Adds bits."""
        self._bits[self._index(place)] |= bits

    def role(self, place: Offset) -> int:
        """NONE, CLEAN, DUPLICATE or DEAD."""
        return self.get(place) & ROLE

    def known(self, place: Offset) -> int:
        """What `know` was told; 0: nothing yet."""
        return self.get(place) >> _KNOWN_SHIFT

    def know(self, place: Offset, end: int) -> None:
        """Remembers how a chain ends (1 to 7); an earlier answer gives way."""
        index = self._index(place)
        self._bits[index] = self._bits[index] & ~KNOWN & 0xFF | end << _KNOWN_SHIFT

    def with_bits(self, wanted: int, absent: int = 0) -> Iterator[Offset]:
        """The records that have any of the wanted bits and none of the others, in order."""
        bits = np.frombuffer(self._bits, np.uint8)
        for index in np.flatnonzero(((bits & wanted) > 0) & ((bits & absent) == 0)):
            number = int(np.searchsorted(self._bases, index, "right")) - 1
            partition = self._partitions[number]
            yield partition, self._spans[partition][0] + int(index) - self._bases[number]

    def digest(self, place: Offset) -> bytes:
        """The first eight bytes of the hash that an outcome told."""
        return int(self._digests[self._index(place)]).to_bytes(8, "big")

    def set_digest(self, place: Offset, digest: bytes) -> None:
        self._digests[self._index(place)] = int.from_bytes(digest[:8], "big")

    def original(self, place: Offset) -> Offset:
        """The original of a duplicate that has the bit OPEN."""
        return place_in(self._originals[self._index(place)])

    def set_original(self, place: Offset, original: Offset) -> None:
        fits = original[0] < _NOWHERE[0] and original[1] < 2**63
        self._originals[self._index(place)] = original if fits else _NOWHERE

    def is_stale(self, place: Offset) -> bool:
        """Whether it is a duplicate that gave way to a newer text of its article."""
        return place in self and bool(self._stale[self._index(place)])

    def set_stale(self, place: Offset) -> None:
        self._stale[self._index(place)] = True

    def replay(self, place: Offset) -> Offset | None:
        """The raw record that replays this one, if there is any."""
        if place not in self:
            return None
        partition, above = place_in(self._replays[self._index(place)])
        return (partition, above - 1) if above else None  # the file begins as zeros: offsets are kept + 1

    def set_replay(self, place: Offset, by: Offset) -> None:
        self._replays[self._index(place)] = (by[0], by[1] + 1)

    def _index(self, place: Offset) -> int:
        return self._base_of[place[0]] + place[1] - self._spans[place[0]][0]


def place_in(row: Any) -> Offset:
    """A row of an array as Python's numbers."""
    return int(row["partition"]), int(row["offset"])


def _mapped(length: int, dtype: np.dtype[Any]) -> npt.NDArray[Any]:
    """An array in a sparse file that is gone with the process: what is never touched costs nothing."""
    if not length:
        return np.zeros(0, dtype)
    with tempfile.TemporaryFile() as file:
        file.truncate(length * dtype.itemsize)
        return np.memmap(file, dtype, "r+", shape=(length,))
