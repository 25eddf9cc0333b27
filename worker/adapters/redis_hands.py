"""Notes of what each worker has in hand, in Redis, where they outlive the worker (delivery.md, P11)."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.resources import files

from worker.adapters.redis_scripts import RedisScripts
from worker.ports import Hand, Place

_TAKE = files("worker.adapters").joinpath("in_hand.lua").read_text(encoding="utf-8")
_PUT_DOWN = files("worker.adapters").joinpath("put_down.lua").read_text(encoding="utf-8")

NOTE_MS = 24 * 3600 * 1000
"""A note nobody came back to for a day is about records long settled."""


class RedisHands:
    """The Hands port. `holder` is `instance/incarnation`: one instance name is one living process at most.
    `topic_id` is Kafka's: notes about a topic that was made anew say nothing about the new one."""

    def __init__(self, scripts: RedisScripts, holder: str, session_timeout_ms: int, topic_id: str) -> None:
        self._redis = scripts
        self._holder = holder
        self._topic_id = topic_id
        # Partitions of a dead member move after the session time-out: by then it no longer counts as alive.
        self._alive_ms = session_timeout_ms

    def take(self, ranges: Mapping[Place, tuple[int, int]]) -> dict[Place, Hand]:
        calls = [
            (_TAKE, (self._name(place), self._holder, first, last, self._alive_ms, NOTE_MS))
            for place, (first, last) in ranges.items()
        ]
        return {
            place: Hand(*map(int, reply)) for place, reply in zip(ranges, self._redis.run(calls), strict=True)
        }

    def keep_alive(self) -> None:
        self._redis.ask("SET", f"l:{self._holder}", arguments=(1, "PX", self._alive_ms))

    def put_down(self, places: Mapping[Place, int]) -> None:
        self._redis.run(
            [(_PUT_DOWN, (self._name(p), self._holder, settled)) for p, settled in places.items()]
        )

    def settled(self) -> dict[Place, int]:
        flat = self._redis.ask("HGETALL", "settled")
        told = {}
        for name, offset in flat.items():
            topic, topic_id, partition = name.decode().rsplit(":", 2)
            if topic_id == self._topic_id:
                told[topic, int(partition)] = int(offset)
        return told

    def settle(self, places: Mapping[Place, int]) -> None:
        """These are settled up to here at least, whoever did it."""
        known = self.settled()
        self.put_down({place: offset for place, offset in places.items() if offset > known.get(place, 0)})

    def _name(self, place: Place) -> str:
        return f"{place[0]}:{self._topic_id}:{place[1]}"
