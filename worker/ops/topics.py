"""`winnow topics create`, and the check of the topics at the start of a worker."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from worker.adapters.kafka_admin import KafkaAdmin
from worker.errors import FatalError
from worker.settings import Settings

ADDED = 64 * 1024
"""Bytes that our headers may add to a record (contract, Sizes)."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """A topic as it should be."""

    name: str
    max_message_bytes: int


def wanted_topics(settings: Settings) -> list[Wanted]:
    """Raw first; the outcome topics take what raw takes and what is added, clean twice as much."""
    topics, raw = settings.topics, settings.topics.raw_max_message_bytes
    return [
        Wanted(topics.raw, raw),
        Wanted(topics.clean, 2 * raw),
        Wanted(topics.duplicates, raw + ADDED),
        Wanted(topics.dead_letters, raw + ADDED),
    ]


def create_topics(settings: Settings, admin: KafkaAdmin) -> Iterator[str]:
    """Makes the topics that are missing; says of each what happened, and what is wrong with those there."""
    topics = settings.topics
    for wanted in wanted_topics(settings):
        configuration = {
            "max.message.bytes": str(wanted.max_message_bytes),
            "cleanup.policy": "delete",
            "retention.ms": str(round(topics.retention * 1000)),
        }
        if admin.create(wanted.name, topics.partitions, topics.replication_factor, configuration):
            yield f"{wanted.name}: made, {topics.partitions} partitions"
            continue
        faults = _faults(wanted, admin)
        yield f"{wanted.name}: there already" + (f"; {'; '.join(faults)}" if faults else "")


def check_topics(settings: Settings, admin: KafkaAdmin) -> None:
    """Raises FatalError naming each topic that is missing or does not fit, and the remedy."""
    wanted = wanted_topics(settings)
    there = admin.partitions([one.name for one in wanted])
    missing = [one.name for one in wanted if one.name not in there]
    if missing:
        raise FatalError(f"missing topics: {', '.join(missing)}; run `winnow topics create`")
    faults = [f"{one.name}: {fault}" for one in wanted for fault in _faults(one, admin)]
    if faults:
        raise FatalError("; ".join(faults))


def _faults(wanted: Wanted, admin: KafkaAdmin) -> list[str]:
    there = admin.configuration(wanted.name)
    faults = []
    if int(there["max.message.bytes"]) < wanted.max_message_bytes:
        faults.append(
            f"max.message.bytes is {there['max.message.bytes']}, {wanted.max_message_bytes} are needed "
            "(raise it, or lower topics.raw_max_message_bytes)"
        )
    if there["cleanup.policy"] != "delete":
        faults.append(f"cleanup.policy is {there['cleanup.policy']}, it must be delete")
    return faults
