"""The decision about two signatures, limit by limit."""

from __future__ import annotations

import itertools
from dataclasses import replace

import pytest

from tests.contract.texts import DAY, edited
from worker.dedupe.near import LIMITS, Likeness, compare, judge, least_needed, limits_for_lua, needed
from worker.dedupe.signature import Signature, read_signature, signature_of
from worker.text.tokens import words_of

ALIKE = Likeness(
    shingles=0.7, words=0.8, part=0.8, part_words=0.9, length=0.95, numbers_shared=0, numbers_fewer=0,
    days=0.5, apart=0.0, swapped=0.0, shortest=200,
)  # fmt: skip


def signature(text: str, hour: int = 400_000, title: str = "") -> Signature:
    return read_signature(signature_of(words_of(text), hour, words_of(title)))


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({}, LIMITS.close),
        ({"days": 5.0}, LIMITS.far),
        ({"days": None}, LIMITS.far),
        ({"days": 5.0, "numbers_shared": 3, "numbers_fewer": 4}, LIMITS.far - LIMITS.agreed),
        ({"numbers_shared": 3, "numbers_fewer": 4}, LIMITS.close),
        ({"numbers_shared": 0, "numbers_fewer": 1}, LIMITS.close + LIMITS.disputed),
        ({"numbers_shared": 1, "numbers_fewer": 4}, LIMITS.bulletin),
        ({"apart": 0.2}, LIMITS.formula),
        ({"apart": 0.09}, LIMITS.close),
        ({"swapped": 0.5}, LIMITS.formula),
        ({"swapped": 0.3}, LIMITS.close),
        ({"days": 5.0, "apart": 0.2, "numbers_shared": 3, "numbers_fewer": 4}, LIMITS.formula),
        ({"apart": 0.2, "numbers_shared": 1, "numbers_fewer": 4}, LIMITS.bulletin),
        ({"shortest": 30}, LIMITS.short),
        ({"shortest": 30, "days": 1.5}, 2.0),
    ],
)
def test_what_is_needed_depends_on_the_facts(change: dict[str, float], expected: float) -> None:
    assert needed(replace(ALIKE, **change)) == pytest.approx(expected)  # type: ignore[arg-type]


def test_nothing_makes_less_likeness_enough_than_the_script_looks_for() -> None:
    """near.lua leaves a pair that cannot reach it."""
    tried = {
        "days": (None, 0.5, 1.5, 5.0), "numbers_fewer": (0, 1, 4), "numbers_shared": (0, 1, 2, 4),
        "apart": (0.0, 0.5), "swapped": (0.0, 0.9), "shortest": (30, 200),
    }  # fmt: skip
    facts = [dict(zip(tried, values, strict=True)) for values in itertools.product(*tried.values())]
    assert min(needed(replace(ALIKE, **change)) for change in facts) == least_needed()  # type: ignore[arg-type]
    assert f"least = {least_needed()!r}" in limits_for_lua()


def test_the_decision_is_the_same_whichever_comes_first() -> None:
    for seed in range(10):
        one = signature(edited(seed, words=200))
        other = signature(edited(seed, words=200, edits=9 * seed), 400_000 + seed * DAY // 2)
        assert compare(one, other) == compare(other, one)


def test_a_part_and_its_whole_name_each_other() -> None:
    whole = signature(edited(1, words=400))
    part = signature(" ".join(edited(1, words=400).split()[100:300]))
    assert judge(part, whole)[0] == "contained_in"
    assert judge(whole, part)[0] == "contains"


def test_two_texts_of_no_word_are_not_alike() -> None:
    assert judge(signature(""), signature(""))[0] == ""


def test_subjects_that_both_lack_tell_more_than_those_that_one_lacks() -> None:
    """Who writes at greater length has subjects of his own."""
    body = edited(1)
    one, other = (signature(f"{names} {body} {names}") for names in ("norland ostria", "sudland westria"))
    assert compare(one, signature(body)).apart == 0
    assert compare(one, other).apart == pytest.approx(
        2 / (len(one.subjects) + 20) + 2 / (len(other.subjects) + 20)
    )


def test_what_differs_is_held_against_what_runs_through_the_text() -> None:
    """Of the words that only one of them says, all are subjects in a formula, few in an edit."""
    body = edited(1)
    one = signature(f"norland ostria {body} norland ostria")
    other = signature(f"sudland westria {body} sudland westria")
    assert compare(one, other).swapped == 1
    longer = signature(f"sudland westria {body} sudland westria {edited(3, words=12)}")
    assert compare(one, longer).swapped < LIMITS.swapped
    another_name = signature(f"sudland ostria {body} sudland ostria")
    assert compare(one, another_name).swapped == 0


def test_of_few_subjects_one_put_otherwise_is_not_yet_another_matter() -> None:
    one = signature(f"street {edited(2, words=60)} street")
    other = signature(f"road {edited(2, words=60)} road")
    assert 0 < compare(one, other).apart < LIMITS.apart


def test_the_limits_reach_redis_as_they_are() -> None:
    assert f"close = {LIMITS.close}" in limits_for_lua()
