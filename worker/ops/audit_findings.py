"""What an audit finds: counts of everything, violations by origin, and ranges of what cannot be judged."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

Offset = tuple[int, int]
"""Partition and offset of a raw record."""
Spans = Mapping[int, tuple[int, int]]
"""Per partition: the first offset, and the one behind the last."""

SHOWN = 1000
"""Violations and orphans listed by origin; all are counted."""

VIOLATIONS = {
    "lost": "a raw record without outcome",
    "unexplained": "no outcome, and retention alone does not explain it",
    "doubled": "a raw record with more than one outcome",
    "invented": "an outcome without raw record",
    "changed": "an outcome that tells of other bytes than were received",
    "malformed": "an outcome that is not what the contract says",
    "dangling": "a duplicate whose original is nowhere",
    "self": "a duplicate of itself",
    "cycle": "duplicates whose originals lead back to themselves",
    "repeated_version": "the identity and version of another clean record: claims were lost or forgotten",
}
APART = {
    "pending": "not committed yet",
    "original_pending": "a duplicate whose original is not committed yet",
    "published_meanwhile": "outcomes of records committed since the audit began",
    "aged_out": "retention took one side",
    "original_aged_out": "a duplicate whose original retention took",
    "unread": "retention took the raw record before the group had read it",
    "before_start": 'older than where the group began (kafka.start = "latest")',
    "foreign": "outcomes of another raw topic",
    "orphan": "a duplicate whose original died",
    "repaired": "a duplicate whose original died and was sent again to a good end",
    "miss": "an identity and version once more, later than dedupe.ttl",
    "acknowledged": "an identity and version once more, after a loss of claims that an operator took note of",
}
"""What is counted beside the outcomes that were judged, and what it means."""
ALWAYS_SAID = ("raw", "clean", "duplicates", "dead_letters", *APART)
"""Counts that are told to programs even when they are 0."""


@dataclass(frozen=True, slots=True)
class Violation:
    """One record that breaks a law."""

    kind: str
    partition: int
    offset: int
    detail: str = ""


@dataclass
class Findings:
    """Collected while reading; `counts` holds what was read and what is counted apart."""

    spans: Spans
    """Per raw partition: log start and committed offset."""
    counts: Counter[str] = field(default_factory=Counter)
    violations: list[Violation] = field(default_factory=list)
    """The first SHOWN of them."""
    broken: Counter[str] = field(default_factory=Counter)
    """All of them, by kind."""
    orphans: list[tuple[Offset, Offset]] = field(default_factory=list)
    """Duplicates whose original died, each with that original."""
    ranges: dict[str, dict[int, tuple[int, int]]] = field(default_factory=dict)
    """Per kind counted apart: first and last offset, by partition."""

    @property
    def ok(self) -> bool:
        return not self.broken and not self.orphans

    @property
    def told_counts(self) -> dict[str, int]:
        """The counts as they are told, in one order."""
        return dict.fromkeys(ALWAYS_SAID, 0) | self.counts

    def as_json(self) -> dict[str, Any]:
        """The result for programs."""
        return {
            "ok": self.ok,
            "judged": {str(p): {"from": start, "to": end} for p, (start, end) in self.spans.items()},
            "counts": self.told_counts,
            "violations": self.broken,
            "by_origin": [asdict(one) for one in self.violations],
            "orphans": [{"origin": list(place), "dead": list(dead)} for place, dead in self.orphans[:SHOWN]],
            "ranges": {k: {str(p): list(r) for p, r in by.items()} for k, by in self.ranges.items()},
        }

    def violate(self, kind: str, place: Offset, detail: str = "") -> None:
        """One more violation."""
        self.broken[kind] += 1
        if len(self.violations) < SHOWN:
            self.violations.append(Violation(kind, *place, detail or VIOLATIONS[kind]))

    def note(self, kind: str, place: Offset, count: int = 1) -> None:
        """`count` records from `place` on that are counted apart."""
        self.counts[kind] += count
        until = place[1] + count - 1
        first, last = self.ranges.setdefault(kind, {}).get(place[0], (place[1], until))
        self.ranges[kind][place[0]] = (min(first, place[1]), max(last, until))
