"""What sources repeat is counted in Redis and in its twin in memory alike."""

from __future__ import annotations

import random
from typing import Any

import pytest
from prometheus_client import CollectorRegistry

from tests.services.redis import new_namespace
from tests.unit.text.papers import lines_of, paragraph
from worker.adapters.memory_tallies import MemoryTallies
from worker.adapters.redis_scripts import RedisScripts
from worker.adapters.redis_tallies import FORGET_ARTICLES, HALVE_ARTICLES, RedisTallies
from worker.learning import Learning
from worker.observe.metrics import Metrics
from worker.outcome import Prepared, Publish
from worker.ports import Answer, Identity, Sighting, Tally
from worker.text.edges import edges_of


@pytest.fixture(params=["redis", "memory"])
def tallies(request: pytest.FixtureRequest) -> Any:
    if request.param == "memory":
        return MemoryTallies()
    return RedisTallies(new_namespace(request.getfixturevalue("redis_url")), ttl_s=3600)


def seen(number: int, *units: str, source: str = "herald", middle: tuple[str, ...] = ()) -> Sighting:
    return Sighting(source, f"article {number}", units, middle)


def test_what_was_seen_once_is_not_told_and_from_the_second_time_on_it_is(tallies: Any) -> None:
    tallies.note([seen(1, "tail a", "tail b", middle=("x y",))])
    assert tallies.tallies(["herald"]) == [Tally(1, {}, {"x y": 1})]
    tallies.note([seen(2, "tail a"), seen(3, "tail a", middle=("x y",))])
    assert tallies.tallies(["herald"]) == [Tally(3, {"tail a": 3}, {"x y": 2})]


def test_an_article_that_is_noted_twice_counts_once(tallies: Any) -> None:
    for _ in range(3):
        tallies.note([seen(1, "tail a"), seen(2, "tail a")])
    assert tallies.tallies(["herald"]) == [Tally(2, {"tail a": 2}, {})]


def test_each_source_is_counted_by_itself_and_an_unknown_one_is_empty(tallies: Any) -> None:
    tallies.note([seen(1, "tail a"), seen(2, "tail a"), seen(3, "tail a", source="صحيفة الوادي")])
    assert sorted(tallies.sources()) == ["herald", "صحيفة الوادي"]
    told = tallies.tallies(["herald", "صحيفة الوادي", "nobody"])
    assert told == [Tally(2, {"tail a": 2}, {}), Tally(1, {}, {}), Tally(0, {}, {})]


def test_what_does_not_come_again_for_long_is_forgotten(tallies: Any) -> None:
    tallies.note([seen(number, f"tail {number}") for number in range(FORGET_ARTICLES + 8)])
    tallies.note([seen(1000, "tail 5")])
    (told,) = tallies.tallies(["herald"])
    assert "tail 5" not in told.units


def test_counts_are_halved_now_and_then_so_that_old_habits_fade(tallies: Any) -> None:
    tallies.note([seen(number, "tail a", middle=("x y",)) for number in range(HALVE_ARTICLES - 100)])
    (before,) = tallies.tallies(["herald"])
    tallies.note([seen(HALVE_ARTICLES + number, "tail b") for number in range(200)])
    (after,) = tallies.tallies(["herald"])
    assert before.articles > 900
    assert after.articles < 700
    assert after.units["tail a"] == before.units["tail a"] // 2
    assert after.middle["x y"] == before.middle["x y"] // 2


def test_any_stream_is_counted_the_same_by_both(scripts: RedisScripts) -> None:
    chance = random.Random(7)
    twin = MemoryTallies()
    real = RedisTallies(scripts, ttl_s=3600)
    for _ in range(60):
        batch = [
            seen(
                chance.randrange(2000),
                *{f"tail {chance.randrange(40)}" for _ in range(5)},
                source=chance.choice(["a", "b"]),
                middle=tuple(f"x {chance.randrange(5)}" for _ in range(2)),
            )
            for _ in range(chance.randrange(1, 60))
        ]
        real.note(batch)
        twin.note(batch)
        assert real.tallies(["a", "b"]) == twin.tallies(["a", "b"])


def test_the_keys_of_a_source_expire(scripts: RedisScripts) -> None:
    RedisTallies(scripts, ttl_s=100).note([seen(1, "tail a")])
    keys = list(scripts.keys())
    assert len(keys) == 4
    assert all(0 < scripts.ask("PTTL", key) <= 100_000 for key in keys)


def published(number: int, tallied: Sighting) -> Publish:
    identity = Identity(tallied.article, str(number), None, str(number), 0, ("raw", 0, number))
    return Publish(Prepared(identity, b"{}", sighting=tallied), Answer("new"))


def test_two_workers_share_what_they_learn(tallies: Any) -> None:
    """One settles the articles of a paper; the other knows the paper's habits at its next freeze."""
    metrics = Metrics(CollectorRegistry())
    one, other = Learning(tallies, metrics), Learning(tallies, metrics)
    one.room(False)
    chance = random.Random(3)
    outcomes = []
    for number in range(20):
        edges = edges_of(lines_of([paragraph(chance), "Follow the Herald on the radio"]))
        outcomes.append(published(number, Sighting("herald", str(number), edges.units, edges.middle)))
    one.settled(outcomes[:10])
    other.settled(outcomes[10:])
    other.room(False)
    assert other.frozen is not None
    assert "tail follow the herald on the radio" in other.frozen["herald"].units
