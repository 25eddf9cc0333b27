"""`winnow dlq purge`: deletes dead letters up to a moment, and leaves word of it for the audit."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from worker.adapters.kafka_admin import KafkaAdmin
from worker.errors import FatalError


@dataclass(frozen=True, slots=True)
class Purge:
    """What would be deleted: per partition the first offset that stays, and how many offsets go."""

    before: Mapping[int, int]
    offsets: int


def planned(admin: KafkaAdmin, topic: str, older_than_ms: int | None) -> Purge:
    """All that is there now, or what was written before a moment. Kafka deletes from the beginning only:
    a record behind a younger one stays."""
    count = admin.partitions([topic]).get(topic)
    if count is None:
        raise FatalError(f"there is no topic {topic}: run `winnow topics create`")
    bounds = admin.bounds(topic, range(count))
    first_young = admin.offsets_at(topic, range(count), older_than_ms) if older_than_ms is not None else {}
    before = {p: min(first_young.get(p, end), end) for p, (_, end, _) in bounds.items()}
    going = {p: offset for p, offset in before.items() if offset > bounds[p][0]}
    return Purge(going, sum(offset - bounds[p][0] for p, offset in going.items()))


def purge(admin: KafkaAdmin, group_id: str, topic: str, plan: Purge, now_ms: int) -> None:
    """Word first: a crash in between leaves a note about nothing, which the audit does not look at."""
    if plan.before:
        admin.note_purge(group_id, topic, plan.before, now_ms)
        admin.delete_records(topic, plan.before)
