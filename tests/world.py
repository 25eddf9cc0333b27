"""A small world in memory for tests of the runner: real runner, real claims, twins of Kafka and Redis."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from prometheus_client import CollectorRegistry

from worker.adapters.memory import MemoryBroker, MemoryHands, MemoryKafka, Notes
from worker.adapters.memory_claims import MemoryClaims
from worker.adapters.memory_tallies import MemoryTallies
from worker.errors import InvalidRecord
from worker.guards import ClaimsGuard, DeadLetterGuard, PoisonGuard
from worker.learning import Learning
from worker.observe.metrics import Metrics
from worker.outcome import DeadLetter, Prepared, sha256_of
from worker.ports import Identity, Origin, RawRecord, Sighting
from worker.runner import Guards, Runner
from worker.stages.fingerprint import owner_of
from worker.stopping import Stop


def article(number: int, text: str | None = None, **more: Any) -> bytes:
    """A raw record as `light_process` reads it."""
    return json.dumps({"id": f"a{number}", "text": text or f"text {number}", **more}).encode()


def light_process(record: RawRecord) -> Prepared | DeadLetter:
    """A pipeline as light as can be: the value is `{"id", "url", "text", "seen"}`, or not."""
    try:
        data = json.loads(record.value or b"")
    except ValueError:
        return DeadLetter.of(InvalidRecord("decode", "not_json", "no JSON"))
    identity = Identity(
        owner=owner_of(*record.origin, sha256_of(record.value)),
        article_id=data["id"],
        canonical_url=data.get("url"),
        content_hash=data["text"],
        seen_ms=data.get("seen", 0),
        origin=record.origin,
    )
    sighting = Sighting("paper", identity.owner, (f"tail {data['text']}",))
    return Prepared(
        identity, json.dumps({"id": data["id"], "text": data["text"]}).encode(), sighting=sighting
    )


class InlineWork:
    """Processed at once."""

    def __init__(self, results: list[Prepared | DeadLetter]) -> None:
        self._results = results

    def wait(self, timeout_s: float) -> bool:
        return True

    def results(self) -> list[Prepared | DeadLetter]:
        return self._results

    def abandon(self) -> None:
        pass


@dataclass
class InlinePool:
    """The Pool port without processes."""

    process: Callable[[RawRecord], Prepared | DeadLetter] = light_process
    seen: list[Origin] = field(default_factory=list)

    def start(self, records: Any, learned: Any = None) -> InlineWork:
        self.seen += [record.origin for record in records]
        return InlineWork([self.process(record) for record in records])

    def close(self) -> None:
        pass


@dataclass
class World:
    """One raw topic, one group, one Redis; workers come and go."""

    kafka: MemoryKafka
    claims: MemoryClaims = field(default_factory=lambda: MemoryClaims(ttl_s=1e9))
    notes: Notes = field(default_factory=Notes)
    tallies: MemoryTallies = field(default_factory=MemoryTallies)
    pool: InlinePool = field(default_factory=InlinePool)
    max_batch: int = 4

    @classmethod
    def of(cls, values: list[bytes | None], partitions: int = 2) -> World:
        world = cls(MemoryKafka("raw", partitions))
        for number, value in enumerate(values):
            world.send(value, number % partitions)
        return world

    def send(self, value: bytes | None, partition: int = 0) -> RawRecord:
        return self.kafka.send(partition, RawRecord("raw", partition, -1, 0, None, value))

    def worker(
        self,
        name: str,
        wrap: Callable[[Any, str], Any] = lambda port, name: port,
        stop: Stop | None = None,
        **guards: Any,
    ) -> Runner:
        """A worker whose ports may be wrapped, each with the name of the port."""
        claims = wrap(self.claims, "claims")
        hands = wrap(MemoryHands(self.notes, name), "hands")
        metrics = Metrics(CollectorRegistry())
        return Runner(
            wrap(MemoryBroker(self.kafka, name), "broker"),
            claims,
            self.pool,
            Guards(
                PoisonGuard(hands, self.max_batch),
                ClaimsGuard(claims),
                DeadLetterGuard(guards.get("window", 1000), 0.95),
            ),
            Learning(wrap(self.tallies, "tallies"), metrics),
            metrics,
            stop or Stop(drain_s=5),
            now=lambda: None,
            pause=lambda seconds: None,
        )

    def dies(self, name: str) -> None:
        """A worker is gone, and the group has noticed."""
        self.kafka.leave(name)
        self.notes.alive.discard(name)

    def outcomes_by_origin(self) -> dict[Origin, list[Any]]:
        found: dict[Origin, list[Any]] = {}
        for message in self.kafka.outcomes:
            found.setdefault(message.origin, []).append(message)
        return found


def broken_laws(world: World) -> list[str]:
    """An independent count of both laws over everything that was sent: what is broken, in words."""
    found = world.outcomes_by_origin()
    sent = [record.origin for log in world.kafka.raw.values() for record in log]
    faults = [
        f"{origin}: {len(found.get(origin, []))} outcomes"
        for origin in sent
        if len(found.get(origin, [])) != 1
    ]
    faults += [f"{origin}: invented" for origin in found if origin not in sent]
    for origin, messages in found.items():
        if messages[0].role == "duplicates" and not _ends_in_clean(origin, found):
            faults.append(f"{origin}: a duplicate of nothing that is clean")
    return faults


def _ends_in_clean(origin: Origin, found: dict[Origin, list[Any]]) -> bool:
    seen = set()
    while origin not in seen and origin in found:
        seen.add(origin)
        message = found[origin][0]
        if message.role != "duplicates":
            return bool(message.role == "clean" and len(seen) > 1)
        other = json.loads(message.value)["duplicate_of_origin"]
        origin = (other["topic"], other["partition"], other["offset"])
    return False
