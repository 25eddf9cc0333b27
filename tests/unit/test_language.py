"""The language of a text where the record does not say."""

from __future__ import annotations

from pathlib import Path

import pytest

from worker.stages.clean import detect_language

CASES = sorted((Path(__file__).parents[1] / "golden").glob("*/*/clean.txt"))


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.parent.parent.name}/{case.parent.name}")
def test_the_golden_articles_are_in_the_language_of_their_folder(case: Path) -> None:
    assert detect_language(case.read_text(encoding="utf-8")) == case.parent.parent.name


@pytest.mark.parametrize("text", ["", "  ", "123 456", "…"])
def test_what_is_no_text_is_in_no_language(text: str) -> None:
    assert detect_language(text) == "und"
