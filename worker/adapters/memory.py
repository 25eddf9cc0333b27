"""Twins in memory of Kafka and of the notes in Redis: for the simulation, checked by the contract suite.

`MemoryKafka` is one topic of raw records, one group and the outcomes; it keeps the promises that the
runner builds on: a generation per membership, commits that are refused from any other one, outcomes
and offsets that become visible together or not at all.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace

from worker.errors import CommitFailed, Rebalanced
from worker.ports import Batch, Hand, Message, Place, RawRecord


@dataclass
class MemoryKafka:
    """The broker: raw records by partition, what is committed, and who is in the group."""

    topic: str
    partitions: int
    raw: dict[Place, list[RawRecord]] = field(default_factory=dict)
    outcomes: list[Message] = field(default_factory=list)
    committed: dict[Place, int] = field(default_factory=dict)
    claimed: int = 0
    generation: int = 0
    members: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.raw = {(self.topic, number): [] for number in range(self.partitions)}

    def send(self, partition: int, record: RawRecord) -> RawRecord:
        """Appends a record; its offset is its place in the partition."""
        log = self.raw[self.topic, partition]
        log.append(replace(record, topic=self.topic, partition=partition, offset=len(log)))
        return log[-1]

    def join(self, member: str) -> None:
        """A new member: everybody's generation changes."""
        self.members.append(member)
        self.generation += 1

    def leave(self, member: str) -> None:
        """A member left, died or was expelled."""
        if member in self.members:
            self.members.remove(member)
            self.generation += 1

    def assignment(self, member: str) -> list[Place]:
        """The member's partitions in this generation."""
        if member not in self.members:
            return []
        return list(self.raw)[self.members.index(member) :: len(self.members)]

    def caught_up(self) -> bool:
        return all(self.committed.get(place, 0) >= len(log) for place, log in self.raw.items())


class MemoryBroker:
    """The Broker port of one member."""

    def __init__(self, kafka: MemoryKafka, member: str) -> None:
        self._kafka = kafka
        self._member = member
        self._generation = -1
        self._positions: dict[Place, int] = {}

    def poll(self, timeout_s: float, max_records: int) -> Batch:
        self._look_at_group()
        records: list[RawRecord] = []
        for place in self._kafka.assignment(self._member):
            start = self._positions.get(place, 0)
            found = self._kafka.raw[place][start : start + max_records - len(records)]
            self._positions[place] = start + len(found)
            records += found
        moved = {p: n for p, n in self._positions.items() if n != self._kafka.committed.get(p, 0)}
        return Batch(tuple(records), moved, self._generation)

    def keep_alive(self) -> None:
        self._look_at_group()

    def rewind(self, begun: Collection[Place] = ()) -> Mapping[Place, int]:
        self._positions = {
            place: self._kafka.committed.get(place, 0) for place in self._kafka.assignment(self._member)
        }
        return dict(self._positions)

    def commit(self, messages: Sequence[Message], batch: Batch, claimed: int) -> None:
        if batch.fence != self._kafka.generation or self._member not in self._kafka.members:
            raise CommitFailed(f"generation {batch.fence} is over")
        self._kafka.outcomes.extend(messages)
        self._kafka.committed.update(batch.positions)
        self._kafka.claimed = max(self._kafka.claimed, claimed)

    def caught_up(self) -> bool:
        return self._kafka.caught_up()

    def claimed_before(self) -> int:
        return self._kafka.claimed

    def assigned(self) -> int | None:
        return len(self._kafka.assignment(self._member)) if self._member in self._kafka.members else None

    def close(self, timeout_s: float) -> None:
        self._kafka.leave(self._member)

    def _look_at_group(self) -> None:
        if self._member not in self._kafka.members:
            self._kafka.join(self._member)
        if self._generation != self._kafka.generation:
            self._generation = self._kafka.generation
            raise Rebalanced(f"generation {self._generation}")


@dataclass
class _Note:
    holder: str
    first: int
    last: int
    deaths: int = 0
    until: int = -1
    alone: int = 0


@dataclass
class Notes:
    """What the hands of all workers share, as they would share Redis."""

    by_place: dict[Place, _Note] = field(default_factory=dict)
    alive: set[str] = field(default_factory=set)
    settled: dict[Place, int] = field(default_factory=dict)


class MemoryHands:
    """The Hands port of one worker."""

    def __init__(self, notes: Notes, holder: str) -> None:
        self._notes = notes
        self._holder = holder

    def take(self, ranges: Mapping[Place, tuple[int, int]]) -> dict[Place, Hand]:
        self._notes.alive.add(self._holder)
        return {place: self._take(place, first, last) for place, (first, last) in ranges.items()}

    def keep_alive(self) -> None:
        self._notes.alive.add(self._holder)

    def put_down(self, places: Mapping[Place, int]) -> None:
        for place, settled in places.items():
            if settled:
                self._notes.settled[place] = settled
            note = self._notes.by_place.get(place)
            if note is None or note.holder != self._holder:
                continue
            is_given_up = settled == 0 and note.deaths == 0
            is_done = settled > note.last and (note.deaths == 0 or note.last >= note.until)
            if is_given_up or is_done:
                del self._notes.by_place[place]

    def settled(self) -> dict[Place, int]:
        return dict(self._notes.settled)

    def _take(self, place: Place, first: int, last: int) -> Hand:
        note = self._notes.by_place.get(place)
        told = Hand()
        if (
            note
            and note.holder != self._holder
            and note.holder not in self._notes.alive
            and first <= note.last
        ):
            until = note.last if note.deaths == 0 else min(note.until, note.last)
            again = note.deaths > 0 and first <= until
            told = Hand(
                deaths=note.deaths + 1 if again else 1,
                until=until if again else note.last,
                alone=note.alone + 1 if note.first == note.last == first else 0,
            )
        elif note and first <= note.until:
            told = Hand(note.deaths, note.until, note.alone if first == note.first else 0)
        self._notes.by_place[place] = _Note(self._holder, first, last, told.deaths, told.until, told.alone)
        return told
