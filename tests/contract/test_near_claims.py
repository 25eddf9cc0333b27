"""Near-duplicates and contained articles in the claim, on Redis and on its twin in memory alike."""

from __future__ import annotations

import random
from dataclasses import replace
from typing import Any

import pytest

from tests.contract.stores import LAYOUTS, as_a_replay, claim
from tests.contract.texts import DAY, article, edited
from tests.services.redis import new_namespace
from worker.adapters.memory_claims import MemoryClaims
from worker.adapters.redis_claims import RedisClaims
from worker.dedupe.scripts import Layout
from worker.ports import Answer, Identity


@pytest.fixture
def claims(make: Any) -> Any:
    return make()


def test_a_copy_edited_again_is_near_and_says_how_alike_it_is(claims: Any) -> None:
    claim(claims, article(0, "a", edited(1)))
    answer = claim(claims, article(1, "b", edited(1, edits=12)))
    assert (answer.verdict, answer.kind) == ("duplicate", "near")
    assert answer.other is not None
    assert answer.other.article_id == "a"
    assert 0.58 <= answer.similarity < 1


def test_a_copy_whose_words_changed_places_is_near_though_few_runs_of_words_are_left(claims: Any) -> None:
    words = edited(1, words=200).split()
    for place in range(40, 200, 7):
        words[place - 1], words[place] = words[place], words[place - 1]
    claim(claims, article(0, "a", edited(1, words=200)))
    answer = claim(claims, article(1, "b", " ".join(words)))
    assert (answer.verdict, answer.kind) == ("duplicate", "near")
    assert 0.58 <= answer.similarity < 0.72  # all words alike, less than .45 of the runs


def test_another_text_is_new(claims: Any) -> None:
    claim(claims, article(0, "a", edited(1)))
    assert claim(claims, article(1, "b", edited(2))) == Answer("new", 1)


def test_the_same_formula_a_week_later_is_new(claims: Any) -> None:
    claim(claims, article(0, "a", edited(1)))
    assert claim(claims, article(1, "b", edited(1, edits=25), hour=7 * DAY)).verdict == "new"


@pytest.mark.parametrize(
    ("titled", "twice", "verdict"),
    [(True, False, "new"), (False, True, "new"), (False, False, "duplicate")],
)
def test_the_same_formula_about_others_is_new(claims: Any, titled: bool, twice: bool, verdict: str) -> None:
    """Each text has subjects that the other lacks: what it says twice, or its title says too."""
    for offset, (names, expected) in enumerate((("norland ostria", "new"), ("sudland westria", verdict))):
        text = f"{names} {edited(1, edits=6 * offset)} {names if twice else ''}"
        one = article(offset, names, text, title=names if titled else "")
        assert claim(claims, one).verdict == expected


def test_the_same_bulletin_with_other_numbers_is_new(claims: Any) -> None:
    claim(claims, article(0, "a", edited(1) + " 11 22 33 44"))
    answer = claim(claims, article(1, "b", edited(1) + " 55 66 77 88"))
    assert answer.verdict == "new"


def test_a_near_duplicate_is_never_compared_with_another_copy(claims: Any) -> None:
    """A chain of small edits ends where the last one is no longer like the first."""
    kept = {claim(claims, article(0, "0", edited(1))).verdict: "0"}
    for step in range(1, 12):
        answer = claim(claims, article(step, str(step), edited(1, edits=8 * step)))
        if answer.verdict == "new":
            return
        assert answer.other is not None
        assert answer.other.article_id == kept["new"]
    pytest.fail("the chain never ended")


def test_a_part_of_an_article_is_published_and_says_so(claims: Any) -> None:
    claim(claims, article(0, "whole", edited(1, words=400)))
    part = claim(claims, article(1, "part", " ".join(edited(1, words=400).split()[:170])))
    assert (part.verdict, part.relation) == ("new", ("contained_in", "whole"))
    assert claim(claims, article(1, "part", "whatever it is now")).relation == part.relation


def test_an_article_around_another_one_says_that_it_contains_it(claims: Any) -> None:
    claim(claims, article(0, "part", edited(1, words=160)))
    whole = f"{edited(2, words=120)} {edited(1, words=160)} {edited(3, words=120)}"
    answer = claim(claims, article(1, "whole", whole))
    assert (answer.verdict, answer.relation) == ("new", ("contains", "part"))


def test_a_part_is_dropped_only_if_the_operator_says_so(make: Any) -> None:
    claims = make(drop_contained=True)
    claim(claims, article(0, "whole", edited(1, words=400)))
    answer = claim(claims, article(1, "part", " ".join(edited(1, words=400).split()[:170])))
    assert (answer.verdict, answer.kind) == ("duplicate", "contained")


def test_an_update_is_a_version_and_says_how_alike_it_is(claims: Any) -> None:
    claim(claims, article(0, "a", edited(1)))
    corrected = article(1, "a", edited(1, edits=1))
    answer = claim(claims, corrected)
    assert (answer.verdict, answer.version) == ("new", 2)
    assert 0.8 < answer.similarity < 1
    assert claim(claims, corrected).similarity == answer.similarity


def test_a_copy_of_an_old_version_is_a_duplicate_of_that_version(claims: Any) -> None:
    claim(claims, article(0, "a", edited(1)))
    claim(claims, article(1, "a", edited(2)))
    copy = claim(claims, article(2, "b", edited(1, edits=5)))
    assert copy.kind == "near"
    assert copy.other is not None
    assert (copy.other.version, copy.other.origin) == (1, ("raw", 0, 0))


def test_a_redelivery_with_other_text_gets_its_first_answer_again(claims: Any) -> None:
    claim(claims, article(0, "whole", edited(1, words=400)))
    first = claim(claims, article(1, "part", " ".join(edited(1, words=400).split()[:170])))
    again = claim(claims, article(1, "part", edited(5)))
    assert again == replace(first, verdict="own")


def test_a_short_text_is_near_on_the_same_day_only(claims: Any) -> None:
    claim(claims, article(0, "a", edited(1, words=40)))
    assert claim(claims, article(1, "b", edited(1, words=40, edits=1), hour=3)).kind == "near"
    assert claim(claims, article(2, "c", edited(1, words=40, edits=1), hour=2 * DAY)).verdict == "new"


def test_a_released_article_is_no_original_any_more(claims: Any) -> None:
    dead = article(0, "a", edited(1))
    claim(claims, dead)
    claims.release([dead.owner])
    assert claim(claims, article(1, "b", edited(1, edits=4))) == Answer("new", 1)


def test_copies_of_a_replayed_dead_letter_point_at_the_replay(claims: Any) -> None:
    dead = article(0, "a", edited(1))
    claim(claims, dead)
    claims.announce([dead.owner])
    claim(claims, replace(article(9, "a", edited(1)), replaces=dead.owner))
    copy = claim(claims, article(10, "b", edited(1, edits=4)))
    assert copy.other is not None
    assert copy.other.origin == ("raw", 0, 9)


def test_a_phrase_that_everybody_prints_does_not_hide_the_original(claims: Any) -> None:
    """Anchors of common phrases hold the latest articles only; the others still find the original."""
    phrase = edited(99, words=20)
    claim(claims, article(0, "a", f"{edited(1)} {phrase}"))
    for number in range(1, 30):
        claim(claims, article(number, f"other{number}", f"{edited(100 + number)} {phrase}"))
    answer = claim(claims, article(40, "b", f"{edited(1, edits=6)} {phrase}"))
    assert answer.other is not None
    assert answer.other.article_id == "a"


@pytest.mark.parametrize("layout", LAYOUTS)
def test_any_order_of_claims_gets_the_same_answers_from_both(redis_url: str, layout: Layout) -> None:
    """Random streams of texts, edits, parts, dates, replays and releases: Redis and the twin never differ."""
    seen_kinds = set()
    for seed in range(20):
        dice = random.Random(seed)
        real = RedisClaims(new_namespace(redis_url), ttl_s=3600, layout=layout)
        twin = MemoryClaims(ttl_s=3600)
        seen: list[Identity] = []
        for step in range(60):
            text = edited(dice.randrange(4), words=dice.choice((40, 120, 300)), edits=dice.randrange(40))
            one = article(
                dice.randrange(50), dice.choice("abcdefgh"), " ".join(text.split()[: dice.choice((60, 400))]),
                seen=dice.randrange(5), hour=dice.choice((None, 0, DAY, 9 * DAY)),
                url=dice.choice([None, "https://x.org/1", "https://x.org/2"]),
                title=" ".join(text.split()[3:9]),
            )  # fmt: skip
            if seen and dice.random() < 0.1:
                one = as_a_replay(one, dice.choice(seen).owner, dice, real, twin)
            if seen and dice.random() < 0.15:
                copied = dice.choice(seen)
                one = replace(
                    one, content_hash=copied.content_hash, signature=copied.signature, terms=copied.terms
                )
            seen.append(one)
            answer = claim(twin, one)
            assert claim(real, one) == answer, (seed, step)
            seen_kinds |= {answer.verdict, answer.kind, answer.relation and answer.relation[0]}
            if dice.random() < 0.1:
                gone = dice.choice(seen).owner
                real.release([gone])
                twin.release([gone])
    assert {"near", "exact", "contains", "contained_in", "stale", "own"} <= seen_kinds
