"""`winnow topics create`, and the check of the topics at the start of a worker."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from worker.adapters.kafka_admin import KafkaAdmin
from worker.errors import FatalError
from worker.ops.figures import plural
from worker.settings import Settings

ADDED = 64 * 1024
"""Bytes that our headers may add to a record (contract, Sizes)."""
CLEAN_FACTOR = 2
"""The clean topic takes records twice the size of raw ones (contract, Sizes)."""
SIZE, POLICY, RETENTION = "max.message.bytes", "cleanup.policy", "retention.ms"
STAMP, APPENDED = "message.timestamp.type", "LogAppendTime"
"""Outcomes bear the broker's time. With that of a worker whose clock is an hour ahead Kafka refuses them,
with that of one whose clock begins in 1970 retention takes them, and the audit cannot go by their order."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """A topic as it should be."""

    name: str
    max_message_bytes: int
    is_outcome: bool = True


@dataclass(frozen=True, slots=True)
class Fault:
    """A setting of a topic that a worker cannot work with."""

    said: str
    remedy: str

    def __str__(self) -> str:
        return f"{self.said} ({self.remedy})"


def wanted_topics(settings: Settings) -> list[Wanted]:
    """Raw first; the outcome topics take what raw takes and what is added, clean twice as much."""
    topics, raw = settings.topics, settings.topics.raw_max_message_bytes
    return [
        Wanted(topics.raw, raw, is_outcome=False),
        Wanted(topics.clean, CLEAN_FACTOR * raw),
        Wanted(topics.duplicates, raw + ADDED),
        Wanted(topics.dead_letters, raw + ADDED),
    ]


def create_topics(settings: Settings, admin: KafkaAdmin, alter: bool = False) -> Iterator[str]:
    """Makes the topics that are missing; says of each what happened, and how those there differ.

    `alter` raises sizes and partitions that are too small, and has outcomes stamped by the broker; nothing is
    ever lowered, or changed without it.
    """
    topics = settings.topics
    for wanted in wanted_topics(settings):
        configuration = {
            SIZE: str(wanted.max_message_bytes),
            POLICY: "delete",
            RETENTION: str(round(topics.retention * 1000)),
            **({STAMP: APPENDED} if wanted.is_outcome else {}),
        }
        if admin.create(wanted.name, topics.partitions, topics.replication_factor, configuration):
            yield f"{wanted.name}: made, {plural(topics.partitions, 'partition')}"
            continue
        raised = list(_raised(settings, wanted, admin)) if alter else []
        there = admin.configuration(wanted.name)
        faults = map(str, _faults(settings, wanted, there))
        differs = [*faults, *_differences(settings, wanted, there, admin)]
        yield "; ".join([f"{wanted.name}: there already", *raised, *differs])


def check_topics(settings: Settings, admin: KafkaAdmin) -> None:
    """Raises FatalError naming each topic that is missing or does not fit, and the remedy."""
    wanted = wanted_topics(settings)
    require_topics([one.name for one in wanted], admin)
    if faults := [f"{name}: {fault}" for name, fault in topic_faults(settings, admin)]:
        raise FatalError("; ".join(faults))


def topic_faults(settings: Settings, admin: KafkaAdmin) -> Iterator[tuple[str, Fault]]:
    """Of the topics that exist: their names, and what a worker cannot work with."""
    wanted = wanted_topics(settings)
    there = admin.partitions([one.name for one in wanted])
    for one in wanted:
        if one.name in there:
            yield from ((one.name, fault) for fault in _faults(settings, one, admin.configuration(one.name)))


def require_topics(names: Sequence[str], admin: KafkaAdmin) -> None:
    """Raises FatalError naming those that are missing, and the remedy."""
    there = admin.partitions(names)
    missing = [name for name in names if name not in there]
    if missing:
        raise FatalError(f"missing topics: {', '.join(missing)}; run `winnow topics create`")


def _raised(settings: Settings, wanted: Wanted, admin: KafkaAdmin) -> Iterator[str]:
    """Raises what is too small; says what was raised."""
    before = admin.configuration(wanted.name)
    if int(before[SIZE]) < wanted.max_message_bytes:
        admin.configure(wanted.name, {SIZE: str(wanted.max_message_bytes)})
        yield f"{SIZE} raised from {before[SIZE]} to {wanted.max_message_bytes}"
    if wanted.is_outcome and before[STAMP] != APPENDED:
        admin.configure(wanted.name, {STAMP: APPENDED})
        yield f"{STAMP} set to {APPENDED}"
    count, partitions = admin.partitions([wanted.name])[wanted.name], settings.topics.partitions
    if count < partitions:
        admin.add_partitions(wanted.name, partitions)
        yield f"partitions raised from {count} to {partitions} (keys move: old versions stay where they were)"


def _faults(settings: Settings, wanted: Wanted, there: Mapping[str, str]) -> list[Fault]:
    faults = []
    if int(there[SIZE]) < wanted.max_message_bytes:
        said = f"{SIZE} is {there[SIZE]}, {wanted.max_message_bytes} are needed"
        remedy = "`winnow topics create --alter` raises it; or lower topics.raw_max_message_bytes"
        faults.append(Fault(said, remedy))
    if there[POLICY] != "delete":
        said = f"{POLICY} is {there[POLICY]}, it must be delete"
        faults.append(Fault(said, configs_command(settings, wanted.name, f"{POLICY}=delete")))
    return faults


def configs_command(settings: Settings, topic: str, setting: str) -> str:
    """What changes a topic's setting, as it is typed with Kafka's own tools."""
    brokers = settings.kafka.bootstrap_servers
    return f"`kafka-configs.sh --bootstrap-server {brokers} --alter --topic {topic} --add-config {setting}`"


def _differences(
    settings: Settings, wanted: Wanted, there: Mapping[str, str], admin: KafkaAdmin
) -> Iterator[str]:
    """What is not as the settings have it, though a worker can work with it."""
    topics = settings.topics
    count = admin.partitions([wanted.name]).get(wanted.name)
    if count != topics.partitions:
        yield f"{count} partitions, {topics.partitions} in the settings"
    if int(there[SIZE]) > wanted.max_message_bytes:
        yield f"{SIZE} is {there[SIZE]}, {wanted.max_message_bytes} in the settings"
    if wanted.is_outcome and there[STAMP] != APPENDED:
        yield f"{STAMP} is {there[STAMP]}: outcomes of a worker whose clock is wrong may be refused (--alter)"
    if there[RETENTION] != str(round(topics.retention * 1000)):
        yield f"{RETENTION} is {there[RETENTION]}, {round(topics.retention * 1000)} in the settings"
