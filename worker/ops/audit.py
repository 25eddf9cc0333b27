"""`winnow audit`: proves the conservation law from the topics alone.

The group's committed offsets are read first, then the ends of the logs, and every outcome topic is read up to
its high watermark: the coordinator writes its markers one partition after the other, so an offset can be
visible a moment before the outcomes that were committed with it; up to that mark the reader waits for them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress

from worker.adapters.kafka_admin import KafkaAdmin
from worker.adapters.kafka_reader import KafkaReader, LogMoved
from worker.errors import FatalError
from worker.ops.audit_findings import Findings, Spans
from worker.ops.audit_laws import Frame, Laws
from worker.ops.audit_outcomes import judge_outcome, judge_raw
from worker.ops.audit_states import CLEAN, DEAD, DUPLICATE
from worker.ports import RawRecord
from worker.settings import Settings

Tell = Callable[[str, int, int], None]
"""Told what is being read, how many offsets of it are done, and how many there are."""
TELL_EVERY = 1000
TRIES = 3
"""Retention looks every five minutes (log.retention.check.interval.ms) and deletes what is oldest, which is
read first: to be overtaken by it twice is rare."""
NEVER_MS = 2**62
"""Later than any record: nothing can be judged."""

ACKNOWLEDGED, REBUILT = "acknowledged", "rebuilt"
"""What an operator may do about a loss of claims; word of it stands in Kafka (`KafkaAdmin.note_loss`)."""


def audit(settings: Settings, admin: KafkaAdmin, reader: KafkaReader, tell: Tell, now_ms: int) -> Findings:
    """Reads the four topics and judges them; from the beginning again when retention took what was to be
    read. Raises TransientError, FatalError."""
    for _ in range(TRIES - 1):
        with suppress(LogMoved):
            return _audited(settings, admin, reader, tell, now_ms)
    return _audited(settings, admin, reader, tell, now_ms)


def _audited(settings: Settings, admin: KafkaAdmin, reader: KafkaReader, tell: Tell, now_ms: int) -> Findings:
    topics = settings.topics
    committed = admin.committed(settings.kafka.group_id, topics.raw)
    bounds = reader.bounds(topics.raw)
    _refuse_new_topic(topics.raw, bounds, committed)
    spans = {p: (start, max(start, committed.get(p, start))) for p, (start, _) in bounds.items()}
    horizon_ms, emptied = _horizon(settings, admin, reader, now_ms)
    losses = admin.losses(settings.kafka.group_id, topics.clean)
    laws = Laws(
        Frame(
            spans,
            ends={p: end for p, (_, end) in bounds.items()},
            ttl_ms=round(settings.dedupe.ttl * 1000),
            horizon_ms=horizon_ms,
            emptied=emptied,
            from_latest=settings.kafka.start == "latest",
            acknowledged_ms=losses.get(ACKNOWLEDGED, 0),
            rebuilt_ms=losses.get(REBUILT, 0),
        )
    )
    _note_unjudged(laws.found, bounds, committed)
    for role, topic in ((CLEAN, topics.clean), (DEAD, topics.dead_letters), (DUPLICATE, topics.duplicates)):
        for record in read(reader, topic, reader.bounds(topic), tell):
            judge_outcome(laws, role, record, topics.raw)
    for record in read(reader, topics.raw, spans, tell):
        judge_raw(laws, record, topics.raw)
    return laws.finish({p: end for p, (_, end) in reader.bounds(topics.raw).items()})


def read(reader: KafkaReader, topic: str, spans: Spans, tell: Tell) -> Iterator[RawRecord]:
    """The records of a topic, telling how far it is."""
    total = sum(end - start for start, end in spans.values())
    for count, record in enumerate(reader.read(topic, spans)):
        if count % TELL_EVERY == 0:
            tell(topic, count, total)
        yield record
    tell(topic, total, total)


def _refuse_new_topic(topic: str, bounds: Spans, committed: Mapping[int, int]) -> None:
    """Offsets that the log never had: the topic is not the one that the group has read."""
    for partition, done in sorted(committed.items()):
        if partition not in bounds:
            said = f"partition {partition} has a committed offset, but does not exist"
        elif done > bounds[partition][1]:
            said = (
                f"partition {partition}: offset {done} is committed, the log ends at {bounds[partition][1]}"
            )
        else:
            continue
        raise FatalError(
            f"{said}: {topic} was made anew since; its outcomes cannot be told from those of the old one "
            "(use new outcome topics and a new kafka.group_id)"
        )


def _note_unjudged(found: Findings, bounds: Spans, committed: Mapping[int, int]) -> None:
    for partition, (start, end) in bounds.items():
        done = committed.get(partition, start)
        if end > max(done, start):
            found.note("pending", (partition, max(done, start)), end - max(done, start))
        if done < start:
            found.note("unread", (partition, done), start - done)


def _horizon(
    settings: Settings, admin: KafkaAdmin, reader: KafkaReader, now_ms: int
) -> tuple[int | None, tuple[str, ...]]:
    """The latest time before which outcomes may be gone, and the partitions that somebody emptied."""
    times: list[int] = []
    emptied: list[str] = []
    topics = settings.topics
    for topic in (topics.clean, topics.duplicates, topics.dead_letters):
        purged = admin.purged(settings.kafka.group_id, topic)
        for partition, (start, end) in reader.bounds(topic).items():
            if start == 0:
                continue
            first = reader.first(topic, partition, start, end)
            if first is None and partition not in purged:
                emptied.append(f"{topic}-{partition}")
                times.append(_retained_since(admin.configuration(topic), now_ms))
            else:
                times.append(first.timestamp_ms if first else purged[partition])
    return max(times, default=None), tuple(emptied)


def _retained_since(configuration: Mapping[str, str], now_ms: int) -> int:
    """Retention by time takes nothing younger than this; by size it may take anything."""
    retention_ms = int(configuration["retention.ms"])
    if int(configuration["retention.bytes"]) >= 0 or retention_ms < 0:
        return NEVER_MS
    return now_ms - retention_ms
