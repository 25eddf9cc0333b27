"""Where a group stands, asked of Kafka alone: works when every worker is dead.

The end is the last *stable* offset: what an open transaction holds back cannot be read yet and is no lag.
Markers and aborted records take offsets, but are no records: where nothing is left to read the lag is 0,
and where the rest fits into one fetch it is counted.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from kafka import TopicPartition

from worker.adapters import kafka_records
from worker.adapters.kafka_admin import KafkaAdmin
from worker.adapters.kafka_client import consumer_of_no_group, kafka_errors
from worker.errors import FatalError
from worker.settings import Settings

LOOK_BYTES = 256 * 1024
"""Fetched of a partition that lags, to see its oldest record: some dozens of articles, or one of any size."""
LOOK_S = 5.0
ASK_MS = 10_000


@dataclass(frozen=True, slots=True)
class Standing:
    """One partition of the raw topic, and where the group is in it."""

    committed: int | None
    """None: the group never committed an offset; its lag counts from the log start."""
    start: int
    end: int
    """Last stable offset."""
    held: int
    """Offsets behind the end, in transactions still open."""
    lag: int
    """Records not yet processed."""
    exact: bool
    """False: markers of transactions may be among them."""
    oldest_ms: int | None
    """Time of the oldest record not yet processed, as its producer or the broker wrote it."""
    owner: str | None
    """Client id and host of the member that has it."""

    @property
    def unread(self) -> int:
        """Offsets that retention took before the group had read them."""
        return max(0, self.start - (self.start if self.committed is None else self.committed))


@dataclass(frozen=True, slots=True)
class Standings:
    """All partitions at one moment."""

    at_ms: int
    partitions: dict[int, Standing]
    gone: tuple[int, ...]
    """Partitions with a committed offset that the topic does not have."""
    members: int
    is_sharing_out: bool
    """The group is rebalancing: nobody owns anything for the moment."""


@dataclass(frozen=True, slots=True)
class _Rest:
    """What is left to read of a partition, as far as one fetch shows."""

    lag: int
    exact: bool
    oldest_ms: int | None


class KafkaLag:
    """Asks about one group and one topic; connects when it is first asked."""

    def __init__(self, settings: Settings, group_id: str) -> None:
        kafka_records.install()
        self._settings = settings
        self._group_id = group_id
        self._topic = settings.topics.raw
        self._seen: dict[tuple[int, int, int], _Rest] = {}

    @cached_property
    def _admin(self) -> KafkaAdmin:
        return KafkaAdmin(self._settings)

    @cached_property
    def _consumer(self) -> Any:
        return consumer_of_no_group(
            self._settings,
            "winnow-lag",
            isolation_level="read_committed",
            auto_offset_reset="earliest",
            max_partition_fetch_bytes=LOOK_BYTES,
            fetch_max_wait_ms=100,
            metadata_max_age_ms=2000,  # partitions are added, topics are made anew
        )

    @kafka_errors()
    def now(self) -> Standings:
        """Where the group stands now. Committed offsets are asked for first: a lag is never negative.

        Raises TransientError when Kafka is away, FatalError when there is no such topic.
        """
        committed = self._admin.committed(self._group_id, self._topic)
        owners, members, is_sharing_out = self._admin.owners(self._group_id, self._topic)
        count = self._admin.partitions([self._topic]).get(self._topic)
        if count is None:
            raise FatalError(
                f"there is no topic {self._topic}: run `winnow topics create`, "
                "or mend topics.raw if it is a wrong name"
            )
        at_ms = round(time.time() * 1000)
        bounds = self._admin.bounds(self._topic, range(count))
        rests = self._rests(committed, bounds)
        partitions = {
            p: Standing(
                committed.get(p), start, end, high - end, rest.lag, rest.exact, rest.oldest_ms, owners.get(p)
            )
            for p, (start, end, high) in bounds.items()
            for rest in (rests[p],)
        }
        gone = tuple(sorted(set(committed) - set(partitions)))
        return Standings(at_ms, partitions, gone, members, is_sharing_out)

    def close(self) -> None:
        """Closes the connections."""
        if "_admin" in vars(self):
            self._admin.close()
        if "_consumer" in vars(self):
            self._consumer.close(autocommit=False)

    def _rests(
        self, committed: Mapping[int, int], bounds: Mapping[int, tuple[int, int, int]]
    ) -> dict[int, _Rest]:
        """What is left of each partition; one that did not change since the last time is not read again."""
        keys = {}
        for p, (start, end, high) in bounds.items():
            done = committed.get(p, start)
            keys[p] = (p, start if done > high else max(done, start), end)  # beyond it: a topic made anew
        known = {p: self._seen[key] for p, key in keys.items() if key in self._seen}
        wanted = {p: key[1:] for p, key in keys.items() if p not in known and key[1] < key[2]}
        looked = self._look(wanted) if wanted else {}
        rests = {p: known.get(p) or looked.get(p) or _Rest(0, True, None) for p in keys}
        self._seen = {key: rests[p] for p, key in keys.items()}
        return rests

    def _look(self, spans: Mapping[int, tuple[int, int]]) -> dict[int, _Rest]:
        """The first records of each span: one fetch, or as many as it takes to get past markers."""
        consumer = self._consumer
        open_ends = {TopicPartition(self._topic, p): end for p, (_, end) in spans.items()}
        consumer.assign(list(open_ends))
        consumer.resume(*open_ends)
        for place in open_ends:
            consumer.seek(place, spans[place.partition][0])
        found: dict[int, _Rest] = {}
        deadline = time.monotonic() + LOOK_S
        while open_ends and time.monotonic() < deadline:
            records = consumer.poll(timeout_ms=200, max_records=100_000)
            for place, end in list(open_ends.items()):
                times = [r.timestamp_ms for r in records.get(place, ()) if r.offset < end]
                position = consumer.position(place, timeout_ms=ASK_MS)
                if times or position >= end:
                    left = max(0, end - position)
                    found[place.partition] = _Rest(len(times) + left, left == 0, times[0] if times else None)
                    consumer.pause(place)
                    del open_ends[place]
        for place, end in open_ends.items():  # what cannot be seen in time is counted by its offsets
            found[place.partition] = _Rest(end - spans[place.partition][0], False, None)
        consumer.unsubscribe()
        return found
