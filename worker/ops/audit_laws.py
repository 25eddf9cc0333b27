"""The conservation law as arithmetic: fed with what is in the topics, it finds what breaks the law.

Feed in this order: clean outcomes, dead letters, duplicates, then the raw records, then `finish`. Memory is
flat: per raw record one byte, the rest in temporary files.

When may a missing outcome be called lost? Retention deletes an outcome partition from its beginning, so what
is gone was published before the first record that is left there. The latest of these moments over all outcome
partitions that were cut is the horizon: nothing published after it is gone. Outcomes of one raw partition are
published in the order of its offsets (batches commit in poll order). So from the first offset of a partition
on whose outcome was published after the horizon, every later outcome was, too: where one is missing, it
is `lost`. Below, it may have been there: `aged_out`. Without any cut everything is judged.

A partition that was emptied has no first record. What Winnow purged has its time on record; else retention
took it, and then it was older than the topic's `retention.ms`. Somebody may have deleted newer records by
hand, which the topics do not tell: what is missing after that horizon is `unexplained` then, not `lost`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from worker.ops.audit_chains import (
    AGED,
    CYCLE,
    DANGLING,
    ORPHAN,
    PENDING,
    REPAIRED,
    dead_end_of,
    end_of,
)
from worker.ops.audit_findings import Findings, Offset, Spans
from worker.ops.audit_states import CLEAN, DEAD, DOUBLED, DUPLICATE, OPEN, RAW, ROLE, States
from worker.ops.audit_versions import Versions, version_key

ROLES = {CLEAN: "clean", DUPLICATE: "duplicates", DEAD: "dead_letters"}
CLAIM_TO_PUBLISH_MS = 60_000
"""An article is published some time after its claim: two claims further apart than their time to live may be
published a little closer together. One request time-out of Kafka and some more."""


@dataclass(frozen=True, slots=True)
class Frame:
    """Between which offsets the laws are held, and what is known of deletions."""

    spans: Spans
    """Per raw partition: the first record that is left, and the offset up to which outcomes are committed."""
    ends: Mapping[int, int]
    """Per raw partition: where the log ended when the reading began."""
    ttl_ms: int
    """How long claims live (dedupe.ttl)."""
    horizon_ms: int | None = None
    """Nothing published after it is gone; None: nothing is gone at all."""
    emptied: tuple[str, ...] = ()
    """Outcome partitions that hold nothing any more, without a word of who emptied them."""
    from_latest: bool = False
    """The group began at the end of the log, not at its start."""
    acknowledged_ms: int = 0
    """When an operator last put up with a loss of claims: of what was published before, copies may come."""
    rebuilt_ms: int = 0
    """When lost claims were last restored: until then copies may have come."""


class Laws:
    """Both laws over the raw records of a frame."""

    def __init__(self, frame: Frame) -> None:
        self.found = Findings(frame.spans)
        self._frame = frame
        self._states = States(frame.spans)
        self._versions = Versions()
        self._judged_from: dict[int, int] = {}
        """Per partition the first offset whose outcome was published after the horizon."""
        self._begins: dict[int, int] = {}
        """Per partition the first offset that has any outcome."""
        self._beyond: dict[int, int] = {}
        """Per partition the last outcome of a record behind the end that the log had at the beginning."""

    def outcome(self, role: int, place: Offset, digest: bytes, time_ms: int) -> bool:
        """One outcome, with the hash of its origin; False if its raw record is not to be judged."""
        self.found.counts[ROLES[role]] += 1
        if place not in self._states:
            self._outside(place)
            return False
        partition, offset = place
        self._begins[partition] = min(self._begins.get(partition, offset), offset)
        if self._frame.horizon_ms is None or time_ms >= self._frame.horizon_ms:
            self._judged_from[partition] = min(self._judged_from.get(partition, offset), offset)
        if self._states.role(place):
            self._states.set(place, DOUBLED)
            return False
        self._states.set(place, role)
        self._states.set_digest(place, digest)
        return True

    def version(self, place: Offset, names: Mapping[str, str | None], version: int, time_ms: int) -> None:
        """A clean record's names (id, canonical URL) and its version."""
        for kind, name in names.items():
            if name:
                self._versions.add(version_key(kind, name, version), place, time_ms)

    def points_at(self, place: Offset, original: Offset | None, is_stale: bool) -> None:
        """A duplicate's original (None: it is not of this raw topic). Clean records were all fed before."""
        if is_stale:
            self._states.set_stale(place)
        if original is None:
            self._states.know(place, DANGLING)
            self.found.violate("dangling", place, "its original is not in this raw topic")
        elif self._states.role(original) != CLEAN:
            self._states.set(place, OPEN)
            self._states.set_original(place, original)

    def raw(self, place: Offset, digest: bytes, replays: Offset | None = None) -> None:
        """One raw record with the hash of its bytes, and the record that it says it replays."""
        self.found.counts["raw"] += 1
        self._states.set(place, RAW)
        if replays is not None:
            self._replayed(replays, place, digest)
        bits = self._states.get(place)
        if not bits & ROLE:
            self._without_outcome(place)
        elif bits & DOUBLED:
            self.found.violate("doubled", place)
        elif self._states.digest(place) != digest[:8]:
            self.found.violate("changed", place)

    def finish(self, ends: Mapping[int, int]) -> Findings:
        """What is left to find once everything was fed; `ends`: where the raw log ends by now."""
        for partition, offset in self._beyond.items():
            if offset >= ends.get(partition, 0):
                self.found.violate("invented", (partition, offset), "the raw topic does not reach so far")
        for place in self._states.with_bits(ROLE, absent=RAW):
            self.found.violate("invented", place, "the raw topic holds no record at this offset")
        for place in self._states.with_bits(OPEN):
            self._judge_chain(place)
        self._judge_versions()
        self.found.violations.sort(key=lambda one: (one.partition, one.offset))
        return self.found

    def _outside(self, place: Offset) -> None:
        """An outcome of a record that is not judged: gone, published meanwhile, or of no record at all."""
        partition, offset = place
        if partition in self._frame.spans and offset < self._frame.spans[partition][0]:
            self.found.note("aged_out", place)
        else:
            self.found.counts["published_meanwhile"] += 1
            self._beyond[partition] = max(self._beyond.get(partition, 0), offset)

    def _replayed(self, dead: Offset, by: Offset, digest: bytes) -> None:
        """Believed only with the same bytes: the header could be forged. Of several the best counts."""
        if dead not in self._states or self._states.digest(dead) != digest[:8] or dead == by:
            return
        before = self._states.replay(dead)
        if before is None or self._worth(by) >= self._worth(before):
            self._states.set_replay(dead, by)

    def _worth(self, replay: Offset) -> int:
        """A clean one mends most; one that died again, or is stale, nothing."""
        role = self._states.role(replay)
        return 2 if role == CLEAN else role == DUPLICATE and not self._states.is_stale(replay)

    def _without_outcome(self, place: Offset) -> None:
        if self._frame.from_latest and place[1] < self._begins.get(place[0], 2**63):
            self.found.note("before_start", place)
        elif self._is_aged(place):
            self.found.note("aged_out", place)
        elif self._frame.emptied:
            self.found.violate(
                "unexplained", place, f"lost, unless deleted by hand from {', '.join(self._frame.emptied)}"
            )
        else:
            self.found.violate("lost", place)

    def _is_aged(self, place: Offset) -> bool:
        """Whether the outcome may have been there once."""
        return self._frame.horizon_ms is not None and place[1] < self._judged_from.get(place[0], 2**63)

    def _missing(self, place: Offset) -> int:
        """What to make of an original without outcome."""
        partition, offset = place
        if place in self._states:
            return AGED if self._is_aged(place) or self._frame.emptied else DANGLING
        start, _ = self._frame.spans.get(partition, (0, 0))
        if offset < start:
            return AGED
        return PENDING if offset < self._frame.ends.get(partition, 0) else DANGLING

    def _judge_chain(self, place: Offset) -> None:
        original = self._states.original(place)
        end = end_of(place, self._states, self._missing)
        if end == ORPHAN:
            self.found.note("orphan", place)
            self.found.orphans.append((place, dead_end_of(place, self._states)))
        elif end == CYCLE:
            self.found.violate("self" if original == place else "cycle", place)
        elif end == DANGLING:
            self.found.violate("dangling", place, f"its original {original[0]}@{original[1]} is not there")
        elif end == REPAIRED:
            self.found.counts["repaired"] += 1
        elif end == PENDING:
            self.found.counts["original_pending"] += 1
        elif end == AGED:
            self.found.counts["original_aged_out"] += 1

    def _judge_versions(self) -> None:
        """Far apart in time it is a miss, which the table of delivery.md knows; else claims were lost."""
        for before, after, before_ms, after_ms in self._versions.repeated():
            if after_ms - before_ms > self._frame.ttl_ms - CLAIM_TO_PUBLISH_MS:
                self.found.counts["miss"] += 1
            elif self._states.get(after) & OPEN:
                continue  # id and URL repeat together: said once
            elif before_ms < self._frame.acknowledged_ms or after_ms < self._frame.rebuilt_ms:
                self._states.set(after, OPEN)
                self.found.note("acknowledged", after)
            else:
                self._states.set(after, OPEN)
                self.found.violate(
                    "repeated_version", after, f"the identity and version of {before[0]}@{before[1]}"
                )
