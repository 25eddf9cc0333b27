"""Puts raw records on the raw topic: for `load`, replays and repairs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kafka import KafkaProducer
from kafka.errors import KafkaError, MessageSizeTooLargeError, RecordListTooLargeError

from worker.adapters.kafka_client import client_settings
from worker.adapters.outcome_producer import WireName
from worker.errors import TransientError
from worker.ports import Headers
from worker.settings import Settings

WINDOW = 2000
WINDOW_BYTES = 32 * 1024 * 1024
"""Under way before the answers are looked at: the client does not bound its memory."""


class KafkaSender:
    """Idempotent, in order. `refused` names the records that the topic does not take."""

    def __init__(self, settings: Settings, topic: str) -> None:
        self._topic = topic
        self._pending: list[tuple[str, Any]] = []
        self._pending_bytes = 0
        self.sent = 0
        self.refused: list[str] = []
        try:
            self._producer = KafkaProducer(
                **client_settings(settings),
                client_id="winnow-sender",
                enable_idempotence=True,
                acks="all",
                compression_type=None if settings.kafka.compression == "none" else settings.kafka.compression,
                batch_size=min(1024 * 1024, settings.topics.raw_max_message_bytes),
                linger_ms=5,
                max_request_size=max(64 * 1024 * 1024, settings.topics.raw_max_message_bytes),
                allow_auto_create_topics=False,
            )
        except KafkaError as error:
            raise TransientError(f"Kafka: {error}") from error

    def send(self, name: str, key: bytes | None, value: bytes | None, headers: Headers = ()) -> None:
        """Sends one record; `name` says which one it was if it is refused. Raises TransientError."""
        wire = [(WireName(header), content or b"") for header, content in headers]
        try:
            if key is None and value is None:
                key = b""  # the client sends nothing that has neither
            self._pending.append((name, self._producer.send(self._topic, value=value, key=key, headers=wire)))
        except MessageSizeTooLargeError:
            self.refused.append(name)
        except KafkaError as error:
            raise TransientError(f"Kafka: {error}") from error
        self._pending_bytes += len(value or b"")
        if len(self._pending) >= WINDOW or self._pending_bytes >= WINDOW_BYTES:
            self.settle()

    def settle(self) -> None:
        """Waits for all answers. Raises TransientError."""
        try:
            self._producer.flush(60)
        except KafkaError as error:
            raise TransientError(f"Kafka: {error}") from error
        for name, future in self._pending:
            if future.succeeded():
                self.sent += 1
            elif isinstance(future.exception, MessageSizeTooLargeError | RecordListTooLargeError):
                self.refused.append(name)
            else:
                raise TransientError(f"Kafka: {name} was not taken: {future.exception}")
        self._pending.clear()
        self._pending_bytes = 0

    def close(self) -> None:
        """Closes the connections."""
        self._producer.close(timeout=5)


def as_headers(headers: Mapping[str, str]) -> Headers:
    """Headers from text."""
    return tuple((name, value.encode()) for name, value in headers.items())
