"""The runner over twins in memory while it waits: for the pool, for Redis, for its own end."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.world import InlinePool, InlineWork, World, article, broken_laws, light_process
from worker.errors import TransientError
from worker.outcome import DeadLetter, Prepared
from worker.ports import RawRecord
from worker.stopping import Stop


def world_of(count: int) -> World:
    world = World.of([], partitions=1)
    for number in range(count):
        world.send(article(number))
    return world


def joins_once(world: World) -> Callable[[], None]:
    """Another member joins when this is called for the first time."""

    def join() -> None:
        if "late" not in world.kafka.members:
            world.kafka.join("late")

    return join


class SlowWork(InlineWork):
    """Ready only at the third look; what happens `meanwhile` happens at the second one."""

    def __init__(self, results: Any, meanwhile: Callable[[], None]) -> None:
        super().__init__(results)
        self._looks = 0
        self._meanwhile = meanwhile

    def wait(self, timeout_s: float) -> bool:
        if not timeout_s:
            return False
        self._looks += 1
        if self._looks == 2:
            self._meanwhile()
        return self._looks >= 3


class SlowPool(InlinePool):
    """Slow with its first batch."""

    def __init__(self, meanwhile: Callable[[], None]) -> None:
        super().__init__()
        self._meanwhile = meanwhile

    def start(self, records: Any, learned: Any = None) -> InlineWork:
        is_first = not self.seen
        work = super().start(records, learned)
        return SlowWork(work.results(), self._meanwhile) if is_first else work


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def test_a_batch_that_the_group_moved_on_from_is_not_published_however_long_it_took() -> None:
    world = world_of(8)
    world.pool = SlowPool(joins_once(world))
    worker = world.worker("w1")
    for _ in range(3):
        worker.step()
    assert world.kafka.outcomes == [], "the wait ended with the membership, before anything was claimed"
    assert world.claims.ledger().claimed == 0
    world.kafka.leave("late")
    for _ in range(12):
        worker.step()
    assert world.kafka.caught_up()
    assert broken_laws(world) == []


def away(times: int, meanwhile: Callable[[], None] = lambda: None) -> Callable[[Any, str], Any]:
    """Wraps the claims: Redis is away for so many calls."""
    left = iter(range(times))

    class Away:
        def __init__(self, port: Any) -> None:
            self._port = port

        def __getattr__(self, name: str) -> Any:
            if name in ("claim", "release") and next(left, None) is not None:
                meanwhile()
                raise TransientError("Redis is away")
            return getattr(self._port, name)

    return lambda port, name: Away(port) if name == "claims" else port


def test_redis_away_is_waited_out_with_the_batch_in_hand() -> None:
    world = world_of(4)
    worker = world.worker("w1", away(30))
    for _ in range(4):
        worker.step()
    assert world.kafka.caught_up()
    assert broken_laws(world) == []
    assert len(world.pool.seen) == 4, "nothing was processed twice"


def test_a_member_that_waits_for_redis_notices_that_the_group_moved_on() -> None:
    world = world_of(4)
    worker = world.worker("w1", away(30, joins_once(world)))
    for _ in range(2):
        worker.step()
    assert world.kafka.outcomes == []
    assert world.claims.ledger().claimed == 0


def test_a_stop_that_falls_due_gives_up_and_leaves_no_death_behind() -> None:
    world, clock = world_of(4), Clock()
    stop = Stop(drain_s=5, monotonic=clock)

    def time_passes() -> None:
        stop.request()
        clock.now += 3

    world.worker("w1", away(1000, time_passes), stop=stop).run()
    assert world.kafka.outcomes == []
    assert world.notes.by_place == {}, "given up by a worker that was alive: nothing to suspect"
    world.dies("w1")
    world.worker("w2").run(until_caught_up=True)
    assert broken_laws(world) == []


@pytest.mark.parametrize(("drain_s", "published"), [(5, 4), (0, 0)])
def test_a_stop_lands_what_is_in_flight_if_there_is_time(drain_s: float, published: int) -> None:
    world, stop = world_of(4), Stop(drain_s)

    def process(record: RawRecord) -> Prepared | DeadLetter:
        stop.request()
        return light_process(record)

    world.pool = SlowPool(lambda: None)
    world.pool.process = process
    world.worker("w1", stop=stop).run()
    assert len(world.kafka.outcomes) == published
    assert world.notes.by_place == {}


@pytest.mark.parametrize("restarted", [False, True])
def test_lost_claims_are_reported_before_the_own_ones_hide_it(restarted: bool) -> None:
    """Redis came back empty between two batches, or while no worker ran."""
    world = world_of(12)
    worker = world.worker("w1")
    for _ in range(8):
        worker.step()
    assert world.kafka.caught_up()
    assert world.claims.ledger().loss is None
    vars(world.claims).update(vars(World(world.kafka).claims))
    for number in range(12, 40):
        world.send(article(number))
    if restarted:
        world.dies("w1")
        world.max_batch = 20  # its first batch alone claims as many as were lost
        worker = world.worker("w2")
    for _ in range(8):
        worker.step()
    assert world.claims.ledger().loss == 12
