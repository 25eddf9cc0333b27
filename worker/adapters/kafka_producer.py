"""A transactional producer that can write any outcome, and that never waits without a limit.

`KafkaProducer.send` refuses what a dead letter may well have (neither key nor value, a header whose key is
not UTF-8) and `commit_transaction` waits for ever. Both are thin layers over parts that can do better; this
subclass uses those parts (kafka-python 3.0.x, pinned).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kafka import KafkaProducer, TopicPartition
from kafka.errors import KafkaTimeoutError
from kafka.structs import OffsetAndMetadata

from worker.ports import Headers

ABANDON_S = 1.0
"""How long the client's thread may take to end."""


class OutcomeProducer(KafkaProducer):  # type: ignore[misc]
    """One transaction at a time: begin, `append` records, `end`. After an error: a new producer."""

    def append(
        self, topic: str, key: bytes | None, value: bytes | None, headers: Headers, partition_hint: int
    ) -> Any:
        """The future of one record. Without key it goes by `partition_hint`, its origin's partition."""
        count = len(self.partitions_for(topic))
        if key is None:
            partition = partition_hint % count
        else:
            partition = self._partition(topic, None, key, value, key, value)
        place = TopicPartition(topic, partition)
        self._transaction_manager.maybe_add_partition_to_transaction(place)
        # The client cannot write a header without value: it goes out empty.
        wire_headers = [
            (name if name.isascii() else WireName(name), content or b"") for name, content in headers
        ]
        future, is_full, is_new, _ = self._accumulator.append(place, None, key, value, wire_headers)
        if is_full or is_new:
            self._sender.wakeup()
        return future

    def topic_id(self, topic: str) -> str | None:
        """Kafka's id of a topic, as new as this producer's metadata."""
        self.partitions_for(topic)  # waits for them
        found: str | None = self._metadata.topic_id(topic)
        return found

    def add_offsets(
        self, offsets: Mapping[TopicPartition, OffsetAndMetadata], member: Any, wait_s: float
    ) -> None:
        """Makes the offsets part of the transaction, fenced by the membership `member`."""
        self._await(self._transaction_manager.send_offsets_to_transaction(dict(offsets), member), wait_s)

    def end(self, wait_s: float) -> None:
        """Commits. Raises KafkaTimeoutError when nobody knows whether it was committed."""
        self._await(self._transaction_manager.begin_commit(), wait_s)

    def abandon(self) -> None:
        """Ends at once, whatever is under way: the next producer of this name settles it. `close` would
        flush first, and leave everything running when that fails."""
        self._unregister_cleanup()
        self._sender.force_close()
        self._sender.join(ABANDON_S)
        self._closed = True

    def _await(self, result: Any, wait_s: float) -> None:
        self._sender.wakeup()
        if not result.wait(wait_s * 1000):
            raise KafkaTimeoutError(f"no answer within {wait_s:.0f} s")


class WireName(str):
    """A header's name that is written with the very bytes it was read with."""

    __slots__ = ()

    def encode(self, encoding: str = "utf-8", errors: str = "surrogateescape") -> bytes:
        return super().encode(encoding, "surrogateescape")
