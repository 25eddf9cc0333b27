"""Which rule a line falls under, where it is made of what several rules know."""

from __future__ import annotations

import pytest

from worker.adapters.rule_files import config_folder, load_rules
from worker.text.normalize import normalized

RULES = load_rules(config_folder(), line_model=False)


def rule_of(text: str) -> str:
    found = RULES.match(text, normalized(text))
    return found[0].id if found else ""


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("Show more Show less", "en.ad-gap"),
        ("Subscribe | Log in", "en.newsletter"),
        ("طباعة أرسل لصديق", "ar.share"),
        ("5 мая 2025, 10:30 1 245 просмотров", "ru.date"),
        ("5 May 2025, 10:30 3 min read", "en.date"),
    ],
)
def test_a_row_of_buttons_and_a_date_with_a_counter_are_known(text: str, rule: str) -> None:
    assert rule_of(text) == rule


@pytest.mark.parametrize(
    "text",
    [
        "Show more mercy",
        "Subscribe to the theory of the log in the river",
        "طباعة الكتب",
        "5 мая 2025 года просмотров не было",
        "In May 2025 three views were read aloud",
    ],
)
def test_what_has_any_other_word_in_it_is_not(text: str) -> None:
    assert rule_of(text) == ""
