"""Captions that end with the credit of their picture, in whatever language the credit is."""

from __future__ import annotations

import pytest

from worker.adapters.packaged import config_folder
from worker.adapters.rule_files import load_rules
from worker.text.blocks import Draft, Line
from worker.text.captions import credited_captions

RULES = load_rules(config_folder())
BODY = [
    "The council voted on Tuesday to repair the old bridge across the river before the winter floods arrive.",
    "Engineers told the council that two of the pillars had moved by a centimetre since the last survey.",
]


def captions(*lines: str) -> list[str]:
    """The lines that are taken for captions."""
    draft = Draft(tuple(Line(number, text) for number, text in enumerate(lines, 1)))
    return [cut.text for cut in credited_captions(draft, RULES).removed]


@pytest.mark.parametrize(
    "caption",
    [
        "The old pier at low tide. Photo: Jane Doe",
        "Der alte Steg bei Ebbe. © Foto: Anja Beispiel",
        "Jembatan bambu di desa itu. (Foto: Rini Contoh)",
        "البوابة القديمة بعد ترميمها (تصوير: سعاد النجار)",
        "Мост через реку после ремонта. Фото: пресс-служба",
        "Ordføreren åpnet broen fredag. Foto: Kari Eksempel",
        "پل نئی سڑک کے ساتھ (فوٹو: فائل)",
    ],
)
def test_a_line_that_ends_with_a_pictures_credit_is_a_caption_anywhere(caption: str) -> None:
    assert captions(caption, *BODY) == [caption]
    assert captions(BODY[0], caption, BODY[1]) == [caption]


def test_an_agency_in_brackets_makes_a_caption_above_the_article_only() -> None:
    caption = "The old pier at low tide (Reuters)"
    assert captions(caption, *BODY) == [caption]
    assert captions(*BODY, caption) == []


@pytest.mark.parametrize(
    "line",
    [
        f"{BODY[0]} It is the third vote on it this year. (Photo: Jane Doe)",  # a paragraph with a credit
        "She kept one thing. Photos: none.",
        "He had two wishes. Music: loud",
        "The bridge (built in 1887)",
        "What the photo shows: a bridge",
    ],
)
def test_what_only_looks_like_a_credit_stays(line: str) -> None:
    assert captions(line, *BODY) == []
    assert captions(BODY[0], line, BODY[1]) == []


def test_where_there_is_no_paragraph_it_may_be_all_there_is() -> None:
    assert captions("Bridge opens", "The old bridge opened on Monday. (Photo: Jane Doe)") == []
