"""Who wrote an article: names below the title, and the box behind it."""

from __future__ import annotations

import pytest

from worker.adapters.packaged import config_folder
from worker.adapters.rule_files import load_rules
from worker.text.blocks import Document, Draft, Line
from worker.text.cleaners import draft_of

RULES = load_rules(config_folder(), line_model=False)
TITLE = "The last kiosk on the northern line"
PROSE = (
    "The ferry left the harbour at dawn on Monday, and nobody on the quay waved to it, said the old guard."
)


def draft(*lines: str) -> Draft:
    numbered = tuple(Line(number, text) for number, text in enumerate(lines, 1))
    return draft_of(Document(numbered, "text", title=TITLE), RULES)


def left(found: Draft) -> list[str]:
    return [line.text for line in found.lines]


@pytest.mark.parametrize("label", ["By", "Written by", "Von", "Autor:", "Por"])
def test_the_name_may_stand_below_the_word_that_introduces_it(label: str) -> None:
    found = draft(f"{TITLE} | Gazette", TITLE, label, "Anna Reed", PROSE, PROSE.upper())
    assert found.authors == ("Anna Reed",)
    assert left(found) == [PROSE, PROSE.upper()]


@pytest.mark.parametrize(
    ("told", "author"),
    [
        ("Postado por Ana Reis", "Ana Reis"),
        ("Γράφτηκε από Μάρθα Κεφαλά", "Μάρθα Κεφαλά"),
        ("Anna Reed", "Anna Reed"),
        ("News desk", "News desk"),
    ],
)
def test_of_a_page_whose_author_is_a_whole_byline_the_name_is_taken(told: str, author: str) -> None:
    lines = tuple(Line(number, text) for number, text in enumerate((PROSE, PROSE.upper()), 1))
    assert draft_of(Document(lines, "trafilatura", authors=(told,)), RULES).authors == (author,)


def test_two_lines_of_a_menu_name_nobody() -> None:
    assert draft("By", "Anna Reed", TITLE, PROSE, PROSE.upper()).authors == ()


def test_what_is_told_about_the_author_behind_the_article_goes() -> None:
    bio = "Anna Reed is a reporter. She has covered small stations, and the trains between them, since 2011."
    found = draft(TITLE, "By Anna Reed", PROSE, PROSE.upper(), "Anna Reed", bio)
    assert left(found) == [PROSE, PROSE.upper()]
    assert {cut.text: (cut.kind, cut.rule) for cut in found.removed}[bio] == ("byline", "struct.author-box")


@pytest.mark.parametrize(
    "line",
    [
        "Anna Reed: And what did the guard say when the last train had left, and nobody had waved to it?",
        "Anna Reeder is the owner of the kiosk, which her aunt had opened when the line was forty years old.",
    ],
)
def test_where_the_author_speaks_or_somebody_else_is_meant_the_line_stays(line: str) -> None:
    assert line in left(draft(TITLE, "By Anna Reed", PROSE, PROSE.upper(), line))


def test_further_up_a_paragraph_about_that_name_stays() -> None:
    about = (
        "Anna Reed is the owner of the kiosk, which her aunt had opened when the line was forty years old."
    )
    more = [f"{PROSE} So it went on day {number}." for number in range(5)]
    assert about in left(draft(TITLE, "By Anna Reed", PROSE, about, *more))


def test_a_byline_that_only_the_model_takes_names_the_author_too() -> None:
    prose = [f"{PROSE} So it went on day {number}." for number in range(4)]
    lines = [TITLE, *prose[:2], "By Anna Reed", *prose[2:]]
    numbered = tuple(Line(number, text) for number, text in enumerate(lines, 1))
    found = draft_of(Document(numbered, "text", title=TITLE), load_rules(config_folder()))
    assert found.authors == ("Anna Reed",)
    assert [(cut.kind, cut.rule) for cut in found.removed] == [("byline", "model.line")]


def test_a_line_that_introduces_what_follows_names_nobody() -> None:
    assert draft(TITLE, "Editor Pick French Press:", PROSE, PROSE.upper()).authors == ()


def test_the_authors_name_alone_around_the_article_is_a_byline_and_within_it_a_speaker() -> None:
    found = draft(TITLE, "By Anna Reed", PROSE, "Anna Reed", PROSE.upper(), "Anna Reed", "Ben Lund waved.")
    assert left(found) == [PROSE, "Anna Reed", PROSE.upper(), "Ben Lund waved."]
    assert found.removed[-1].rule == "struct.author-again"


@pytest.mark.parametrize("place", ["الرواد - غيث الراوي :", "Eastford – agencies:", "النخيل/ عواصم:"])
def test_a_name_and_a_place_right_above_the_article_are_no_part_of_it(place: str) -> None:
    found = draft(TITLE, place, PROSE, PROSE.upper())
    assert left(found) == [PROSE, PROSE.upper()]
    assert found.removed[-1].rule == "struct.place-above-article"


@pytest.mark.parametrize(
    "line",
    [
        "What the north-south line costs us:",
        "What the guard - and all of us - had to learn:",
        "Ferry - 3 May:",
    ],
)
def test_what_introduces_the_article_stays(line: str) -> None:
    assert "struct.place-above-article" not in {
        cut.rule for cut in draft(TITLE, line, PROSE, PROSE.upper()).removed
    }


def flattened(*lines: str) -> Draft:
    numbered = tuple(Line(number, text) for number, text in enumerate(lines, 1))
    return draft_of(Document(numbered, "text"), RULES)


@pytest.mark.parametrize(
    ("lines", "name"),
    [
        (("Anna Reed", "3 May 2023"), "Anna Reed"),
        (("3 May 2023", "Anna Reed, Staff Writer"), "Anna Reed"),
        (("Lucía Ferrer", "El Hierro", "3 mayo 2023"), "Lucía Ferrer"),
        (("سامر العلي", "منذ 3 ساعات"), "سامر العلي"),
    ],
)
def test_a_name_between_the_title_and_the_article_beside_a_date_is_the_authors(
    lines: tuple[str, ...], name: str
) -> None:
    found = flattened(TITLE, *lines, PROSE, PROSE.upper())
    assert found.authors == (name,)
    assert left(found)[-2:] == [PROSE, PROSE.upper()]
    assert {cut.rule for cut in found.removed} >= {"struct.name-by-date"}


@pytest.mark.parametrize(
    "line",
    [
        "Anna Reed waved", "the old guard", "الشرق القديم", "Reuters", "Gate 4", "RSS Free Newsletters",
        "Anna Reed Associated Press",
    ],
)  # fmt: skip
def test_other_short_lines_beside_a_date_name_nobody(line: str) -> None:
    assert flattened(TITLE, line, "3 May 2023", PROSE, PROSE.upper()).authors == ()


def test_what_stands_below_the_authors_name_behind_the_article_goes_with_it() -> None:
    role = "reporter for the harbour and the islands"
    found = flattened(TITLE, "By Anna Reed", PROSE, PROSE.upper(), "Anna Reed", role)
    assert left(found) == [PROSE, PROSE.upper()]


def test_a_name_alone_behind_the_article_is_its_signature() -> None:
    found = flattened(TITLE, PROSE, PROSE.upper(), "Anna Reed")
    assert left(found) == [PROSE, PROSE.upper()]
    assert found.removed[-1].rule == "struct.signature"


def test_a_name_alone_behind_a_text_that_came_clean_stays() -> None:
    lines = (Line(1, PROSE), Line(3, PROSE.upper()), Line(5, "Anna Reed"))
    assert left(draft_of(Document(lines, "text", title=TITLE), RULES))[-1] == "Anna Reed"


@pytest.mark.parametrize("line", ["Nobody waved.", "bread and salt", "Salt, butter", "خبز وملح"])
def test_the_last_line_of_an_article_is_no_signature(line: str) -> None:
    assert line in left(flattened(TITLE, PROSE, PROSE.upper(), line))
