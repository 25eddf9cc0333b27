"""Formulas filled in anew are other articles, edited copies are not: forty invented texts of each kind."""

from __future__ import annotations

import random
from collections.abc import Callable

import pytest

from tests.unit.dedupe.templates import HOUR, Story, bulletin, copy, facts, flight, telegram
from worker.dedupe.near import verdict_of

TEXTS = 40
HOURS = (0, 20, 100)
KINDS: dict[str, Callable[[int, int, int], Story]] = {
    "telegram": telegram,
    "flight": flight,
    "bulletin": bulletin,
}


@pytest.mark.parametrize("hours", HOURS)
@pytest.mark.parametrize("kind", KINDS)
def test_a_formula_about_others_is_no_copy(kind: str, hours: int) -> None:
    """Five of a hundred at most, whether it comes the same day or days later."""
    make = KINDS[kind]
    merged = [n for n in range(TEXTS) if is_near(make(n, 4, 0), make(n, 5, hours))]
    assert len(merged) <= TEXTS // 20


def test_without_titles_a_formula_with_other_names_passes_for_a_copy() -> None:
    """A known limit: then nothing says which words the text is about. Better is welcome here."""
    one, other = telegram(1, 4), telegram(1, 5)
    assert is_near(Story("", one.text, HOUR), Story("", other.text, HOUR))


@pytest.mark.parametrize(("share", "hours"), [(0.02, 5), (0.02, 100), (0.05, 5), (0.05, 100), (0.1, 5)])
@pytest.mark.parametrize("kind", KINDS)
def test_an_edited_copy_of_such_a_text_is_one(kind: str, share: float, hours: int) -> None:
    """Ninety-five of a hundred at least, up to a tenth of the words edited."""
    dice = random.Random(1)
    found = 0
    for n in range(TEXTS):
        one = KINDS[kind](n, 4, 0)
        found += is_near(one, Story(one.title, copy(one.text, dice, share), HOUR + hours))
    assert found >= TEXTS - TEXTS // 20


def is_near(one: Story, other: Story) -> bool:
    return verdict_of(facts(one, other)) == "near"
