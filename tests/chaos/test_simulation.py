"""The runner over twins in memory, crashed at every step between poll and commit in turn.

Small enough to try every moment, so it finds what a random kill meets once a year. The mutants at the
end are the classic mistakes of delivery.md: each must break a law here, or the simulation proves nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest

from tests.world import World, article, broken_laws, light_process
from worker.adapters import memory, memory_claims
from worker.errors import CommitFailed
from worker.outcome import DeadLetter
from worker.ports import Answer
from worker.runner import Runner


class Crash(BaseException):
    """kill -9: nothing of the worker runs after it."""


class Tripwire:
    """A port whose n-th call (of all ports of one worker) triggers something, before or after it."""

    def __init__(self, port: Any, counter: Counter) -> None:
        self._port = port
        self._counter = counter

    def __getattr__(self, name: str) -> Any:
        call = getattr(self._port, name)

        def counted(*args: Any) -> Any:
            moment = self._counter.next_moment()
            if moment and moment[0] == "before":
                moment[1]()
            answer = call(*args)
            if moment and moment[0] == "after":
                moment[1]()
            return answer

        return counted


class Counter:
    """Counts port calls; at call `trip`, `what` happens `when`."""

    def __init__(self, trip: int, when: str, what: Callable[[], None]) -> None:
        self.calls = 0
        self._trip = trip
        self._moment = (when, what)

    def next_moment(self) -> tuple[str, Callable[[], None]] | None:
        self.calls += 1
        return self._moment if self.calls == self._trip else None


def crash() -> None:
    raise Crash


def a_stream() -> list[bytes | None]:
    """Copies under other ids, versions, a stale one, broken records, in two partitions."""
    return [
        article(1, seen=10),
        article(2, "the same"),
        article(3, "the same"),  # a copy in the other partition
        b"not json",
        article(1, "an update", seen=20),
        article(1, "an older one", seen=5),
        article(4, "the same"),
        article(1, seen=30),  # the first text again: a new version
        None,
        article(5),
        article(5),
    ]


def finish(world: World, *names: str) -> None:
    """Workers with these names take turns until nothing is left."""
    workers = [world.worker(name) for name in names]
    for _ in range(200):
        for worker in workers:
            worker.step()
        if world.kafka.caught_up():
            return
    pytest.fail("the workers never finished")


def moments(when: str) -> Iterator[int]:
    """Every port call of a whole run, numbered."""
    world = World.of(a_stream())
    counter = Counter(-1, when, crash)
    worker = world.worker("w1", lambda port, name: Tripwire(port, counter))
    for _ in range(20):
        worker.step()
    assert world.kafka.caught_up()
    return iter(range(1, counter.calls + 1))


def run_until_tripped(world: World, trip: int, when: str, what: Callable[[], None], name: str = "w1") -> None:
    counter = Counter(trip, when, what)
    worker = world.worker(name, lambda port, _: Tripwire(port, counter))
    try:
        for _ in range(20):
            worker.step()
    except Crash:
        pass


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_crash_at_any_step_loses_nothing_and_doubles_nothing(when: str) -> None:
    for trip in moments(when):
        world = World.of(a_stream())
        run_until_tripped(world, trip, when, crash)
        world.dies("w1")
        finish(world, "w1", "w2")
        assert broken_laws(world) == [], f"crashed {when} call {trip}"


@pytest.mark.parametrize("when", ["before", "after"])
def test_two_crashes_in_a_row_lose_nothing(when: str) -> None:
    for trip in moments(when):
        world = World.of(a_stream())
        run_until_tripped(world, trip, when, crash)
        world.dies("w1")
        run_until_tripped(world, 1 + (trip * 7) % 11, when, crash, "w2")
        world.dies("w2")
        finish(world, "w3", "w4")
        assert broken_laws(world) == [], f"crashed {when} call {trip}"


def test_a_batch_too_large_for_its_transaction_lands_in_parts() -> None:
    world = World.of(a_stream())
    world.max_batch = 500
    honest, refused = memory.MemoryBroker.commit, []

    def too_late(self: Any, messages: Any, batch: Any, claimed: int) -> None:
        if len(messages) > 1:
            refused.append(len(messages))
            raise CommitFailed("the broker aborted the transaction")
        honest(self, messages, batch, claimed)

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(memory.MemoryBroker, "commit", too_late)
        worker = world.worker("w1")
        for _ in range(2000):
            worker.step()
    assert refused
    assert broken_laws(world) == []


def test_a_worker_frozen_at_any_step_while_another_takes_over_doubles_nothing() -> None:
    """SIGSTOP longer than the session: the zombie comes back in the middle of its step."""
    for trip in moments("before"):
        world = World.of(a_stream())

        def meanwhile(world: World = world) -> None:
            world.dies("w1")
            finish(world, "w2")
            world.kafka.leave("w2")

        run_until_tripped(world, trip, "before", meanwhile)
        finish(world, "w3")
        assert broken_laws(world) == [], f"frozen at call {trip}"


def test_a_replica_that_joins_at_any_step_doubles_nothing() -> None:
    for trip in moments("after"):
        world = World.of(a_stream())
        run_until_tripped(world, trip, "after", lambda w=world: w.kafka.join(f"late {len(w.kafka.members)}"))  # type: ignore[misc]
        world.kafka.members[:] = []
        world.kafka.generation += 1
        finish(world, "w2", "w3")
        assert broken_laws(world) == [], f"joined at call {trip}"


def test_other_rules_between_two_deliveries_keep_the_first_answer() -> None:
    """The claim's owner does not depend on the cleaned text (P7)."""
    for trip in moments("after"):
        world = World.of(a_stream())
        run_until_tripped(world, trip, "after", crash)
        world.dies("w1")

        def reworded(record: Any) -> Any:
            result = light_process(record)
            if isinstance(result, DeadLetter):
                return result
            other = replace(result.identity, content_hash=result.identity.content_hash + " (new rules)")
            return replace(result, identity=other)

        world.pool.process = reworded
        finish(world, "w2")
        assert broken_laws(world) == [], f"crashed after call {trip}"


def test_a_crash_at_any_step_counts_no_article_twice_for_learning() -> None:
    """Counting comes after the commit, so a crash can lose a count; a redelivery must not double one."""
    for trip in moments("after"):
        world = World.of(a_stream())
        run_until_tripped(world, trip, "after", crash)
        world.dies("w1")
        finish(world, "w2")
        published = {m.origin for m in world.kafka.outcomes if m.role == "clean"}
        (told,) = world.tallies.tallies(["paper"])
        assert told.articles <= len(published), f"crashed after call {trip}"


# --- the mutants: each classic mistake must be seen ---


def laws_broken_by(mutate: Callable[[World], None], frozen: bool = False) -> bool:
    """Whether any moment of crash or freeze breaks a law once the world is mutated."""
    for when in ("before", "after"):
        for trip in moments(when):
            world = World.of(a_stream())
            mutate(world)

            def meanwhile(world: World = world) -> None:
                world.dies("w1")
                finish(world, "w2")
                world.kafka.leave("w2")

            run_until_tripped(world, trip, when, meanwhile if frozen else crash)
            world.dies("w1")
            try:
                finish(world, "w1", "w2")
            except pytest.fail.Exception:  # it may also never finish
                return True
            if broken_laws(world):
                return True
    return False


def test_mutant_claims_like_set_nx_lose_articles(monkeypatch: pytest.MonkeyPatch) -> None:
    """Dropped as its own duplicate: a redelivery looks like a copy of itself."""

    def first_come(self: Any, new: Any) -> Answer:
        keys = [f"i:{new.article_id}", f"c:{new.content_hash}"]
        for key in keys:
            if holder := self._holder(key):
                return Answer("duplicate", holder.version, "exact", 1.0, holder.kept())
        return Answer("new", self._new(new, keys, None, 1, memory_claims._Alike()).version)

    monkeypatch.setattr(memory_claims.MemoryClaims, "_claim", first_come)
    assert laws_broken_by(lambda world: None)


def test_mutant_commits_before_it_publishes_loses_records(monkeypatch: pytest.MonkeyPatch) -> None:
    def two_steps(self: Any, messages: Any, batch: Any, claimed: int) -> None:
        self._kafka.committed.update(batch.positions)
        self.pause_between()
        self._kafka.outcomes.extend(messages)

    monkeypatch.setattr(memory.MemoryBroker, "commit", two_steps)
    crashed: list[bool] = []

    def once(self: Any) -> None:
        if not crashed:
            crashed.append(True)
            raise Crash

    monkeypatch.setattr(memory.MemoryBroker, "pause_between", once, raising=False)
    world = World.of(a_stream())
    run_until_tripped(world, -1, "before", crash)
    world.dies("w1")
    finish(world, "w2")
    assert broken_laws(world)


def test_mutant_asks_for_its_membership_at_commit_time_doubles_records(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """P1: fenced with today's generation, a zombie's batch goes through."""
    honest = memory.MemoryBroker.commit

    def unfenced(self: Any, messages: Any, batch: Any, claimed: int) -> None:
        if self._member not in self._kafka.members:
            self._kafka.join(self._member)
        honest(self, messages, replace(batch, fence=self._kafka.generation), claimed)

    monkeypatch.setattr(memory.MemoryBroker, "commit", unfenced)
    monkeypatch.setattr(memory.MemoryBroker, "keep_alive", lambda self: None)
    assert laws_broken_by(lambda world: None, frozen=True)


def test_mutant_goes_on_from_its_own_position_after_a_refused_commit_loses_records(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """P2: kafka-python keeps positions over a rebalance; without a rewind the refused batch is gone."""
    honest = memory.MemoryBroker.rewind

    def first_time_only(self: Any, _begun: Any) -> Any:
        for place in self._kafka.assignment(self._member):
            self._positions.setdefault(place, self._kafka.committed.get(place, 0))
        return dict(self._positions)

    monkeypatch.setattr(memory.MemoryBroker, "rewind", first_time_only)
    broken = False
    for trip in moments_of(honest, monkeypatch):
        world = World.of(a_stream())
        monkeypatch.setattr(memory.MemoryBroker, "rewind", first_time_only)
        counter = Counter(trip, "before", lambda w=world: w.kafka.join("late"))  # type: ignore[misc]
        worker = world.worker("w1", lambda port, _, c=counter: Tripwire(port, c))  # type: ignore[misc]
        for _ in range(20):
            worker.step()
        finish(world, "late")
        broken = broken or bool(broken_laws(world))
    assert broken


def moments_of(honest: Any, monkeypatch: pytest.MonkeyPatch) -> list[int]:
    monkeypatch.setattr(memory.MemoryBroker, "rewind", honest)
    return list(moments("before"))


def test_mutant_that_can_still_kill_a_record_after_its_claim_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    """P6: the original dies after its copy was dropped."""
    honest = Runner._claimed

    def fragile(self: Any, results: Any) -> Any:
        outcomes = honest(self, results)
        return [
            DeadLetter("publish", "too_large", "noticed too late")
            if not isinstance(outcome, DeadLetter) and outcome.prepared.identity.article_id == "a3"
            else outcome
            for outcome in outcomes
        ]

    monkeypatch.setattr(Runner, "_claimed", fragile)
    world = World.of(a_stream())
    finish(world, "w1")
    assert broken_laws(world)
