"""Which line is the title: what the URL says, what stands twice, what no title looks like."""

from __future__ import annotations

import pytest

from worker.adapters.packaged import config_folder
from worker.adapters.rule_files import load_rules
from worker.text.blocks import Document, Draft, Line
from worker.text.cleaners import draft_of
from worker.text.page_title import title_of_hint

RULES = load_rules(config_folder(), line_model=False)
PROSE = (
    "The ferry left the harbour at dawn on Monday, and nobody on the quay waved to it, said the old guard.",
    "Its bell was sold to a school on the other bank, which will ring it at the beginning of every lesson.",
)
URL = "https://gazette.example/2024/05/"


def draft(*lines: str, url: str | None = None) -> Draft:
    numbered = tuple(Line(number, text) for number, text in enumerate(lines, 1))
    return draft_of(Document(numbered, "text", url=url), RULES)


def title(*lines: str, slug: str = "") -> str:
    return draft(*lines, *PROSE, url=slug and URL + slug).title


def test_of_two_lines_that_the_url_says_the_one_most_like_it_is_the_title() -> None:
    way = "Front page of the paper, News from here: Old ferry leaves the harbour for good"
    headline = "Old ferry leaves the harbour for good"
    assert title(way, headline, slug="old-ferry-leaves-the-harbour-for-good") == headline


def test_a_headline_that_was_changed_after_its_url_is_the_title() -> None:
    headline = "The best ferries of the coast this summer"
    assert title("overlaylink", headline, slug="seven-boats-across-water") == ""
    assert title("overlaylink", headline, slug="seven-coast-ferries-compared") == headline


def test_a_headline_below_a_paragraph_of_advertisement_is_found_by_its_url() -> None:
    advert = "Try our evening edition for one month and find out why the whole coast reads it at supper."
    found = draft(
        advert,
        "Apply now",
        "Eleven of the best ferry songs",
        *PROSE,
        url=f"{URL}eleven-of-the-best-ferry-songs/",
    )
    assert found.title == "Eleven of the best ferry songs"


def test_a_subheading_that_says_less_than_the_url_stays_in_the_article() -> None:
    found = draft(
        "Gazette",
        *PROSE,
        "Why the ferry songs matter",
        *PROSE,
        url=f"{URL}why-the-best-ferry-songs-of-all-matter/",
    )
    assert "Why the ferry songs matter" in [line.text for line in found.lines]


def test_a_line_that_stands_twice_in_a_row_is_the_title() -> None:
    assert title(
        "Gazette online", "Mission over!", "Mission over!", "A short way across the bay, with photos"
    ) == ("Mission over!")


@pytest.mark.parametrize(
    "above",
    [
        "Old men in yellow coats wait for the last ferry of the day (Agency / JANE EXAMPLE)",
        "The collected works of a ferryman:",
        "I have been teaching myself to row.",
    ],
)
def test_captions_labels_and_sentences_are_no_titles(above: str) -> None:
    found = draft(above, "The ferry that nobody wanted to see leave", *PROSE)
    assert found.title == "The ferry that nobody wanted to see leave"


def test_a_row_of_dates_and_counters_is_not_the_title_of_the_page() -> None:
    row = "109 Comments | Jane Example | Last Updated: March 11, 2019"
    headline = "A ferry recipe for dull days"
    assert title(row, headline, slug="ferry-recipe-dull-days") == headline


def test_the_name_of_the_site_goes_from_a_title_in_as_many_parts_as_it_has() -> None:
    site = "Coast 80/90 - News of the coast"
    assert title_of_hint(f"The last ferry leaves - {site}", site) == "The last ferry leaves"
    assert title_of_hint("Coast - News", "Coast - News") == ""


def test_a_wide_space_in_a_headline_stays() -> None:
    assert title_of_hint(" 山道修復\u3000百人走完 ", None) == "山道修復\u3000百人走完"
    assert title_of_hint("Two\n lines  of it\u00a0all", None) == "Two lines of it all"


@pytest.mark.parametrize(
    "headline",
    ["Video: Flood sweeps the old ferry out to sea", "Видео: паводок унёс старый паром в открытое море"],
)
def test_a_headline_behind_the_label_of_a_film_is_a_title(headline: str) -> None:
    assert title(headline) == headline
    assert title("12 May 2023, 10:45", headline, "By Jane Doe") == headline


@pytest.mark.parametrize(
    "credit",
    ["Video: Jane Doe", "Video: Jane Doe and John Roe of the Example Agency / EXA", "Video: Example Agency"],
)
def test_the_credit_of_a_film_is_no_title(credit: str) -> None:
    assert title(credit) == ""


def test_of_a_headline_and_a_caption_behind_a_label_the_headline_is_the_title() -> None:
    headline, caption = (
        "Old ferry leaves the harbour for good",
        "Photo: The ferry at the quay before the flood",
    )
    assert title(headline, caption) == title(caption, headline) == headline
    known = "Video: Old ferry leaves the harbour"
    assert title(known, headline, slug="video-old-ferry-leaves-the-harbour") == known
    assert title(caption, slug="bell-of-a-ship-sold-to-school") == ""


@pytest.mark.parametrize(
    "headline",
    [
        "تقرير: ارتفاع أسعار القمح في الأسواق العالمية",
        "حوار: مع صانع العود الأخير في المدينة القديمة",
        "Source: ferry to be sold next week",
    ],
)
def test_a_headline_behind_the_label_of_a_byline_is_a_title(headline: str) -> None:
    assert title(headline) == headline
    named = draft("تقرير: سامي الخطيب", *PROSE)
    assert (named.title, named.authors) == ("", ("سامي الخطيب",))


@pytest.mark.parametrize("site", ["Harbour and Coast News -", "هلا الساحل نيوز -", "The Old Gazette |"])
def test_a_name_with_a_dash_behind_it_is_no_title(site: str) -> None:
    headline = "عودة العبارة إلى المرفأ القديم"
    assert title(site, headline) == headline


def test_the_title_beside_the_sites_name_behind_the_article_says_it_again() -> None:
    headline = "Old ferry leaves the harbour for good"
    found = draft(headline, *PROSE, f"{headline} - Harbour Gazette")
    assert [line.text for line in found.lines] == list(PROSE)
    said = f"{headline}, and the bell stays."
    assert draft(headline, *PROSE, said).lines[-1].text == said
