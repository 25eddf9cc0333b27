"""`winnow audit`: proves the conservation law from the topics alone.

Between the raw log's start and the group's committed offsets, which are read first: outcomes and
offsets become visible together, so every outcome of those records is there when the topics are read.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import orjson

from worker.adapters.kafka_admin import KafkaAdmin
from worker.adapters.kafka_reader import KafkaReader
from worker.errors import FatalError
from worker.ops.audit_laws import CLEAN, DEAD, DUPLICATE, Findings, Laws, Offset
from worker.outcome import header
from worker.ports import RawRecord
from worker.settings import Settings

Told = Callable[[str, int, int], None]
"""Told what is being read, how many records of it are done, and how many there are."""
TELL_EVERY = 1000


@dataclass(frozen=True, slots=True)
class Audit:
    """The findings, and up to where they hold."""

    findings: Findings
    spans: dict[int, tuple[int, int]]
    """Per raw partition: log start and committed offset."""

    @property
    def ok(self) -> bool:
        return self.findings.ok

    def as_json(self) -> dict[str, Any]:
        """The result for programs."""
        found = self.findings
        return {
            "ok": self.ok,
            "judged": {str(p): {"from": start, "to": end} for p, (start, end) in self.spans.items()},
            "counts": dict(found.counts),
            "violations": dict(found.broken),
            "by_origin": [
                {"kind": v.kind, "partition": v.partition, "offset": v.offset, "detail": v.detail}
                for v in found.violations
            ],
            "orphans": len(found.orphans),
            "ranges": {k: {str(p): list(r) for p, r in by.items()} for k, by in found.ranges.items()},
        }


def audit(settings: Settings, admin: KafkaAdmin, reader: KafkaReader, told: Told) -> Audit:
    """Reads the four topics and judges them. Raises TransientError, FatalError."""
    topics = settings.topics
    committed = admin.committed(settings.kafka.group_id, topics.raw)
    bounds = reader.bounds(topics.raw)
    spans = {p: (start, max(start, committed.get(p, start))) for p, (start, _) in bounds.items()}
    laws = Laws(spans, round(settings.dedupe.ttl * 1000), _horizon(settings, reader))
    _note_pending(laws.found, bounds, committed)
    for role, topic in ((CLEAN, topics.clean), (DEAD, topics.dead_letters), (DUPLICATE, topics.duplicates)):
        for record in _read(reader, topic, reader.bounds(topic), told):
            _judge_outcome(laws, role, record, topics.raw)
    for record in _read(reader, topics.raw, spans, told):
        place = (record.partition, record.offset)
        replays = _place(header(record.headers, "winnow.replay.origin"), topics.raw)
        laws.raw(place, hashlib.sha256(record.value or b"").digest(), replays)
    return Audit(laws.finish(), spans)


def repair(
    settings: Settings,
    found: Findings,
    reader: KafkaReader,
    release: Callable[[list[str]], None],
    send: Callable[[RawRecord, dict[str, str]], None],
    owner_of: Callable[[str, int, int, str], str],
) -> int:
    """Sends the raw records of orphans through again, once each; answers how many.

    The claims of the dead original go first, or the record would be its duplicate again.
    """
    raw = settings.topics.raw
    for (partition, offset), (dead_partition, dead_offset) in found.orphans:
        dead = reader.one(raw, dead_partition, dead_offset)
        orphan = reader.one(raw, partition, offset)
        if dead is None or orphan is None:
            raise FatalError(
                f"{raw}-{partition}@{offset}: retention took the raw record; it cannot be repaired"
            )
        release([owner_of(raw, dead_partition, dead_offset, hashlib.sha256(dead.value or b"").hexdigest())])
        send(orphan, {"winnow.replay.origin": f"{raw}:{partition}:{offset}", "winnow.attempts": "1"})
    return len(found.orphans)


def _note_pending(found: Findings, bounds: dict[int, tuple[int, int]], committed: dict[int, int]) -> None:
    for partition, (start, end) in bounds.items():
        done = committed.get(partition, start)
        if done > end:
            raise FatalError(
                f"partition {partition}: offset {done} is committed, but the log ends at {end}: "
                "the raw topic was made anew; use a new kafka.group_id"
            )
        if end > max(done, start):
            first = max(done, start)
            found.note("pending", (partition, first), end - first, end - 1)
        if done < start:
            found.note("aged_out", (partition, done), start - done, start - 1)


def _horizon(settings: Settings, reader: KafkaReader) -> int | None:
    """The latest time at which an outcome partition that retention has cut begins; None if none was cut."""
    times = []
    topics = settings.topics
    for topic in (topics.clean, topics.duplicates, topics.dead_letters):
        for partition, (start, end) in reader.bounds(topic).items():
            if start > 0:
                first = next(reader.read(topic, {partition: (start, end)}), None)
                times.append(first.timestamp_ms if first else 2**62)
    return max(times, default=None)


def _read(
    reader: KafkaReader, topic: str, spans: dict[int, tuple[int, int]], told: Told
) -> Iterator[RawRecord]:
    total = sum(end - start for start, end in spans.values())
    for count, record in enumerate(reader.read(topic, spans)):
        if count % TELL_EVERY == 0:
            told(topic, count, total)
        yield record
    told(topic, total, total)


def _judge_outcome(laws: Laws, role: int, record: RawRecord, raw: str) -> None:
    place = _origin(record, raw)
    if place is None:
        laws.found.counts["foreign"] += 1  # of another raw topic: not ours to judge
        return
    told = header(record.headers, "winnow.origin.sha256") or ""
    if not laws.outcome(role, place, _digest(told), record.timestamp_ms):
        return
    if role == DEAD:
        _judge_dead_letter(laws, place, record, told)
    elif role == CLEAN:
        article = orjson.loads(record.value or b"{}")
        for name in ("id", "canonical_url"):
            if article.get(name):
                key = f"{name}\0{article[name]}\0{article['version']}"
                laws.version(
                    place,
                    int.from_bytes(hashlib.blake2b(key.encode(), digest_size=8).digest(), "big"),
                    record.timestamp_ms,
                )
    else:
        original = orjson.loads(record.value or b"{}").get("duplicate_of_origin") or {}
        known = original.get("topic") == raw
        laws.points_at(place, (original["partition"], original["offset"]) if known else None)


def _judge_dead_letter(laws: Laws, place: Offset, record: RawRecord, told: str) -> None:
    """The received bytes, unchanged; without value only where they could not be read or written."""
    if record.value is not None:
        if hashlib.sha256(record.value).hexdigest() != told:
            laws.found.violate("changed", place, "a dead letter with other bytes than were received")
    elif told != hashlib.sha256(b"").hexdigest() and header(record.headers, "winnow.value.sha256") != told:
        laws.found.violate("changed", place, "a dead letter lost its bytes")


def _origin(record: RawRecord, raw: str) -> Offset | None:
    topic = header(record.headers, "winnow.origin.topic")
    partition = header(record.headers, "winnow.origin.partition") or ""
    offset = header(record.headers, "winnow.origin.offset") or ""
    if topic != raw or not (partition.isdecimal() and offset.isdecimal()):
        return None
    return int(partition), int(offset)


def _place(text: str | None, raw: str) -> Offset | None:
    """`topic:partition:offset` as a replay writes it."""
    topic, _, rest = (text or "").rpartition(":")
    name, _, partition = topic.rpartition(":")
    return (int(partition), int(rest)) if name == raw and partition.isdecimal() and rest.isdecimal() else None


def _digest(told: str) -> bytes:
    try:
        return bytes.fromhex(told)
    except ValueError:
        return b"\0" * 8
