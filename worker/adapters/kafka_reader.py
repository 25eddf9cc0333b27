"""Reads whole topics, read_committed and outside any group: for the audit and the operator's commands."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from typing import Any

from kafka import TopicPartition
from kafka.errors import OffsetOutOfRangeError

from worker.adapters import kafka_records
from worker.adapters.kafka_client import consumer_of_no_group, kafka_errors
from worker.errors import FatalError, TransientError
from worker.ports import RawRecord
from worker.settings import Settings

STALL_S = 60.0
"""A topic whose end is not reached for so long holds an open transaction (or its broker is gone)."""
FETCH_BYTES = 8 * 1024 * 1024


class LogMoved(TransientError):
    """Retention deleted records before they were read: what was read so far is not all."""


class KafkaReader:
    """One consumer, assigned by hand. Every method raises TransientError when Kafka is away."""

    def __init__(self, settings: Settings) -> None:
        kafka_records.install()
        self._consumer = _consumer(settings, "read_committed")
        self._ends = _consumer(settings, "read_uncommitted")

    @kafka_errors()
    def bounds(self, topic: str) -> dict[int, tuple[int, int]]:
        """Log start and end (open transactions included) of each partition. FatalError: no such topic."""
        places = [TopicPartition(topic, number) for number in self._partitions(topic)]
        starts, ends = self._consumer.beginning_offsets(places), self._ends.end_offsets(places)
        return {place.partition: (starts[place], ends[place]) for place in places}

    def read(self, topic: str, spans: Mapping[int, tuple[int, int]]) -> Iterator[RawRecord]:
        """The records of each partition from the first offset up to, not including, the second.

        Raises FatalError when an end is not reached (a transaction is left open), LogMoved.
        """
        open_ends = {TopicPartition(topic, p): end for p, (start, end) in spans.items() if start < end}
        self._consumer.assign(list(open_ends))
        self._consumer.resume(*open_ends)  # the same assignment keeps what an earlier reading had paused
        for place in open_ends:
            self._consumer.seek(place, spans[place.partition][0])
        last_news = time.monotonic()
        while open_ends:
            records = self._poll()
            for place, found in records.items():
                yield from (record for record in found if record.offset < spans[place.partition][1])
            done = [place for place, end in open_ends.items() if self._position(place) >= end]
            if done:
                self._consumer.pause(*done)
                open_ends = {place: end for place, end in open_ends.items() if place not in done}
            if records or done:
                last_news = time.monotonic()
            elif time.monotonic() - last_news > STALL_S:
                raise FatalError(
                    f"{topic}: the end is not reached within {STALL_S:.0f} s; is a transaction open?"
                )

    def one(self, topic: str, partition: int, offset: int) -> RawRecord | None:
        """A single record, if it is still there."""
        try:
            return next(self.read(topic, {partition: (offset, offset + 1)}), None)
        except LogMoved:
            return None

    def first(self, topic: str, partition: int, start: int, end: int) -> RawRecord | None:
        """The first record that is there between two offsets; markers and aborted ones are passed over."""
        return next(self.read(topic, {partition: (start, end)}), None)

    @kafka_errors()
    def topic_id(self, topic: str) -> str:
        """Kafka's id of a topic; empty: it tells none. FatalError: no such topic."""
        self._partitions(topic)  # waits for the metadata
        return str(self._consumer._manager.cluster.topic_id(topic) or "")

    def _partitions(self, topic: str) -> list[int]:
        numbers = self._consumer.partitions_for_topic(topic)
        if not numbers:
            raise FatalError(f"there is no topic {topic}: run `winnow topics create`")
        return sorted(numbers)

    def close(self) -> None:
        """Closes the connections."""
        self._consumer.close(autocommit=False)
        self._ends.close(autocommit=False)

    @kafka_errors()
    def _poll(self) -> dict[TopicPartition, list[RawRecord]]:
        try:
            found: dict[TopicPartition, list[RawRecord]] = self._consumer.poll(
                timeout_ms=500, max_records=5000
            )
            return found
        except OffsetOutOfRangeError as error:
            gone = ", ".join(f"{place.topic}-{place.partition}" for place in error.args[0])
            raise LogMoved(f"{gone}: retention deleted records while they were read; try again") from error

    @kafka_errors()
    def _position(self, place: TopicPartition) -> int:
        return self._consumer.position(place, timeout_ms=1000) or 0


def _consumer(settings: Settings, isolation_level: str) -> Any:
    return consumer_of_no_group(
        settings,
        "winnow-reader",
        isolation_level=isolation_level,
        auto_offset_reset="none",  # what retention takes meanwhile must be noticed
        max_partition_fetch_bytes=FETCH_BYTES,
    )
