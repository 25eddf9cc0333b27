"""Puts raw records on the raw topic, for `winnow load`."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from kafka import KafkaProducer
from kafka.errors import KafkaError, MessageSizeTooLargeError

from worker.adapters.kafka_client import REFUSALS, kafka_errors, opened, producer_settings
from worker.errors import TransientError
from worker.settings import Settings

WINDOW = 2000
WINDOW_BYTES = 32 * 1024 * 1024
"""Under way before the answers are looked at: the client does not bound its memory."""
GIVE_UP_S = 120
"""So long a record may wait for a broker that is away; then the sender says so, and nothing more is sent."""


@dataclass(frozen=True, slots=True)
class _Record:
    name: str
    key: bytes | None
    value: bytes


class KafkaSender:
    """Idempotent, in order. `refused` names the records that the topic does not take."""

    def __init__(self, settings: Settings, topic: str, give_up_s: float = GIVE_UP_S) -> None:
        self._settings = settings
        self._give_up_s = give_up_s
        self._topic = topic
        self._pending: list[tuple[_Record, Any]] = []
        self._pending_bytes = 0
        self.sent = 0
        self.refused: list[str] = []
        self._producer = _producer(settings, give_up_s)

    def send(self, name: str, key: bytes | None, value: bytes) -> None:
        """Sends one record; `name` says which one it was if it is refused. Raises TransientError, also for
        an earlier record that the client gave up: it would go on without a word."""
        self._look_back()
        record = _Record(name, key, value)
        if rest := self._submit_all([record]):
            self._resolve([*self._settled(), *rest])
        if len(self._pending) >= WINDOW or self._pending_bytes >= WINDOW_BYTES:
            self.settle()

    def settle(self) -> None:
        """Waits for all answers. Raises TransientError."""
        self._resolve(self._settled())

    def close(self) -> None:
        """Closes the connections; what is still under way was given up with an error before."""
        with suppress(KafkaError):
            self._producer.close(timeout=5)

    def _resolve(self, suspects: list[_Record]) -> None:
        """Finds the record that a refusal is about, and sends those again that only failed with it.

        Of these, one that was under way to another partition may be there twice.
        """
        while suspects:
            first, *others = suspects
            alone = [*self._submit_all([first]), *self._settled()]
            if not alone:
                suspects = others
                continue
            self.refused.append(first.name)
            rest = self._submit_all(others)
            suspects = [*self._settled(), *rest]

    def _submit_all(self, records: Sequence[_Record]) -> Sequence[_Record]:
        """Hands these to the client; answers those that it did not take because of a refusal before them."""
        for position, record in enumerate(records):
            try:
                self._submit(record)
            except KafkaError as error:
                if not any(isinstance(future.exception, REFUSALS) for _, future in self._pending):
                    raise TransientError(f"Kafka: {error}") from error
                return records[position:]
        return []

    def _submit(self, record: _Record) -> None:
        try:
            future = self._producer.send(self._topic, value=record.value, key=record.key)
        except MessageSizeTooLargeError:  # over what the client itself takes, or an echo of a refusal
            if any(isinstance(future.exception, REFUSALS) for _, future in self._pending):
                raise
            self.refused.append(record.name)
            return
        self._pending.append((record, future))
        self._pending_bytes += len(record.value)

    def _look_back(self) -> None:
        """Counts what was answered meanwhile; what was refused, and all behind it, waits for `settle`."""
        answered = 0
        for record, future in self._pending:
            if not future.is_done or isinstance(future.exception, REFUSALS):
                break
            self._count(record, future)
            answered += 1
            self._pending_bytes -= len(record.value)
        del self._pending[:answered]

    def _count(self, record: _Record, future: Any) -> None:
        if not future.succeeded():
            told = f"Kafka: {record.name} was not taken: {future.exception}"
            raise TransientError(f"{told}; {self.sent} records were sent before it")
        self.sent += 1

    def _settled(self) -> list[_Record]:
        """Waits for all answers; the records that were refused, or only failed with one that was."""
        with kafka_errors():
            self._producer.flush(60)
        suspects = []
        for record, future in self._pending:
            if isinstance(future.exception, REFUSALS):
                suspects.append(record)
            else:
                self._count(record, future)
        self._pending.clear()
        self._pending_bytes = 0
        if suspects:  # an idempotent producer sends nothing more after a refusal (kafka-python 3.0)
            self._producer.close(timeout=5)
            self._producer = _producer(self._settings, self._give_up_s)
        return suspects


@kafka_errors()
def _producer(settings: Settings, give_up_s: float) -> Any:
    return opened(
        KafkaProducer,
        **producer_settings(settings),
        client_id="winnow-sender",
        delivery_timeout_ms=round(give_up_s * 1000),
        linger_ms=5,
        max_request_size=max(64 * 1024 * 1024, settings.topics.raw_max_message_bytes),
    )
