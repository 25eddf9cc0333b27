"""The dead letters as an operator sees them: which there are, why, from whom. No Kafka here, no clock."""

from __future__ import annotations

import heapq
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import orjson

from schemas.fields import write_time
from worker.ops.replays import SentBefore
from worker.outcome import header, is_number, origin_in
from worker.ports import Origin, RawRecord
from worker.stages.decode import read_json
from worker.stages.validate import registered_domain

Place = tuple[int, int]
"""Partition and offset in the dead-letter topic."""
LAST_S = 253_402_300_799
"""The last second of the year 9999."""
SOURCES = 1000
"""Sources counted per group: forged ones must not fill the memory."""


@dataclass(frozen=True, slots=True)
class Letter:
    """One dead letter; what its headers lack is `?`."""

    record: RawRecord
    origin: Origin | None
    sha256: str
    stage: str
    code: str
    message: str
    attempts: int

    @property
    def place(self) -> Place:
        return self.record.partition, self.record.offset

    def is_in(self, replayed: SentBefore, raw: str) -> bool:
        """Whether it is among what was sent again."""
        origin = self.origin
        return origin is not None and origin[0] == raw and (origin[1:], self.sha256) in replayed

    @property
    def source(self) -> str | None:
        """`source` of the record, else the domain of its URL; None if the received bytes do not tell."""
        try:
            data = read_json(self.record.value or b"")
        except orjson.JSONDecodeError:
            return None
        if not isinstance(data, dict):
            return None
        source, url = data.get("source"), data.get("url")
        if isinstance(source, str) and source.strip():
            return source.strip()
        return registered_domain(url) if isinstance(url, str) else None

    def as_json(self) -> dict[str, Any]:
        """What `list` says of it; never the article."""
        origin = self.origin and ":".join(map(str, self.origin))
        return {
            "place": f"{self.record.partition}:{self.record.offset}",
            "origin": origin,
            "stage": self.stage,
            "code": self.code,
            "message": self.message,
            "attempts": self.attempts,
            "source": self.source,
            "at": time_of(self.record.timestamp_ms),
            "bytes": None if self.record.value is None else len(self.record.value),
        }


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which dead letters; what is not asked for is not looked at."""

    since_ms: int | None = None
    until_ms: int | None = None
    stages: frozenset[str] = frozenset()
    codes: frozenset[str] = frozenset()
    sources: frozenset[str] = frozenset()
    places: frozenset[Place] = frozenset()

    def takes(self, letter: Letter) -> bool:
        """Whether this one was asked for. The source is looked at last: it has to be read."""
        at_ms = letter.record.timestamp_ms
        return (
            (self.since_ms is None or at_ms >= self.since_ms)
            and (self.until_ms is None or at_ms < self.until_ms)
            and (not self.stages or letter.stage in self.stages)
            and (not self.codes or letter.code in self.codes)
            and (not self.places or letter.place in self.places)
            and (not self.sources or letter.source in self.sources)
        )


@dataclass
class Group:
    """The dead letters of one stage and code."""

    count: int = 0
    first_ms: int = 2**63
    last_ms: int = 0
    replayed: int | None = None
    """How many were sent again; None: nobody looked."""
    sources: Counter[str] = field(default_factory=Counter)


@dataclass
class Listing:
    """Counts by stage and code, and the latest letters."""

    wanted: int
    """How many of the latest."""
    groups: dict[tuple[str, str], Group] = field(default_factory=dict)
    _latest: list[tuple[int, Place, Letter]] = field(default_factory=list)

    @property
    def latest(self) -> list[Letter]:
        """The youngest letters of all partitions, oldest first."""
        return [letter for _, _, letter in sorted(self._latest, key=lambda one: one[:2])]

    def keep(self, letter: Letter) -> None:
        """One more letter; only the youngest stay in memory."""
        heapq.heappush(self._latest, (letter.record.timestamp_ms, letter.place, letter))
        if len(self._latest) > self.wanted:
            heapq.heappop(self._latest)

    @property
    def total(self) -> int:
        return sum(group.count for group in self.groups.values())

    def as_json(self) -> dict[str, Any]:
        """The result for programs."""
        return {
            "total": self.total,
            "counts": [
                {
                    "stage": stage,
                    "code": code,
                    "count": group.count,
                    "replayed": group.replayed,
                    "first": time_of(group.first_ms),
                    "last": time_of(group.last_ms),
                    "sources": dict(group.sources.most_common(20)),
                }
                for (stage, code), group in self.sorted_groups()
            ],
            "latest": [letter.as_json() for letter in self.latest],
        }

    def sorted_groups(self) -> list[tuple[tuple[str, str], Group]]:
        """Most frequent first."""
        return sorted(self.groups.items(), key=lambda item: (-item[1].count, item[0]))


def listed(letters: Iterable[Letter], replayed: SentBefore | None, raw: str, latest: int) -> Listing:
    """Counts the letters; `replayed` is what was sent again (`Letter.is_in`), None if nobody looked."""
    listing = Listing(latest)
    for letter in letters:
        group = listing.groups.setdefault((letter.stage, letter.code), Group())
        at_ms = letter.record.timestamp_ms
        group.count += 1
        group.first_ms, group.last_ms = min(group.first_ms, at_ms), max(group.last_ms, at_ms)
        if replayed is not None:
            group.replayed = (group.replayed or 0) + letter.is_in(replayed, raw)
        source = letter.source or "?"
        if source in group.sources or len(group.sources) < SOURCES:
            group.sources[source] += 1
        listing.keep(letter)
    return listing


def letter_of(record: RawRecord) -> Letter:
    """Reads the headers; whatever wrote the record, this never raises."""
    attempts = header(record.headers, "winnow.attempts") or ""
    return Letter(
        record,
        origin_in(record.headers),
        header(record.headers, "winnow.origin.sha256") or "?",
        header(record.headers, "winnow.error.stage") or "?",
        header(record.headers, "winnow.error.code") or "?",
        header(record.headers, "winnow.error.message") or "",
        int(attempts) if is_number(attempts) else 1,
    )


def time_of(at_ms: int) -> str:
    """ISO 8601 in UTC, to the second; Kafka's times, which anybody may set, go beyond a calendar's years."""
    return write_time(datetime.fromtimestamp(min(max(0, at_ms) // 1000, LAST_S), UTC))
