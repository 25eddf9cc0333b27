"""Whose article it is, told from its URL: the site, however many labels are written before it."""

from __future__ import annotations

import pytest

from worker.stages.validate import registered_domain


@pytest.mark.parametrize(
    ("url", "site"),
    [
        ("https://news.gazette.co.uk/a", "gazette.co.uk"),
        ("https://m.harbour-news.example/a", "harbour-news.example"),
        ("https://harbour-news.example/a", "harbour-news.example"),
        ("http://localhost:8080/a", "localhost"),
        ("http://127.0.0.1/a", "127.0.0.1"),
    ],
)
def test_the_source_is_the_registered_domain_or_the_nearest_to_it(url: str, site: str) -> None:
    assert registered_domain(url) == site
