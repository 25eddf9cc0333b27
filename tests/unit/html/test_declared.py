"""What a page says of its article outside its text."""

from __future__ import annotations

import json

import pytest
from lxml import html

from schemas import RawArticle
from worker.html.declared import declared_body, declared_language, declared_title
from worker.html.limits import MAX_ATTRIBUTES, MAX_TAGS
from worker.stages.extract import extract

BODY = [
    "The old ferry left the harbour at dawn on Monday, and nobody on the quay waved to it, a guard said.",
    "It had carried passengers between the two islands for forty years, through storms and one short war.",
    "The new ship is larger and quieter and needs half the crew, its captain said on the way out.",
]


def page(*values: object, shown: str = "<p>Please enable JavaScript.</p>", lang: str = "") -> str:
    scripts = "".join(f'<script type="application/ld+json">{json.dumps(value)}</script>' for value in values)
    return f"<html{lang}><head>{scripts}</head><body><div id='root'></div>{shown}</body></html>"


def body_of(source: str) -> list[str]:
    return declared_body(html.document_fromstring(source))


def test_the_body_is_found_however_deep_it_lies() -> None:
    assert body_of(page({"@graph": [{"@type": "WebPage"}, {"articleBody": "\n\n".join(BODY)}]})) == BODY


def test_markup_in_the_body_makes_its_paragraphs() -> None:
    assert body_of(page({"articleBody": "".join(f"<p>{line}</p>" for line in BODY)})) == BODY


def test_markup_that_was_escaped_once_more_is_markup_too() -> None:
    assert body_of(page({"articleBody": "&lt;br&gt;".join(BODY)})) == BODY
    assert body_of(page({"articleBody": "The catch was &lt; 5 tons."})) == ["The catch was < 5 tons."]


def test_markup_inside_paragraphs_leaves_the_line_breaks_that_part_them() -> None:
    linked = [
        line.replace("harbour", '<a href="/x">harbour</a>').replace("ship", "<b>ship</b>") for line in BODY
    ]
    assert body_of(page({"articleBody": "\n\n".join(linked)})) == BODY


@pytest.mark.parametrize(
    "markup",
    ["<p>" * (MAX_TAGS + 1), "&lt;p&gt;" * (MAX_TAGS + 1), f"<p{' a' * (MAX_ATTRIBUTES + 1)}>"],
    ids=lambda markup: markup[:9],
)
def test_a_body_whose_markup_would_be_late_is_none(markup: str) -> None:
    assert body_of(page({"articleBody": markup + BODY[0]})) == []


def titled(title: str, found: str, *blocks: str) -> str:
    return declared_title(
        html.document_fromstring(f"<html><head><title>{title}</title></head></html>"), found, blocks
    )


def test_the_headline_is_the_part_of_the_page_title_that_the_page_says_again() -> None:
    assert (
        titled("Gazette :: The ferry leaves", "Gazette :: The ferry leaves", "The ferry leaves")
        == "The ferry leaves"
    )
    assert (
        titled("Harbour Notes: The ferry is back", "Harbour Notes", "The ferry is back")
        == "The ferry is back"
    )


def test_the_site_name_behind_a_wide_sign_is_no_part_of_the_headline() -> None:
    for sign in ("｜", "：", "_"):
        named = f"連絡船、四十年で引退{sign}港町新報"
        assert titled(named, named, "連絡船、四十年で引退") == "連絡船、四十年で引退"


def test_the_headline_goes_before_the_title_for_those_who_share_the_page() -> None:
    headline = "Old ferry leaves the harbour for good"

    def shared(name: str, found: str, heading: str) -> str:
        source = f"<title>{name}</title><h1>{heading}</h1><p>{BODY[0]}</p>"
        return declared_title(html.document_fromstring(source), found, [heading, BODY[0]])

    assert shared(f"{headline} | Gazette", "A ship says goodbye", headline) == headline
    assert shared(headline, "A ship says goodbye", headline) == headline
    assert shared("Gazette", "A ship says goodbye", "Gazette") == "A ship says goodbye"
    assert shared("Boats", "A ship says goodbye", headline) == "A ship says goodbye"


def test_joiners_inside_the_words_of_a_title_stay() -> None:
    assert titled("خبر - کشتی\u200cها رفتند", "کشتیها رفتند", "کشتی\u200cها رفتند") == "کشتی\u200cها رفتند"


def test_what_the_extractor_found_stays_where_the_page_does_not_say_otherwise() -> None:
    assert titled("The ferry leaves | Gazette", "The ferry leaves", "The ferry leaves") == "The ferry leaves"
    assert titled("Gazette | Interview: the guard", "Ferry", "Interview: the guard") == "Ferry"
    assert titled(
        "Interview: the old guard", "Interview: the old guard", "the old guard", "Interview: the old guard"
    ) == ("Interview: the old guard")
    assert titled("Gazette - Sport", "", "Home") == ""


def test_a_box_about_the_author_is_no_name() -> None:
    about = '<meta name="author" content="Ana Lund; Ole Dahl is a reporter who has been here for years">'
    shown = "<article>" + "".join(f"<p>{line}</p>" for line in BODY) + "</article>"
    document = extract(RawArticle(html=page(shown=shown).replace("<head>", f"<head>{about}")))
    assert document.authors == ("Ana Lund",)


def test_broken_or_other_json_says_nothing() -> None:
    torn = '<html><head><script type="application/ld+json">{"articleBody": "</script></head></html>'
    assert body_of(torn) == []
    assert body_of(page({"headline": "articleBody"})) == []


def test_a_page_that_shows_nothing_is_read_from_its_json() -> None:
    document = extract(RawArticle(html=page({"headline": "Ferry leaves", "articleBody": "\n".join(BODY)})))
    assert [line.text for line in document.lines] == BODY
    assert document.method == "json-ld"


def test_a_page_that_shows_its_article_is_read_as_it_shows_it() -> None:
    shown = "<article>" + "".join(f"<p>{line}</p>" for line in BODY) + "</article>"
    document = extract(RawArticle(html=page({"articleBody": " ".join(BODY)}, shown=shown)))
    assert document.method == "trafilatura"


def test_the_language_of_the_root_is_told_without_its_region() -> None:
    def told(lang: str) -> str | None:
        return declared_language(html.document_fromstring(page(lang=lang)))

    assert [told(' lang="pt-BR"'), told(' lang="AR"'), told(' lang="english"'), told("")] == [
        "pt", "ar", None, None,
    ]  # fmt: skip
