"""Which rule a line falls under, where it is made of what several rules know."""

from __future__ import annotations

import pytest

from worker.adapters.packaged import config_folder
from worker.adapters.rule_files import load_rules
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
        ("The week in the harbour, straight to your inbox.", "en.inbox"),
    ],
)
def test_rows_of_buttons_dates_with_counters_and_ends_of_lines_are_known(text: str, rule: str) -> None:
    assert rule_of(text) == rule


@pytest.mark.parametrize(
    "text",
    [
        "Show more mercy",
        "Subscribe to the theory of the log in the river",
        "طباعة الكتب",
        "5 мая 2025 года просмотров не было",
        "In May 2025 three views were read aloud",
        "“There is a letter in your inbox,” she said, “in your inbox.”",
        "There is a letter in your inbox that nobody wrote",
    ],
)
def test_what_goes_on_otherwise_is_not(text: str) -> None:
    assert rule_of(text) == ""


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("Baca juga Banjir Surut di Dua Desa", "id.read-also"),
        ("Читайте также Мост закроют до мая", "ru.read-also"),
        ("Leggi anche Frana sulla provinciale, strada chiusa", "it.read-also"),
    ],
)
def test_a_headline_may_follow_a_label_without_a_colon(text: str, rule: str) -> None:
    assert rule_of(text) == rule


@pytest.mark.parametrize(
    "text",
    [
        "Baca juga buku yang lama di rumah",  # the sentence goes on
        "Leggi anche Dante, mi disse il maestro di scuola.",
        "Leggi anche Dante",
    ],
)
def test_where_no_headline_follows_the_words_of_a_label_are_words(text: str) -> None:
    assert rule_of(text) == ""


@pytest.mark.parametrize(
    "text", ["Share this articleLeave a comment", "FacebookTwitterWhatsApp", "شارك المقالاترك تعليقا"]
)
def test_prompts_that_stick_together_are_prompts(text: str) -> None:
    assert RULES.match(text, normalized(text))


@pytest.mark.parametrize("text", ["Sharecroppers", "Printing houses", "Commentators", "شاركت في المؤتمر"])
def test_a_word_that_begins_like_a_button_is_none(text: str) -> None:
    assert RULES.match(text, normalized(text)) is None


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("Comments (3)", "en.comment-form"),
        ("Комментарии (12):", "ru.comment-form"),
        ("Kommentare（٥）", "de.comment-form"),
    ],
)
def test_a_number_in_brackets_may_stand_behind_a_button(text: str, rule: str) -> None:
    assert rule_of(text) == rule


@pytest.mark.parametrize("text", ["The harbour (3)", "(3)", "Comments (three of them)", "Comments 3 (2)"])
def test_a_number_in_brackets_makes_no_button(text: str) -> None:
    assert rule_of(text) == ""
