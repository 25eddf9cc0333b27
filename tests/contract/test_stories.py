"""Story ids in the claim, on Redis and on its twin in memory alike."""

from __future__ import annotations

import random
import struct
import time
from dataclasses import replace
from typing import Any

import pytest

from tests.contract.stores import LAYOUTS, claim
from tests.contract.texts import article, edited, report
from tests.services.redis import new_namespace
from worker.adapters.memory_claims import MemoryClaims
from worker.adapters.redis_claims import RedisClaims
from worker.dedupe.scripts import EPOCHS, Layout
from worker.ports import Identity


@pytest.fixture
def claims(make: Any) -> Any:
    return make(story_ttl_s=3600)


def test_an_event_nobody_wrote_about_begins_a_story_named_after_its_first_article(claims: Any) -> None:
    assert claim(claims, article(0, "first", report(1, 1))).story_id == "first"


def test_reports_of_one_event_share_a_story_and_all_are_published(claims: Any) -> None:
    told = [claim(claims, article(n, f"a{n}", report(1, n))) for n in range(5)]
    assert {answer.verdict for answer in told} == {"new"}
    assert {answer.story_id for answer in told} == {"a0"}


def test_reports_of_two_events_are_two_stories_whatever_order_they_come_in(claims: Any) -> None:
    events = [(event, n) for event in (1, 2) for n in range(5)]
    random.Random(3).shuffle(events)
    stories: dict[int, set[str | None]] = {1: set(), 2: set()}
    for offset, (event, n) in enumerate(events):
        stories[event].add(claim(claims, article(offset, f"{event}-{n}", report(event, n))).story_id)
    assert len(stories[1]) == len(stories[2]) == 1
    assert stories[1] != stories[2]


def test_words_that_every_text_has_do_not_make_one_story_of_everything(claims: Any) -> None:
    """From the first article on, when nothing is known yet about which words are rare."""
    common = edited(0, words=60).split()
    told: list[str | None] = []
    for event in range(60):
        dice = random.Random(event)
        words = dice.choices(common, [1 / (rank + 1) for rank in range(60)], k=100)
        words += edited(100 + event, words=40).split()
        dice.shuffle(words)
        told.append(claim(claims, article(event, f"a{event}", " ".join(words))).story_id)
    assert len(set(told)) > 20
    assert len(set(told[40:])) > 15  # by then it is known


def test_a_redelivery_gets_the_same_story_and_teaches_nothing(claims: Any) -> None:
    first = claim(claims, article(0, "a", report(1, 1)))
    for _ in range(20):
        again = claim(claims, article(0, "a", report(2, 1)))
        assert (again.verdict, again.story_id) == ("own", first.story_id)
    assert claim(claims, article(1, "b", report(2, 2))).story_id == "b"


def test_a_version_stays_in_the_story_of_the_one_before(claims: Any) -> None:
    claim(claims, article(0, "a", report(1, 1)))
    assert claim(claims, article(1, "a", report(2, 1))).story_id == "a"


def test_a_part_is_in_the_story_of_the_whole(claims: Any) -> None:
    claim(claims, article(0, "whole", edited(1, words=400)))
    part = claim(claims, article(1, "part", " ".join(edited(1, words=400).split()[:170])))
    assert part.story_id == "whole"


def test_stories_can_be_turned_off(make: Any) -> None:
    assert claim(make(), article(0, "a", report(1, 1))).story_id is None


def test_an_article_without_a_word_begins_a_story_of_its_own(claims: Any) -> None:
    assert claim(claims, replace(article(0, "a", "…"), terms=b"")).story_id is None


def about(offset: int, name: str, *weights: tuple[range, int]) -> Identity:
    """An article of these terms, each with its weight."""
    terms = b"".join(struct.pack("<IB", term, weight) for terms, weight in weights for term in terms)
    return replace(article(offset, name, edited(1000 + offset)), terms=terms)


SHARED, MINE = range(1, 5), range(11, 19)


def own_terms(event: int) -> range:
    return range(100 * event, 100 * event + 4)


def test_stories_that_have_ended_do_not_hide_one_that_lives(make: Any) -> None:
    """They are listed still, where another story keeps their terms' lists alive."""
    ttl_s = 3.0
    claims = make(story_ttl_s=ttl_s)
    for event in range(1, 7):
        assert (
            claim(claims, about(event, f"e{event}", (own_terms(event), 90), (SHARED, 30))).story_id
            == f"e{event}"
        )
    time.sleep(0.7 * ttl_s)
    claim(claims, about(20, "keeps", (own_terms(20), 90), (SHARED, 30)))
    time.sleep(0.7 * ttl_s)
    claim(claims, about(21, "mine", (MINE, 90)))
    assert claim(claims, about(22, "more", (MINE[:3], 90), (SHARED, 20))).story_id == "mine"


def test_stories_that_have_moved_to_another_epoch_do_not_hide_one_where_they_were(redis_url: str) -> None:
    """They are listed still under terms that have left them since."""
    layout, ttl_s = LAYOUTS[1], 3.0
    claims = RedisClaims(new_namespace(redis_url), ttl_s=3600, layout=layout, story_ttl_s=ttl_s)
    for event in range(1, 7):
        claim(claims, about(event, f"e{event}", (own_terms(event), 90), (SHARED, 30)))
    time.sleep(1.05 * ttl_s / EPOCHS)
    for event in range(1, 7):
        later = range(100 * event + 50, 100 * event + 58)
        told = claim(claims, about(10 + event, f"l{event}", (own_terms(event), 90), (later, 90)))
        assert told.story_id == f"e{event}"
    claim(claims, about(21, "mine", (MINE, 90)))
    assert claim(claims, about(22, "more", (MINE[:3], 90), (SHARED, 20))).story_id == "mine"


@pytest.mark.parametrize("layout", LAYOUTS)
def test_any_order_of_reports_gets_the_same_stories_from_both(redis_url: str, layout: Layout) -> None:
    """Random streams of reports, versions and parts: Redis and the twin never differ."""
    for seed in range(8):
        dice = random.Random(seed)
        how = {"ttl_s": 3600.0, "story_ttl_s": 3600.0}
        real = RedisClaims(new_namespace(redis_url), layout=layout, **how)  # type: ignore[arg-type]
        twin = MemoryClaims(**how)  # type: ignore[arg-type]
        for step in range(80):
            words = report(dice.randrange(1, 8), dice.randrange(6)).split()
            part = " ".join(words[: dice.choice((60, 400))])
            one = article(
                dice.randrange(70), dice.choice("abcdefghijklmnop"), part, title=" ".join(words[3:9])
            )
            assert claim(real, one) == claim(twin, one), (seed, step)
