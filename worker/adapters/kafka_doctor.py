"""What Kafka and its client library tell about themselves, for `winnow doctor` and `winnow top`."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from typing import Any

from kafka import TopicPartition, codec
from kafka.admin import KafkaAdminClient
from kafka.protocol.consumer.offsets import OffsetSpec
from kafka.record import util

from worker.adapters.kafka_client import client_settings, kafka_errors, opened
from worker.adapters.kafka_producer import OutcomeProducer
from worker.settings import Settings

CODECS = ("gzip", "snappy", "lz4", "zstd")
WAIT_MS = 10_000


@dataclass(frozen=True, slots=True)
class TopicFacts:
    """One topic."""

    partitions: int
    without_leader: tuple[int, ...]
    under_replicated: tuple[int, ...]
    replication: int
    allowed: frozenset[str]
    """What we may do with it."""


@dataclass(frozen=True, slots=True)
class KafkaFacts:
    """The cluster, and what we may do there."""

    version: tuple[int, ...]
    brokers: int
    topics: dict[str, TopicFacts]
    group_allowed: frozenset[str] | None
    """What we may do with the group; None: it does not exist yet."""
    newest_ms: int | None
    """The latest time that any raw record bears."""


def missing_codecs() -> list[str]:
    """Compression that this installation cannot read: a record in it would stop the worker."""
    return [name for name in CODECS if not getattr(codec, f"has_{name}")()]


def has_fast_crc() -> bool:
    """Without the C library a record takes twelve times as long."""
    return util.crc32c_c is not None


@kafka_errors()
def kafka_facts(settings: Settings, topics: Sequence[str]) -> KafkaFacts:
    """Asks for everything at once; topics that are missing are left out. Raises TransientError."""
    group_id = settings.kafka.group_id
    with closing(opened(KafkaAdminClient, **_quick(settings), client_id="winnow-doctor")) as client:
        brokers = [one["broker_id"] for one in client.describe_cluster()["brokers"]]
        version = tuple(client.get_broker_version_data(brokers[0]).broker_version)
        told = {one["name"]: one for one in client.describe_topics(list(topics))}
        there = {name: _topic(one) for name, one in told.items() if not one["error_code"]}
        group = client.describe_groups([group_id])[group_id]
        newest_ms = _newest_ms(client, settings.topics.raw, there)
        return KafkaFacts(version, len(brokers), there, _allowed(group["authorized_operations"]), newest_ms)


@kafka_errors()
def try_transaction(settings: Settings) -> None:
    """Begins what every batch needs: a transactional producer. Nothing is written to any topic.

    Raises TransientError."""
    kafka = settings.kafka
    producer = opened(
        OutcomeProducer,
        **_quick(settings),
        transactional_id=f"{kafka.group_id}-doctor",
        transaction_timeout_ms=kafka.transaction_timeout_ms,
        enable_idempotence=True,
        max_block_ms=WAIT_MS,
        metrics_enabled=False,
    )
    try:
        producer.init_transactions()
    finally:
        producer.close(timeout=2)


def _quick(settings: Settings) -> dict[str, Any]:
    """Somebody sits and waits for the answer."""
    return client_settings(settings) | {"request_timeout_ms": WAIT_MS}


def _newest_ms(client: KafkaAdminClient, raw: str, there: dict[str, TopicFacts]) -> int | None:
    places = [TopicPartition(raw, p) for p in range(there[raw].partitions)] if raw in there else []
    told = client.list_partition_offsets(dict.fromkeys(places, OffsetSpec.MAX_TIMESTAMP))
    return max((one.timestamp for one in told.values() if one.timestamp > 0), default=None)


def _topic(told: dict[str, Any]) -> TopicFacts:
    partitions = told["partitions"]
    return TopicFacts(
        len(partitions),
        tuple(one["partition_index"] for one in partitions if one["leader_id"] < 0),
        tuple(
            one["partition_index"] for one in partitions if len(one["isr_nodes"]) < len(one["replica_nodes"])
        ),
        min((len(one["replica_nodes"]) for one in partitions), default=0),
        _allowed(told["authorized_operations"]) or frozenset(),
    )


def _allowed(told: Sequence[str] | None) -> frozenset[str] | None:
    return None if told is None else frozenset(told)
