"""The language of a text where the record does not say."""

from __future__ import annotations

from pathlib import Path

import pytest

from worker.stages.clean import detect_language

CASES = sorted((Path(__file__).parents[1] / "golden").glob("*/*/clean.txt"))

UNTOLD = {"ha", "so"}
"""Languages that the detector does not know: a record has to say them."""


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.parent.parent.name}/{case.parent.name}")
def test_the_golden_articles_are_in_the_language_of_their_folder(case: Path) -> None:
    language = case.parent.parent.name
    assert detect_language(case.read_text(encoding="utf-8")) == ("und" if language in UNTOLD else language)


def test_what_the_headline_does_not_say_the_text_below_does() -> None:
    headline = "Старата чешма среде село повторно тече по десет години"
    below = "Жителите на Горно Поле го исчистија изворот, а старите цевки ги заменија со нови, рече учителот."
    assert detect_language(headline) != "mk"
    assert detect_language(f"{headline}\n{below}") == "mk"


@pytest.mark.parametrize("text", ["", "  ", "123 456", "…"])
def test_what_is_no_text_is_in_no_language(text: str) -> None:
    assert detect_language(text) == "und"
