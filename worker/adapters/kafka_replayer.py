"""Sends records to the raw topic again, each at most once, whoever tries and however often.

One transactional id per group: opening a second replayer fences the first, so that of two operators only the
later one can commit; and what it reads of the raw topic after opening is all that was ever replayed. A crash
in the middle leaves an aborted transaction, which no `read_committed` consumer sees.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import islice
from typing import Any

from kafka.errors import KafkaError, ProducerFencedError

from worker.adapters.kafka_client import REFUSALS, opened, producer_settings
from worker.adapters.kafka_producer import OutcomeProducer
from worker.errors import FatalError, TransientError
from worker.outcome import passed_on
from worker.ports import Headers, RawRecord
from worker.settings import Settings

CHUNK = 500
"""Records per transaction: seconds of work, and what is in memory at once."""
WAIT_S = 60.0


@dataclass(frozen=True, slots=True)
class Replay:
    """A raw record to be sent again, its bytes unchanged; `attempts`: how often it was tried before."""

    record: RawRecord
    attempts: int

    @property
    def name(self) -> str:
        """`topic:partition:offset` of the record that is replayed."""
        return ":".join(map(str, self.record.origin))

    @property
    def headers(self) -> Headers:
        """Its own headers, and what it replays."""
        marks = (("winnow.replay.origin", self.name), ("winnow.attempts", str(self.attempts)))
        return (*passed_on(self.record.headers), *((name, value.encode()) for name, value in marks))


class Replayer:
    """Open it before looking for what was replayed already."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._producer = self._opened()

    def send(self, replays: Iterable[Replay]) -> tuple[int, list[str]]:
        """How many were sent, and the names of those that the topic does not take.

        Raises TransientError, or FatalError when another replayer was opened meanwhile.
        """
        sent, refused = 0, []
        waiting = iter(replays)
        while chunk := list(islice(waiting, CHUNK)):
            while chunk and (too_large := self._transaction(chunk)):
                refused.append(too_large.name)
                chunk.remove(too_large)
                self.close()
                self._producer = self._opened()
            sent += len(chunk)
        return sent, refused

    def close(self) -> None:
        """Closes the connections."""
        self._producer.close(timeout=5)

    def _transaction(self, chunk: list[Replay]) -> Replay | None:
        """Commits the chunk, or answers the first record that the topic does not take.

        Only the first: whatever stands behind it in the client's batch is refused with it.
        """
        try:
            self._producer.begin_transaction()
            futures = [(replay, self._append(replay)) for replay in chunk]
            self._producer.flush(WAIT_S)
            for replay, future in futures:
                if isinstance(future.exception, REFUSALS):
                    return replay
            for _, future in futures:
                if not future.succeeded():
                    raise _said(future.exception)
            self._producer.end(WAIT_S)
        except KafkaError as error:
            raise _said(error) from error
        return None

    def _append(self, replay: Replay) -> Any:
        record = replay.record
        key = b"" if record.key is None and record.value is None else record.key
        topic = self._settings.topics.raw
        return self._producer.append(topic, key, record.value, replay.headers, record.partition)

    def _opened(self) -> OutcomeProducer:
        kafka = self._settings.kafka
        try:
            producer = opened(
                OutcomeProducer,
                **producer_settings(self._settings),
                client_id="winnow-replayer",
                transactional_id=f"{kafka.group_id}-replay",
                transaction_timeout_ms=round(WAIT_S * 1000),
                max_block_ms=kafka.request_timeout_ms,
                max_request_size=max(64 * 1024 * 1024, self._settings.topics.raw_max_message_bytes),
            )
            producer.init_transactions()
        except KafkaError as error:
            raise _said(error) from error
        return producer


def _said(error: BaseException | None) -> FatalError | TransientError:
    if isinstance(error, ProducerFencedError) or "Error 90]" in str(error):
        return FatalError("another replay or repair was started at the same time; nothing more was sent")
    return TransientError(f"Kafka: {error}")
