"""Kafka as the runner sees it: the Broker port over one consumer and one transactional producer.

Every rule of delivery.md that is Kafka's stands here: P1 (frozen membership), P2 (rewind to what the
broker says is committed), P3 (read_committed), P4 (transactional id), P5 (positions past markers),
P9 (a refused record), P10 (retention overtook the group).
"""

from __future__ import annotations

import time
from collections.abc import Collection, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import structlog
from kafka import TopicPartition
from kafka.errors import (
    InvalidTopicError,
    InvalidTransactionTimeoutError,
    KafkaError,
    NoOffsetForPartitionError,
    OffsetOutOfRangeError,
    TopicAuthorizationFailedError,
    UnsupportedCodecError,
)
from kafka.structs import MemberState, OffsetAndMetadata

from worker.adapters import kafka_offsets, kafka_records
from worker.adapters.kafka_client import REFUSALS, kafka_errors
from worker.adapters.kafka_producer import OutcomeProducer
from worker.adapters.kafka_worker_clients import group_consumer, outcome_producer
from worker.errors import CommitFailed, FatalError, Rebalanced, RecordRefused, TransientError
from worker.observe.metrics import Metrics
from worker.ports import Batch, Message, Place, RawRecord
from worker.settings import Settings

log = structlog.get_logger("winnow")

Failures = list[tuple[Message, BaseException]]
"""Records that were not written, in the order in which that became known."""
CAUGHT_UP_EVERY_S = 0.5


@dataclass(frozen=True, slots=True)
class _Member:
    """Who this consumer is in its group: the broker refuses commits of any other generation."""

    generation: int
    member_id: str

    @property
    def joined(self) -> bool:
        return self.generation >= 0 and bool(self.member_id)


class KafkaBroker:
    """The Broker port. One thread uses it."""

    def __init__(self, settings: Settings, instance: str, metrics: Metrics) -> None:
        kafka_records.install()
        self._settings = settings
        self._transactional_id = f"{settings.kafka.group_id}-{instance}"
        self._metrics = metrics
        self._topics = {
            "clean": settings.topics.clean,
            "duplicates": settings.topics.duplicates,
            "dead_letters": settings.topics.dead_letters,
        }
        self._consumer = group_consumer(settings, instance)
        self._producer: OutcomeProducer | None = None
        self._clean_id: str | None = None
        self._member = _Member(-1, "")
        self._committed: dict[TopicPartition, int] = {}
        self._claimed_before = 0
        self._checked_at = 0.0

    def poll(self, timeout_s: float, max_records: int) -> Batch:
        if paused := self._consumer.paused():
            self._consumer.resume(*paused)
        polled = self._polled(timeout_s, max_records)
        fence = self._same_member()
        records: list[RawRecord] = [record for part in polled.values() for record in part]
        if records and not (fence and self._member.joined):
            raise Rebalanced("Kafka: records came to a member that was expelled")
        if fence is None:
            return Batch((), {})
        try:
            return Batch(tuple(records), self._moved_positions(), fence)
        except KafkaError as error:
            # The records were handed out and nobody has them: void, so that they are read again.
            raise Rebalanced(f"Kafka: positions are unknown: {error}") from error

    def keep_alive(self) -> None:
        if assignment := self._consumer.assignment():
            self._consumer.pause(*assignment)
        self._polled(0.001, 1)
        self._same_member()

    def rewind(self, begun: Collection[Place] = ()) -> dict[Place, int]:
        self._committed = {}
        for place in self._consumer.assignment():
            has_begun = (place.topic, place.partition) in begun
            self._rewind(place, "earliest" if has_begun else self._settings.kafka.start)
        return {(place.topic, place.partition): offset for place, offset in self._committed.items()}

    def commit(self, messages: Sequence[Message], batch: Batch, claimed: int) -> None:
        offsets = {
            TopicPartition(*place): OffsetAndMetadata(offset, str(claimed), -1)
            for place, offset in batch.positions.items()
        }
        wait_s = self._settings.kafka.request_timeout_ms / 1000
        failures: Failures = []
        try:
            producer = self._ready_producer()
            producer.begin_transaction()
            futures = [self._sent(producer, message, failures) for message in messages]
            producer.flush(wait_s)
            if not all(future.succeeded() for future in futures):  # flush() returns all the same
                raise KafkaError("records were not written")
            producer.add_offsets(offsets, batch.fence, wait_s)
            producer.end(wait_s)
        except KafkaError as error:
            # Refused, aborted or unknown: a new producer settles the old transaction, then P2.
            lost = _refusal(failures) or CommitFailed(f"Kafka: {_cause(failures, error)}")
            self._drop_producer()  # of which the records that still wait are told, too: no cause
            raise lost from error
        self._committed.update({place: offset.offset for place, offset in offsets.items()})

    def caught_up(self) -> bool:
        if time.monotonic() - self._checked_at < CAUGHT_UP_EVERY_S:
            return False
        self._checked_at = time.monotonic()
        return kafka_offsets.caught_up(self._consumer, self._settings.topics.raw)

    def claimed_before(self) -> int:
        return self._claimed_before

    def assigned(self) -> int | None:
        is_stable = self._consumer.group_metadata().state is MemberState.STABLE
        is_there = self._consumer._manager.cluster.partitions_for_topic(self._settings.topics.raw)
        return len(self._consumer.assignment()) or (0 if is_stable and is_there else None)

    def topic_id(self, topic: str) -> str:
        """Kafka's id of a topic; another one when the topic is made anew. Raises TransientError."""
        with kafka_errors():
            self._consumer.partitions_for_topic(topic)  # waits for the metadata
        if topic_id := self._consumer._manager.cluster.topic_id(topic):
            return str(topic_id)
        raise TransientError(f"Kafka: no topic {topic}")

    def cluster_id(self) -> str:
        """Kafka's id of the cluster, as it came with a topic's."""
        return str(self._consumer._manager.cluster.cluster_id or "")

    def close(self, timeout_s: float) -> None:
        self._drop_producer()
        with suppress(KafkaError):  # what is left of the session runs out by itself
            self._consumer.close(autocommit=False, timeout_ms=max(100, round(timeout_s * 1000)))

    @kafka_errors()
    def _polled(self, timeout_s: float, max_records: int) -> dict[TopicPartition, list[RawRecord]]:
        try:
            found: dict[TopicPartition, list[RawRecord]] = self._consumer.poll(
                timeout_ms=round(timeout_s * 1000), max_records=max_records
            )
            return found
        except NoOffsetForPartitionError as error:
            self._member = _Member(-1, "")  # newly assigned, nothing committed: rewind finds the start
            raise Rebalanced("Kafka: a partition without committed offset was assigned") from error
        except OffsetOutOfRangeError as error:
            self._out_of_range(error.args[0])
            return {}
        except (TopicAuthorizationFailedError, InvalidTopicError, UnsupportedCodecError) as error:
            raise FatalError(f"Kafka: {error}") from error

    def _same_member(self) -> Any:
        """The membership right after the poll (P1). Raises Rebalanced if it is not that of the last one.

        None of a member that is joining: it may know its new generation but not yet its partitions. To commit
        old positions with that generation would rewind the partition's new owner; and nothing is compared
        before the partitions are there, so that `rewind` knows what to go back to."""
        metadata = self._consumer.group_metadata()
        if metadata.state is MemberState.REBALANCING:
            return None
        member = _Member(metadata.generation_id, metadata.member_id)
        before, self._member = self._member, member
        if member != before:
            raise Rebalanced(f"Kafka: generation {before.generation} became {member.generation}")
        return metadata

    def _moved_positions(self) -> dict[tuple[str, int], int]:
        """Where each partition stands, if that is not what is committed: past records, past markers (P5)."""
        if not self._member.joined:
            return {}
        moved = {}
        for place in self._consumer.assignment():
            position = self._consumer.position(place, timeout_ms=1000)
            if position is not None and position != self._committed.get(place):
                moved[place.topic, place.partition] = position
        return moved

    @kafka_errors()
    def _rewind(self, place: TopicPartition, start: str) -> None:
        wait_ms = self._settings.kafka.request_timeout_ms
        committed = self._consumer.committed(place, metadata=True, timeout_ms=wait_ms)
        if committed is None or committed.offset < 0:
            begin = kafka_offsets.start_of(self._consumer, place, start)
            committed = OffsetAndMetadata(begin, "", -1)
        self._consumer.seek(place, committed.offset)
        self._committed[place] = committed.offset
        if committed.metadata and committed.metadata.isdecimal():
            self._claimed_before = max(self._claimed_before, int(committed.metadata))

    def _out_of_range(self, offsets: dict[TopicPartition, int]) -> None:
        """Retention overtook the group (P10): stop, or go on and count, as the operator said."""
        for place, wanted in offsets.items():
            start, lost, said = kafka_offsets.lost_range(self._consumer, place, wanted)
            if lost and self._settings.kafka.on_range_lost == "stop":
                raise FatalError(f'Kafka: {said}; kafka.on_range_lost = "continue" goes on at {start}')
            log.error("out of range", detail=said)
            self._metrics.out_of_range(lost)
            self._consumer.seek(place, start)

    def _sent(self, producer: OutcomeProducer, message: Message, failures: Failures) -> Any:
        topic = self._topics[message.role]
        future = producer.append(topic, message.key, message.value, message.headers, message.origin[1])
        future.add_errback(lambda error: failures.append((message, error)))
        return future

    def _ready_producer(self) -> OutcomeProducer:
        if self._producer is None:
            self._producer = outcome_producer(self._settings, self._transactional_id)
            try:
                self._producer.init_transactions()  # settles what an earlier producer of this name left open
            except KafkaError as error:
                if InvalidTransactionTimeoutError.__name__ in str(error):  # the client only quotes it
                    said = "is more than the brokers allow (transaction.max.timeout.ms)"
                    raise FatalError(f"kafka.transaction_timeout_ms {said}") from error
                raise
            self._refuse_new_topic(self._producer)
        return self._producer

    def _refuse_new_topic(self, producer: OutcomeProducer) -> None:
        """Raises FatalError if the clean topic is another one than before the batch that was lost."""
        name, before = self._topics["clean"], self._clean_id
        self._clean_id = producer.topic_id(name)
        if self._clean_id != (before or self._clean_id):
            said = f"Kafka: {name} was made anew while this worker ran: its articles are gone"
            raise FatalError(f"{said} (use a new kafka.group_id and new outcome topics)")

    def _drop_producer(self) -> None:
        if self._producer is not None:
            self._producer.abandon()
            self._producer = None


def _refusal(failures: Failures) -> RecordRefused | None:
    """Which record the broker refused: the first that failed, if with a refusal. The transaction ends with
    it, and the client gives the same error to every record that still waited."""
    for message, error in failures[:1]:
        if isinstance(error, REFUSALS):
            told = f"the broker refused it: {error}"
            return RecordRefused(message.origin, "too_large", told, message.role == "dead_letters")
    return None


def _cause(failures: Failures, error: KafkaError) -> BaseException:
    """The first record's error tells more than what came of it."""
    return failures[0][1] if failures else error
