"""When a page was published: what it declares, to the minute where it tells the minute."""

from __future__ import annotations

import pytest

from schemas import RawArticle
from worker.stages.extract import extract, open_page

PROSE = (
    "<p>" + "The ferry left the harbour at dawn, and nobody on the quay waved to it this time. " * 3 + "</p>"
)


def page(head: str = "", body: str = "") -> str:
    title = "<title>Ferry leaves</title>"
    return f"<html><head>{title}{head}</head><body><article>{PROSE * 3}{body}</article></body></html>"


def published(html: str) -> str | None:
    moment = extract(RawArticle(html=html)).published_at
    return moment.isoformat() if moment else None


def times(html: str) -> list[str]:
    opened = open_page(html, None)
    assert opened is not None
    return list(opened.times)


@pytest.mark.parametrize(
    "head",
    [
        '<meta property="article:published_time" content="2024-05-02T08:15:00+02:00">',
        '<meta itemprop="datePublished" content="2024-05-02 06:15">',
        '<script type="application/ld+json">{"datePublished": "2024-05-02T06:15:00Z"}</script>',
    ],
)
def test_the_time_of_day_that_a_page_declares_is_kept(head: str) -> None:
    assert published(page(head)) == "2024-05-02T06:15:00+00:00"


def test_a_time_element_of_the_article_is_read() -> None:
    assert (
        published(page(body='<time datetime="2024-05-02T06:15:00Z">2 May</time>'))
        == "2024-05-02T06:15:00+00:00"
    )


def test_a_copyright_year_is_no_date() -> None:
    assert published(page(body="<p>© 2024 Harbour Gazette. All rights reserved.</p>")) is None


def test_of_one_day_the_value_that_tells_the_time_goes_first() -> None:
    head = '<meta property="article:published_time" content="2024-05-02">'
    script = '<script type="application/ld+json">{"datePublished": "2024-05-02T06:15:00Z"}</script>'
    assert times(page(head + script)) == ["2024-05-02T06:15:00Z", "2024-05-02"]


def test_a_value_that_nobody_can_read_is_passed_over() -> None:
    vague = '<meta property="article:published_time" content="last Tuesday">'
    clear = '<meta name="pubdate" content="2024-05-02">'
    assert published(page(vague + clear)) == "2024-05-02T00:00:00+00:00"


def test_a_page_without_dates_declares_none() -> None:
    assert times(page()) == []
