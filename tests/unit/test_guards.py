"""The guards beside the way of a batch.

A record that takes whole workers down is found, and costs nobody but itself (delivery.md, P11).
"""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.world import InlineWork, World, broken_laws, light_process
from worker.adapters.memory import MemoryHands, Notes
from worker.adapters.memory_claims import MemoryClaims
from worker.errors import BatchLost, FatalError
from worker.guards import ClaimsGuard, DeadLetterGuard, PoisonGuard
from worker.outcome import DeadLetter, Duplicate, Prepared
from worker.ports import Answer, Place, RawRecord

DOUBTFUL, INNOCENT = ("raw", 0), ("raw", 1)


class Died(BaseException):
    """The whole worker, by a record."""


class Workers(Notes):
    """What Redis holds, and guards of workers that come and go."""

    def guard(self, name: str) -> PoisonGuard:
        return PoisonGuard(MemoryHands(self, name), 500)

    def dies_with(self, name: str, records: list[RawRecord]) -> None:
        self.guard(name).take(records)
        self.alive.discard(name)


def records(place: Place, first: int, last: int) -> list[RawRecord]:
    return [RawRecord(*place, offset, 0, None, b"x") for offset in range(first, last + 1)]


@pytest.fixture
def guard() -> PoisonGuard:
    """Of a worker that learned that two before it died with ten records of one partition in hand."""
    workers = Workers()
    for name in ("a", "b"):
        workers.dies_with(name, records(DOUBTFUL, 0, 9))
    careful = workers.guard("c")
    with pytest.raises(BatchLost, match="one by one"):
        careful.take(records(DOUBTFUL, 0, 9))
    careful.drop(records(DOUBTFUL, 0, 9))
    careful.go_on_from({DOUBTFUL: 0, INNOCENT: 0})
    return careful


def test_doubtful_records_are_taken_one_by_one_until_the_last_of_them_is_behind(guard: PoisonGuard) -> None:
    for record in records(DOUBTFUL, 0, 9):
        assert (guard.max_batch, guard.flights) == (1, 1)
        assert guard.take([record]) == []
        guard.put_down([record])
    assert (guard.max_batch, guard.flights) == (500, 2)
    assert guard.take(records(DOUBTFUL, 10, 400)) == []


def test_what_is_committed_is_known_while_more_of_its_partition_is_in_flight() -> None:
    # Under load there always is: without it a group that was rewound after a crash would not be refused.
    workers = Workers()
    guard = workers.guard("a")
    guard.take(records(INNOCENT, 0, 9))
    guard.take(records(INNOCENT, 0, 19))
    guard.put_down(records(INNOCENT, 0, 9))
    assert guard.settled() == {INNOCENT: 10}
    workers.alive.discard("a")
    assert MemoryHands(workers, "b").take({INNOCENT: (10, 19)})[INNOCENT].deaths == 1


def test_a_record_of_another_partition_does_not_end_the_caution(guard: PoisonGuard) -> None:
    # If it did, the next poll would bring all doubtful ones at once, throw that record away with them, and
    # bring it again: for ever.
    (innocent,) = records(INNOCENT, 0, 0)
    guard.take([innocent])
    assert guard.careful
    guard.put_down([innocent])
    assert guard.careful


def test_a_partition_that_somebody_else_has_now_is_no_reason_for_caution(guard: PoisonGuard) -> None:
    guard.go_on_from({INNOCENT: 0})
    assert not guard.careful


def test_doubtful_records_that_are_committed_are_no_reason_for_caution(guard: PoisonGuard) -> None:
    guard.go_on_from({DOUBTFUL: 9})
    assert guard.careful
    guard.go_on_from({DOUBTFUL: 10})
    assert not guard.careful


def deadly(value: bytes) -> Callable[[RawRecord], Prepared | DeadLetter]:
    def process(record: RawRecord) -> Prepared | DeadLetter:
        if record.value == value:
            raise Died
        return light_process(record)

    return process


def test_a_record_that_kills_every_worker_becomes_a_dead_letter_and_the_others_live() -> None:
    values = [b'{"id": "%d", "text": "%d"}' % (number, number) for number in range(16)]
    world = World.of(list(values))
    world.pool.process = deadly(values[6])
    deaths = 0
    for name in map(str, range(20)):
        worker = world.worker(name)
        try:
            worker.run(until_caught_up=True)
            break
        except Died:
            deaths += 1
            world.dies(name)
    assert broken_laws(world) == []
    (poison,) = [letter for letter in world.kafka.outcomes if letter.role == "dead_letters"]
    assert poison.value == values[6]
    assert dict(poison.headers)["winnow.error.code"] == b"crash"
    assert deaths <= 6


def test_three_deaths_alone_condemn_a_record_and_two_do_not() -> None:
    workers = Workers()
    (lonely,) = records(DOUBTFUL, 4, 4)
    for name in ("a", "b"):
        workers.dies_with(name, [lonely])
    assert workers.guard("c").take([lonely]) == []
    workers.alive.discard("c")
    assert workers.guard("d").take([lonely]) == [lonely]


class SlowWork(InlineWork):
    """Takes so long that the note of its worker's life runs out meanwhile."""

    def __init__(self, results: list[Prepared | DeadLetter], alive: set[str]) -> None:
        super().__init__(results)
        self._alive = alive
        self._is_done = False

    def wait(self, timeout_s: float) -> bool:
        if timeout_s and not self._is_done:
            self._alive.clear()
            self._is_done = True
            return False
        return True


def test_a_worker_with_slow_records_stays_alive_in_its_notes(monkeypatch: pytest.MonkeyPatch) -> None:
    world = World.of([b'{"id": "a1", "text": "x"}'])
    fast = world.pool.start
    monkeypatch.setattr(
        world.pool, "start", lambda *given: SlowWork(fast(*given).results(), world.notes.alive)
    )
    worker = world.worker("slow")
    for _ in range(4):
        worker.step()
    assert world.kafka.caught_up()
    assert world.notes.alive == {"slow"}


def test_lost_claims_are_said_by_every_worker_until_an_operator_puts_up_with_it() -> None:
    claims = MemoryClaims(ttl_s=1e9)
    one, other = ClaimsGuard(claims), ClaimsGuard(claims)
    one.remember(7)  # stood beside the offsets; Redis knows of none
    one.check()
    other.check()
    assert one.lost
    assert other.lost
    one.check()
    assert one.lost
    claims.acknowledge_loss()
    one.check()
    assert not one.lost
    assert one.claimed == 7


def test_a_topic_that_is_nearly_all_dead_letters_stops_the_worker_once_its_window_is_full() -> None:
    dead = DeadLetter("decode", "not_json", "no JSON")
    alive = duplicate()
    DeadLetterGuard(10, 0.8).check([dead] * 9)
    DeadLetterGuard(10, 0.8).check([dead] * 7 + [alive] * 3)
    with pytest.raises(FatalError, match="8 of the last 10 records became dead letters"):
        DeadLetterGuard(10, 0.8).check([dead] * 8 + [alive] * 2)
    guard = DeadLetterGuard(10, 0.8)
    guard.check([alive] * 10)
    guard.check([dead] * 7)
    with pytest.raises(FatalError, match=r"\(not_json\)"):
        guard.check([dead])


def duplicate() -> Duplicate:
    prepared = light_process(RawRecord("raw", 0, 0, 0, None, b'{"id": "a", "text": "x"}'))
    assert isinstance(prepared, Prepared)
    return Duplicate(prepared, Answer("duplicate", 1, "exact"))
