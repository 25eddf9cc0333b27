"""When learning counts, when it freezes, and that nothing waits for it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest
from prometheus_client import CollectorRegistry

from worker.adapters.memory_tallies import MemoryTallies
from worker.errors import TransientError
from worker.learning import ANY_NUMBER, FIRST_RECORDS, LAST_RECORDS, Learning
from worker.observe.metrics import Metrics
from worker.outcome import DeadLetter, Duplicate, Outcome, Prepared, Publish
from worker.ports import Answer, Identity, Kept, Sighting, Tally


def metrics() -> Metrics:
    return Metrics(CollectorRegistry())


def prepared(number: int, unit: str = "tail follow us") -> Prepared:
    identity = Identity(f"owner {number}", f"a{number}", None, "", 0, ("raw", 0, number))
    return Prepared(identity, b"{}", sighting=Sighting("herald", f"owner {number}", (unit,)))


def published(number: int) -> Publish:
    return Publish(prepared(number), Answer("new"))


def test_without_tallies_nothing_is_learned_and_nothing_holds_a_batch_back() -> None:
    learning = Learning(None, metrics())
    learning.settled([published(1)])
    assert learning.room(in_flight=True) == ANY_NUMBER
    assert learning.frozen is None


def test_a_local_run_takes_no_record_beyond_a_boundary_before_all_in_front_are_settled() -> None:
    learning = Learning(MemoryTallies(), metrics(), exact=True)
    assert learning.room(False) == FIRST_RECORDS
    learning.took(FIRST_RECORDS - 1)
    assert learning.room(True) == 1
    learning.took(1)
    assert learning.room(in_flight=True) == 0
    before = learning.frozen
    learning.settled([published(number) for number in range(FIRST_RECORDS)])
    assert learning.frozen is before, "frozen at the boundary only"
    assert learning.room(in_flight=False) == FIRST_RECORDS
    assert learning.frozen is not None
    assert learning.frozen["herald"].units == {"tail follow us"}


def test_the_longer_a_worker_runs_the_rarer_it_freezes() -> None:
    learning = Learning(MemoryTallies(), metrics(), exact=True)
    rooms = []
    for _ in range(100):
        rooms.append(learning.room(False))
        learning.took(rooms[-1])
    assert rooms == sorted(rooms)
    assert (rooms[0], rooms[-1]) == (FIRST_RECORDS, LAST_RECORDS)


def test_a_worker_on_kafka_is_never_held_back() -> None:
    learning = Learning(MemoryTallies(), metrics())
    learning.room(False)
    learning.took(10_000)
    assert learning.room(in_flight=True) == ANY_NUMBER


def test_only_first_versions_that_were_published_count() -> None:
    tallies = MemoryTallies()
    learning = Learning(tallies, metrics())
    kept = Kept("a", 1, ("raw", 0, 0))
    outcomes: Sequence[Outcome] = [
        published(1),
        Publish(prepared(2), Answer("new", version=2, other=kept)),
        Duplicate(prepared(3), Answer("duplicate", other=kept)),
        DeadLetter("decode", "not_json", "no"),
        Publish(replace(prepared(4), sighting=None), Answer("new")),
        Publish(prepared(5), Answer("own")),
    ]
    learning.settled(outcomes)
    assert tallies.tallies(["herald"]) == [Tally(2, {"tail follow us": 2}, {})]


def test_a_worker_that_starts_knows_what_others_learned_before() -> None:
    tallies = MemoryTallies()
    Learning(tallies, metrics()).settled([published(number) for number in range(20)])
    late = Learning(tallies, metrics())
    late.room(False)
    assert late.frozen is not None
    assert late.frozen["herald"].units == {"tail follow us"}


def test_nobody_waits_for_a_count_that_cannot_be_made() -> None:
    class Away(MemoryTallies):
        def note(self, sightings: Sequence[Sighting]) -> None:
            raise TransientError("Redis: away")

    registry = CollectorRegistry()
    learning = Learning(Away(), Metrics(registry))
    learning.settled([published(1), published(2)])
    assert registry.get_sample_value("winnow_learning_missed_total") == 2


def test_a_freeze_waits_for_redis_like_everything_that_needs_it() -> None:
    class Away(MemoryTallies):
        def sources(self) -> list[str]:
            raise TransientError("Redis: away")

    with pytest.raises(TransientError):
        Learning(Away(), metrics()).room(False)
