"""Where something is stuck to a sentence's end, and where only a name has a dot in it."""

from __future__ import annotations

import pytest

from worker.text.glue import glues, last_glue


@pytest.mark.parametrize(
    ("text", "piece"),
    [
        ("The bridge opens on Monday.Share this article", "Share this article"),
        ("“It was the last boat.”Read more", "Read more"),
        ("يفتح الجسر يوم الاثنين.شارك المقال", "شارك المقال"),
    ],
)
def test_what_is_stuck_to_a_sentence_is_found(text: str, piece: str) -> None:
    glue = last_glue(text)
    assert glue is not None
    assert text[glue:] == piece


def test_a_prompt_behind_an_address_is_found_though_no_dot_parts_them() -> None:
    text = "للتواصل editor@valley.exampleاترك تعليقا"
    assert text[glues(text)[-1] :] == "اترك تعليقا"


@pytest.mark.parametrize(
    "text",
    [
        "He writes about boats at valley.example",
        "He writes about boats at his own site, BoatsOfNY.example",
        "The U.S.A. and the U.K. signed it",
        "It rose by 2.5 percent",
        "Ask at desk3.example before noon",
    ],
)
def test_a_dot_in_a_name_or_a_number_ends_nothing(text: str) -> None:
    assert last_glue(text) is None
