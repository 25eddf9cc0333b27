"""When a page says that it was published: read where pages declare it, never guessed from its text."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

NAMES = (
    "article:published_time", "og:published_time", "og:article:published_time", "parsely-pub-date",
    "sailthru.date", "date.published", "datepublished", "publish_date", "publishdate",
    "publish-date", "publication_date", "pubdate", "article.published", "dc.date.issued", "dcterms.created",
    "dc.date", "dcterms.date", "article_date_original", "cxenseparse:recs:publishtime", "date",
)  # fmt: skip
"""Of `<meta>` elements, the ones that mean nothing else before those that may."""
_RANK = {name: rank for rank, name in enumerate(NAMES)}
_IN_JSON = re.compile(r'"datePublished"\s*:\s*"([^"\\]{4,40})"')
_TIME_OF_DAY = re.compile(r"\d[T ]\s*\d{1,2}:\d{2}")


def published_times(root: Any) -> list[str]:
    """What a parsed page gives as its time of publication, as written, the likeliest first.

    One that tells the time of day goes before the bare date of the same day.
    """
    found = list(dict.fromkeys(value.strip() for value in _declared(root) if value.strip()))
    return sorted(found, key=lambda value: (value[:10] != found[0][:10], not _TIME_OF_DAY.search(value)))


def _declared(root: Any) -> Iterator[str]:
    metas = [
        (_RANK[name.lower()], meta.get("content") or "")
        for meta in root.iter("meta")
        for name in (meta.get("property") or meta.get("name") or meta.get("itemprop") or "",)
        if name.lower() in _RANK
    ]
    yield from (content for _, content in sorted(metas, key=lambda one: one[0]))
    for script in root.iter("script"):
        if script.get("type") == "application/ld+json" and script.text:
            yield from _IN_JSON.findall(script.text)
    for element in root.iter("time"):
        if element.get("itemprop") == "datePublished" or element.get("pubdate") is not None:
            yield element.get("datetime") or ""
    yield from (
        time.get("datetime") or "" for article in root.iter("article") for time in article.iter("time")
    )
