"""The two Kafka clients of a worker, and why each of their settings is as it is."""

from __future__ import annotations

from typing import Any

from kafka import KafkaConsumer
from kafka.coordinator.assignors.range import RangePartitionAssignor

from worker.adapters.kafka_client import client_settings, kafka_errors, opened, producer_settings
from worker.adapters.kafka_coordinator import GroupCoordinator
from worker.adapters.kafka_producer import OutcomeProducer
from worker.settings import Settings

FETCH_BYTES = 256 * 1024
"""Of one partition at a time. The client empties one partition's fetch before it turns to the next: with the
megabytes that it could take, the other partitions of a backlog stand still for minutes meanwhile."""
METADATA_MS = 30_000
"""After which partitions that were added have an owner; by the client's five minutes `winnow lag` calls them
stopped, and the alert says that nobody works."""


@kafka_errors()
def group_consumer(settings: Settings, instance: str) -> Any:
    """A member of the group, subscribed to the raw topic. Raises TransientError."""
    kafka = settings.kafka
    consumer = opened(
        KafkaConsumer,
        **client_settings(settings),
        client_id=f"winnow-{instance}",
        group_id=kafka.group_id,
        metrics_enabled=False,
        auto_offset_reset="none",  # positions are sought explicitly; a lost range must be noticed (P10)
        enable_auto_commit=False,
        isolation_level="read_committed",  # also what makes committed offsets stable (P3)
        # Eager range: measured .3 s until a joiner works, against 6 s with cooperative-sticky.
        partition_assignment_strategy=[RangePartitionAssignor],
        session_timeout_ms=kafka.session_timeout_ms,
        heartbeat_interval_ms=kafka.heartbeat_interval_ms,
        max_poll_interval_ms=kafka.max_poll_interval_ms,
        fetch_max_bytes=settings.worker.max_batch_bytes,
        max_partition_fetch_bytes=FETCH_BYTES,
        fetch_max_wait_ms=100,
        metadata_max_age_ms=METADATA_MS,
        allow_auto_create_topics=False,
    )
    GroupCoordinator.take_over(consumer)
    consumer.subscribe([settings.topics.raw])
    return consumer


def outcome_producer(settings: Settings, transactional_id: str) -> OutcomeProducer:
    """The producer of this transactional id; `init_transactions` is still to be called."""
    kafka = settings.kafka
    return opened(
        OutcomeProducer,
        **producer_settings(settings),
        client_id=transactional_id,
        transactional_id=transactional_id,
        transaction_timeout_ms=kafka.transaction_timeout_ms,
        max_block_ms=kafka.request_timeout_ms,
        max_request_size=64 * 1024 * 1024,
    )
