"""What stands above an article: a row of labels is a menu, never the title."""

from __future__ import annotations

import pytest

from worker.adapters.packaged import config_folder
from worker.adapters.rule_files import load_rules
from worker.text.blocks import Document, Draft, Line
from worker.text.cleaners import draft_of
from worker.text.head import is_row_of_labels

RULES = load_rules(config_folder(), line_model=False)
PROSE = (
    "The ferry left the harbour at dawn on Monday, and nobody on the quay waved to it, said the old guard."
)


@pytest.mark.parametrize(
    "text",
    [
        "Home | Local | Sport",
        "Start • Kultur • Wetter heute",
        "Inicio|Mundo|Vida",
        "Home » News",
        "首页 > 社会",
    ],
)
def test_short_labels_with_bars_between_them_are_a_menu(text: str) -> None:
    assert is_row_of_labels(text)


@pytest.mark.parametrize(
    "text",
    ["Gazette | Ferry leaves", "Gazette | Sport | The old ferry leaves for good", "« Rien » dit-il", PROSE],
)
def test_a_page_title_or_a_sentence_is_none(text: str) -> None:
    assert not is_row_of_labels(text)


def draft(*lines: str) -> Draft:
    return draft_of(Document(tuple(Line(n, text) for n, text in enumerate(lines, 1)), "text"), RULES)


def test_the_headline_below_a_menu_is_the_title() -> None:
    found = draft(
        "Gazette",
        "Home | Local | Culture | Sport",
        "The last ferry gets its old bell back",
        PROSE,
        PROSE,
    )
    assert found.title == "The last ferry gets its old bell back"
    assert ("Home | Local | Culture | Sport", "navigation") in {(cut.text, cut.kind) for cut in found.removed}


def test_the_way_to_the_page_is_no_title_and_names_no_author() -> None:
    found = draft(
        "Kıyı Postası", "Ana Sayfa > Gündem", "Eski köprü on bir ay sonra yeniden açıldı", PROSE, PROSE
    )
    assert (found.title, found.source) == ("Eski köprü on bir ay sonra yeniden açıldı", "Kıyı Postası")
    found = draft("Gazette Online", "Home / Local", "The last ferry gets its old bell back", PROSE, PROSE)
    assert (found.title, found.source, found.authors) == (
        "The last ferry gets its old bell back", "Gazette Online", (),
    )  # fmt: skip


def test_a_label_below_the_title_goes_but_is_no_name_of_the_site() -> None:
    found = draft("The last ferry gets its old bell back", "Short story", PROSE)
    assert [(cut.kind, cut.rule) for cut in found.removed] == [("other", "struct.label-below-title")]
    assert found.source is None


def test_a_thai_headline_is_longer_than_the_name_of_the_site_above_it() -> None:
    headline = "สะพานเก่าเปิดอีกครั้งหลังซ่อมสิบเอ็ดเดือน"
    prose = "สะพานเก่าข้ามแม่น้ำเปิดให้รถวิ่งอีกครั้งเมื่อวันจันทร์ หลังปิดซ่อมสิบเอ็ดเดือน เทศบาลแจ้งในแถลงการณ์ถึงสื่อมวลชน"
    found = draft("ข่าวที่ราบ", headline, prose, prose)
    assert (found.title, found.source) == (headline, "ข่าวที่ราบ")


def test_a_line_that_shows_nothing_is_no_paragraph() -> None:
    found = draft("The last ferry gets its old bell back", PROSE, "\u200d", "\u200f\ufeff", "Nobody waved.")
    assert [line.text for line in found.lines] == [PROSE, "Nobody waved."]
    assert {cut.rule for cut in found.removed} == {"struct.invisible"}


def test_a_short_first_line_stays_where_the_title_came_beside_the_text() -> None:
    more = (
        "Nobody had asked the cook of the tug about it before, and now three papers did in one week, he said."
    )
    lines = ["Girls at the oars", "Nine of them have rowed together since the spring", PROSE, more]
    document = Document(
        tuple(Line(n, line) for n, line in enumerate(lines, 1)), "text", title="The ferry sails again"
    )
    assert [line.text for line in draft_of(document, RULES).lines][:2] == lines[:2]
    untitled = draft_of(Document(document.lines, "text"), RULES)
    assert [cut.rule for cut in untitled.removed] == ["struct.site-above-title"]


def test_the_name_that_the_record_gives_its_source_is_the_sites_line() -> None:
    lines = ("The last ferry gets its old bell back", "The Valley Gazette and Post", PROSE)
    numbered = tuple(Line(number, text) for number, text in enumerate(lines, 1))
    found = draft_of(Document(numbered, "text", source="The Valley Gazette and Post"), RULES)
    assert [(cut.text, cut.rule) for cut in found.removed] == [(lines[1], "struct.site-is-source")]


@pytest.mark.parametrize("line", ["Eastford - Harbour Gazette", "Harbour Gazette / News"])
def test_the_sources_name_beside_a_place_or_a_section_is_the_site(line: str) -> None:
    texts = ["A ferry closes before the winter", line, *[PROSE, PROSE.upper()]]
    numbered = tuple(Line(number, text) for number, text in enumerate(texts, 1))
    found = draft_of(Document(numbered, "text", source="Harbour Gazette"), RULES)
    assert [one.text for one in found.lines] == [PROSE, PROSE.upper()]


def test_verses_below_the_title_stay_where_a_label_would_go() -> None:
    title, verses = "Two poems from the harbour", ("The ferry is late", "the bell is cold", "and I wait")
    found = draft(title, *verses, PROSE)
    assert found.title == title
    assert [line.text for line in found.lines] == [*verses, PROSE]
