"""Where something is stuck to a sentence's end, and where only a name has a dot in it."""

from __future__ import annotations

import pytest

from worker.adapters.packaged import config_folder
from worker.adapters.rule_files import load_rules
from worker.text.blocks import Document, Draft, Line
from worker.text.cleaners import draft_of
from worker.text.glue import glues, last_glue

RULES = load_rules(config_folder(), line_model=False)
PROSE = (
    "The ferry left the harbour at dawn on Monday, and nobody on the quay waved to it, said the old guard."
)


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


def cleaned(*lines: str) -> Draft:
    numbered = tuple(Line(number, text) for number, text in enumerate(lines, 1))
    return draft_of(Document(numbered, "text"), RULES)


@pytest.mark.parametrize(
    "prompt", ["Read also: The bridge opens in May", "Share this article", "Source: Harbour Agency"]
)
def test_a_prompt_behind_the_last_sentence_goes(prompt: str) -> None:
    found = cleaned(PROSE, f"{PROSE.upper()} {prompt}")
    assert [line.text.strip() for line in found.lines] == [PROSE, PROSE.upper()]
    assert found.removed[-1].text == prompt


@pytest.mark.parametrize(
    "end", ["(Reuters)", "#harbour", "Share this article, the guard said.", "He was forty."]
)
def test_what_may_be_part_of_the_last_sentence_stays(end: str) -> None:
    found = cleaned(PROSE, f"{PROSE.upper()} {end}")
    assert [line.text for line in found.lines] == [PROSE, f"{PROSE.upper()} {end}"]


def test_a_prompt_amid_the_article_stays_where_only_a_blank_parts_it() -> None:
    above = f"{PROSE.upper()} Share this article"
    assert above in [line.text for line in cleaned(PROSE, above, PROSE.lower()).lines]


@pytest.mark.parametrize("between", [" ", "", "\n"])
def test_the_title_may_stand_in_a_footer_stuck_to_the_last_sentence(between: str) -> None:
    title = "Ferry to sail again on Monday"
    footer = f"The post {title} appeared first on Harbour Gazette."
    found = cleaned(*f"{PROSE.upper()}\n{PROSE}{between}{footer}".split("\n"))
    assert found.title == title
    assert [line.text.strip() for line in found.lines] == [PROSE.upper(), PROSE]
    assert title not in "".join(cut.text for cut in found.removed)


def test_a_footer_that_tells_the_title_is_cut_off_though_the_sentence_lacks_its_full_stop() -> None:
    title = "عودة العبارة إلى المرفأ القديم: أول رحلة"
    text = "غادرت العبارة المرفأ فجر الاثنين ولم يلوح لها أحد على الرصيف، كما قال الحارس العجوز للصحيفة"
    found = cleaned(f"{text} رابط الخبر بصحيفة الساحل: {title}")
    assert found.title == title
    assert [line.text.strip() for line in found.lines] == [text]
    spoken = f"{text} وأضاف: رابط الحبل ضعيف: لا تقتربوا منه"
    assert [line.text for line in cleaned(spoken).lines] == [spoken]
