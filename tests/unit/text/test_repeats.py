"""The article once more in one line, as some templates hold it for machines."""

from __future__ import annotations

import pytest

from worker.adapters.packaged import config_folder
from worker.adapters.rule_files import load_rules
from worker.text.blocks import Cleaned, Document, Line
from worker.text.cleaners import clean_document, draft_of
from worker.text.rules import compile_rules

RULES = compile_rules([])
SHIPS = ("ferry", "pilot boat", "tug", "crane ship")
BODY = [
    f"On day {number} the {ship} left the harbour at dawn, and nobody on the quay waved to it, a guard said."
    for number, ship in enumerate(SHIPS)
]


def cleaned(lines: list[Line], title: str = "The harbour empties", language: str | None = "en") -> Cleaned:
    document = Document(tuple(lines), "trafilatura", title=title, language=language, page_language="sv")
    return clean_document(document, RULES, lambda text: "und")


def lines_of(doubt: float, *more: str) -> list[Line]:
    return [Line(None, text, doubt) for text in (*BODY, *more)]


def test_a_copy_of_all_paragraphs_goes_however_sure_the_page_is_of_it() -> None:
    found = cleaned(lines_of(0.0, " ".join(BODY)))
    assert list(found.paragraphs) == BODY
    assert [cut.rule for cut in found.removed] == ["struct.repeated-excerpt"]


def test_a_long_paragraph_that_quotes_half_of_the_others_stays() -> None:
    new = " ".join(f"Nobody had asked the cook of the {ship} about it before." for ship in SHIPS)
    assert len(cleaned(lines_of(0.0, f"{BODY[0]} {new} {BODY[1]}")).paragraphs) == len(BODY) + 1


@pytest.mark.parametrize(("between", "goes"), [(5, True), (30, False)])
def test_a_paragraph_said_again_far_below_was_said_again_by_the_writer(between: int, goes: bool) -> None:
    others = [f"Berth {number} was empty by the evening of that long day, too." for number in range(between)]
    found = cleaned([Line(None, text) for text in (*BODY, *others, BODY[0], "The tide took the rest of it.")])
    assert (found.paragraphs.count(BODY[0]) == 1) is goes


def test_names_behind_bars_are_cut_from_a_title_and_half_a_headline_is_not() -> None:
    def title(text: str) -> str:
        return cleaned(lines_of(0.0), title=text).title

    assert title("Old ferry leaves for good | News | Gazette") == "Old ferry leaves for good"
    assert title("Live | Old ferry leaves for good") == "Live | Old ferry leaves for good"
    assert title("Ferry gone | Harbour News") == "Ferry gone | Harbour News"


def test_the_declared_language_counts_where_the_text_does_not_tell() -> None:
    assert cleaned(lines_of(0.0), language=None).language == "sv"
    assert cleaned(lines_of(0.0), language="en").language == "en"


def test_a_block_that_shows_nothing_goes_however_sure_the_page_is_of_it() -> None:
    found = cleaned(lines_of(0.0, "\u200b"))
    assert list(found.paragraphs) == BODY
    assert [cut.rule for cut in found.removed] == ["struct.invisible"]


def test_a_question_that_is_put_to_three_people_was_put_three_times() -> None:
    question = "And which of all these ships would you like to steer yourself one day?"
    asked = [line for answer in BODY for line in (question, f"“{answer}”")]
    assert list(cleaned([Line(number, text) for number, text in enumerate(asked, 1)]).paragraphs) == asked


@pytest.mark.parametrize(
    "prompt", ["Tell the others about it", "شارك هذا الموضوع مع أصدقائك عبر مواقع التواصل"]
)
def test_the_title_may_stand_in_a_share_dialog_above_the_excerpt(prompt: str) -> None:
    body = [
        "The harbour council voted on Monday evening to close the old ferry line before winter storms begin.",
        "The ferry has carried workers across the bay since the first shipyard opened, seventy years ago.",
        "A bus over the new bridge will replace it, the mayor said, and it will run four times every hour.",
    ]
    title = "Old ferry line closes before winter"
    excerpt = f"Harbour Gazette {' '.join(body)[:160]}"
    texts = ["Harbour Gazette", *body, prompt, title, excerpt]
    numbered = tuple(Line(number, text) for number, text in enumerate(texts, 1))
    found = draft_of(Document(numbered, "text"), load_rules(config_folder(), line_model=False))
    assert found.title == title
    assert [line.text for line in found.lines] == body
    assert {cut.text: cut.kind for cut in found.removed}[prompt] == "share_footer"
