"""What the URL tells of a title that nobody gave."""

from __future__ import annotations

import pytest

from worker.adapters.packaged import config_folder
from worker.adapters.rule_files import load_rules
from worker.text.blocks import Document, Line
from worker.text.cleaners import draft_of

RULES = load_rules(config_folder(), line_model=False)
PROSE = "The ferry left the harbour at dawn on Monday, and nobody on the quay waved to it, the guard said."


def title(slug: str, *lines: str) -> str:
    numbered = tuple(Line(number, text) for number, text in enumerate((*lines, PROSE, PROSE), 1))
    return draft_of(Document(numbered, "text", url=f"https://gazette.example/news/{slug}"), RULES).title


@pytest.mark.parametrize(
    ("slug", "headline"),
    [
        ("oesterreich-prueft-bruecken", "Österreich prüft Brücken"),
        ("faerger-paa-oeen", "Færger på øen"),
        ("prom-lodz-wyplywa", "Prom Łódź wypływa"),
        ("gruene-bruecken-wien", "Gru\u0308ne Bru\u0308cken in Wien"),
        ("ferrys-captains-farewell", "The ferry’s captain’s farewell"),
    ],
)
def test_a_slug_spells_out_what_the_headline_writes_with_marks(slug: str, headline: str) -> None:
    assert title(slug, "Allgemeine Nachrichten vom Tage", headline) == headline


def test_a_headline_that_ends_like_a_sentence_is_the_title_when_the_slug_says_it_all() -> None:
    question = "Will the last ferry on the old river carry its own bell home in winter?"
    assert title("will-the-last-ferry-on-the-old-river-carry-its-own-bell-home", question) == question


def test_three_shared_words_tell_the_headline_though_the_editor_wrote_another_slug() -> None:
    headline = "Old ferry may carry its bell through the winter storms"
    assert title("what-is-a-bell-and-will-the-old-ferry-bring-one-home", headline) == headline


@pytest.mark.parametrize(
    "line",
    [
        "Düsseldorf –",
        "José Ejemplo Núñez | Hace 3 horas",
        "The old ferry with its bell (Gazette/Jane Example)",
        "The old ferry with its bell © Jane Example",
        "The old ferry and its bell / JANE EXAMPLE",
        "A velha barca, old ferry bell — Foto: Ana Exemplo",
        "https://gazette.example/old-ferry-bell-harbour",
    ],
)
def test_a_place_a_name_a_credited_caption_and_an_address_are_no_titles(line: str) -> None:
    assert title("old-ferry-bell-harbour-farewell-council", line) == ""


def test_a_slug_in_another_script_tells_nothing_against_a_headline() -> None:
    assert (
        title("old-ferry-bell-harbour", "Старый паром снова возит людей") == "Старый паром снова возит людей"
    )


def test_a_number_in_dots_is_no_slug() -> None:
    assert title("doc.gazette.example.B2LA2G3", "Old ferry leaves for good") == "Old ferry leaves for good"
