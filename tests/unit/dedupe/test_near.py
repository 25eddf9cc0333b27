"""The decision about two signatures, limit by limit."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.contract.texts import DAY, edited
from worker.dedupe.near import LIMITS, Likeness, compare, judge, limits_for_lua, needed
from worker.dedupe.signature import Signature, read_signature, signature_of
from worker.text.tokens import words_of

ALIKE = Likeness(
    shingles=0.7, words=0.8, part=0.8, part_words=0.9, length=0.95, numbers_shared=0, numbers_fewer=0,
    days=0.5, titles_apart=0.0, title_lacks=0.0, shortest=200,
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
        ({"titles_apart": 0.5}, LIMITS.titles),
        ({"title_lacks": 0.3}, LIMITS.named),
        ({"title_lacks": 0.1}, LIMITS.close),
        ({"days": 5.0, "title_lacks": 0.3}, max(LIMITS.far, LIMITS.named)),
        (
            {"days": 5.0, "title_lacks": 0.3, "numbers_shared": 3, "numbers_fewer": 4},
            LIMITS.far - LIMITS.agreed,
        ),
        ({"shortest": 30}, LIMITS.short),
        ({"shortest": 30, "days": 1.5}, 2.0),
    ],
)
def test_what_is_needed_depends_on_the_facts(change: dict[str, float], expected: float) -> None:
    assert needed(replace(ALIKE, **change)) == pytest.approx(expected)  # type: ignore[arg-type]


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


def test_one_title_that_the_other_text_lacks_says_less_than_two() -> None:
    """A headline may use words of its own; both together tell that the texts are about others."""
    one, other = edited(1), edited(1, edits=6)
    alone = compare(signature(f"{one} norland", title="norland"), signature(other))
    assert (alone.titles_apart, alone.title_lacks) == (0, 1)
    apart = compare(
        signature(f"{one} norland", title="norland"), signature(f"{other} sudland", title="sudland")
    )
    assert (apart.titles_apart, apart.title_lacks) == (2, 1)


def test_the_limits_reach_redis_as_they_are() -> None:
    assert f"close = {LIMITS.close}" in limits_for_lua()
