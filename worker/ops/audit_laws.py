"""The conservation law as arithmetic: fed with what is in the topics, it finds what breaks the law.

Feed in this order: clean outcomes, dead letters, duplicates, then the raw records. Memory is flat: per raw
record one byte, and eight bytes of a file; ids and versions go to a file that is sorted at the end.

What retention took cannot be judged. Outcomes of one raw partition are published in the order of its
offsets, so below the oldest outcome that was published after the horizon (the latest time at which any
outcome partition begins, of those that retention has cut) a missing outcome may have been there once:
`aged_out`. Above it, it would still be there: `lost`.
"""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

Offset = tuple[int, int]
"""Partition and offset of a raw record."""

NONE, CLEAN, DUPLICATE, DEAD = 0, 1, 2, 3
_ROLE, _DOUBLED, _RAW = 0x03, 0x04, 0x08
_VERSION = np.dtype([("key", "u8"), ("partition", "u4"), ("offset", "u8"), ("time_ms", "u8")])
SHOWN = 1000
"""Violations listed; all are counted."""


@dataclass(frozen=True, slots=True)
class Violation:
    """One record that breaks a law."""

    kind: str
    partition: int
    offset: int
    detail: str = ""


@dataclass
class Findings:
    """What the audit found. `counts` has every kind, `violations` the first of them by origin."""

    counts: Counter[str] = field(default_factory=Counter)
    violations: list[Violation] = field(default_factory=list)
    broken: Counter[str] = field(default_factory=Counter)
    orphans: list[tuple[Offset, Offset]] = field(default_factory=list)
    """Duplicates whose original died, with that original."""
    ranges: dict[str, dict[int, tuple[int, int]]] = field(default_factory=dict)
    """Per kind that is not judged (`pending`, `aged_out`, `orphan`): first and last offset by partition."""

    @property
    def ok(self) -> bool:
        return not self.broken and not self.orphans

    def violate(self, kind: str, place: Offset, detail: str = "") -> None:
        """One more violation."""
        self.broken[kind] += 1
        if len(self.violations) < SHOWN:
            self.violations.append(Violation(kind, place[0], place[1], detail))

    def note(self, kind: str, place: Offset, count: int = 1, until: int | None = None) -> None:
        """Something that is counted apart, with its range."""
        self.counts[kind] += count
        first, last = self.ranges.setdefault(kind, {}).get(place[0], (place[1], place[1]))
        self.ranges[kind][place[0]] = (min(first, place[1]), max(last, until or place[1]))


class Laws:
    """Both laws over the raw records of `spans`: per partition first offset and the committed one behind."""

    def __init__(self, spans: Mapping[int, tuple[int, int]], ttl_ms: int, horizon_ms: int | None) -> None:
        self._spans = spans
        self._ttl_ms = ttl_ms
        self._horizon_ms = horizon_ms
        self._state = {p: np.zeros(max(0, end - start), np.uint8) for p, (start, end) in spans.items()}
        self._digests = {p: _mapped(max(1, end - start)) for p, (start, end) in spans.items()}
        self._judged_from: dict[int, int] = {}
        self._unresolved: dict[Offset, Offset] = {}
        self._replays: dict[Offset, Offset] = {}
        self._versions = tempfile.TemporaryFile()  # noqa: SIM115  (closed with the object)
        self.found = Findings()

    def outcome(self, role: int, place: Offset, digest: bytes, time_ms: int) -> bool:
        """One outcome, with the first eight bytes of its origin's hash; False if it is not to be judged."""
        self.found.counts[("", "clean", "duplicates", "dead_letters")[role]] += 1
        index = self._index(place)
        if index is None:
            return False
        if self._horizon_ms is None or time_ms >= self._horizon_ms:
            self._judged_from[place[0]] = min(self._judged_from.get(place[0], place[1]), place[1])
        state = self._state[place[0]]
        if state[index] & _ROLE:
            state[index] |= _DOUBLED
        else:
            state[index] |= role
            self._digests[place[0]][index] = int.from_bytes(digest[:8], "big")
        return True

    def version(self, place: Offset, key: int, time_ms: int) -> None:
        """A clean record's identity and version, as a 64-bit hash."""
        self._versions.write(np.array([(key, place[0], place[1], time_ms)], _VERSION).tobytes())

    def points_at(self, place: Offset, original: Offset | None) -> None:
        """A duplicate's original (None: not in this raw topic)."""
        if original is None:
            self.found.violate("dangling", place, "its original is not in the raw topic")
        elif original == place:
            self.found.violate("self", place, "a duplicate of itself")
        elif self._role(original) != CLEAN:
            self._unresolved[place] = original

    def raw(self, place: Offset, digest: bytes, replays: Offset | None) -> None:
        """One raw record, with the hash of its bytes."""
        index = self._index(place)
        if index is None:
            return
        self.found.counts["raw"] += 1
        if replays is not None:
            self._replays[replays] = place
        state = self._state[place[0]]
        state[index] |= _RAW
        if not state[index] & _ROLE:
            self._missing(place)
        elif state[index] & _DOUBLED:
            self.found.violate("doubled", place, "more than one outcome")
        elif self._digests[place[0]][index] != int.from_bytes(digest[:8], "big"):
            self.found.violate("changed", place, "its outcome tells of other bytes")

    def finish(self) -> Findings:
        """What is left to find once everything was fed."""
        for partition, state in self._state.items():
            start = self._spans[partition][0]
            for index in np.flatnonzero((state & _ROLE > 0) & (state & _RAW == 0)):
                self.found.violate(
                    "invented", (partition, start + int(index)), "an outcome without raw record"
                )
        for place in self._unresolved:
            self._resolve(place)
        for same in self._repeated_versions():
            self.found.violate("repeated_version", same, "the identity and version of another clean record")
        return self.found

    def _missing(self, place: Offset) -> None:
        cut = self._horizon_ms is not None and place[1] < self._judged_from.get(place[0], place[1] + 1)
        if cut:
            self.found.note("aged_out", place)
        else:
            self.found.violate("lost", place, "no outcome")

    def _resolve(self, place: Offset) -> None:
        """Follows a duplicate whose original is not clean: to a clean record, a dead one, or nowhere."""
        seen, at = {place}, self._unresolved[place]
        while at not in seen:
            seen.add(at)
            if self._role(at) == CLEAN or (self._role(at) == DUPLICATE and at not in self._unresolved):
                return
            if at in self._replays and at not in self._unresolved:
                at = self._replays[at]
            elif at in self._unresolved:
                at = self._unresolved[at]
            else:
                self._ends_nowhere(place, at)
                return
        self.found.violate("cycle", place, "its chain of originals comes back to itself")

    def _ends_nowhere(self, place: Offset, at: Offset) -> None:
        start, end = self._spans.get(at[0], (0, 0))
        if self._role(at) == DEAD:
            if self._is_good(self._replays.get(place)):
                self.found.counts["repaired"] += 1
            else:
                self.found.note("orphan", place)
                self.found.orphans.append((place, at))
        elif at[1] < start or (self._horizon_ms is not None and at[1] < self._judged_from.get(at[0], end)):
            self.found.note("aged_out", place)
        else:
            self.found.violate("dangling", place, f"its original {at[0]}@{at[1]} is not there")

    def _is_good(self, place: Offset | None) -> bool:
        return place is not None and (
            self._role(place) == CLEAN or (self._role(place) == DUPLICATE and place not in self._unresolved)
        )

    def _repeated_versions(self) -> Iterator[Offset]:
        """Clean records with the identity and version of another; far apart in time it is a known miss."""
        self._versions.flush()
        if not self._versions.tell():
            return
        table = np.memmap(self._versions, _VERSION, "r+")
        table.sort(order=["key", "time_ms"])
        for index in np.flatnonzero(table["key"][1:] == table["key"][:-1]):
            first, second = table[int(index)], table[int(index) + 1]
            if (first["partition"], first["offset"]) == (second["partition"], second["offset"]):
                continue  # one record twice is `doubled`, said already; or its id and URL hash alike
            if int(second["time_ms"]) - int(first["time_ms"]) > self._ttl_ms:
                self.found.counts["miss"] += 1
            else:
                yield int(second["partition"]), int(second["offset"])

    def _role(self, place: Offset) -> int:
        index = self._index(place, count=False)
        return NONE if index is None else int(self._state[place[0]][index]) & _ROLE

    def _index(self, place: Offset, count: bool = True) -> int | None:
        """Its index in the arrays; None, and counted, when it is outside of what is judged."""
        start, end = self._spans.get(place[0], (0, 0))
        if start <= place[1] < end:
            return place[1] - start
        if count:
            self.found.counts["outcome_of_aged_raw" if place[1] < start else "not_yet_judged"] += 1
        return None


def _mapped(length: int) -> npt.NDArray[np.uint64]:
    """An array in a file that is gone with the process: pages that are not touched cost no memory."""
    file = tempfile.TemporaryFile()  # noqa: SIM115
    file.truncate(length * 8)
    return np.memmap(file, np.uint64, "r+", shape=(length,))
