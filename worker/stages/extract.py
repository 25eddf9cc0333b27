"""extract: RawArticle → Document. The only module that knows trafilatura."""

from __future__ import annotations

from datetime import datetime

import trafilatura
from lxml.etree import LxmlError

from schemas import RawArticle
from schemas.fields import read_time
from worker.errors import InvalidRecord
from worker.text.blocks import Document, Line

MAX_HTML_CHARS = 20_000_000
"""A page beyond this is no article; parsing it would take minutes and gigabytes."""


def extract(raw: RawArticle) -> Document:
    """The page's article with what the page says about it; the flattened text where there is no page.

    Raises InvalidRecord: `no_text`, `too_large`, `too_deep`.
    """
    if raw.html and raw.html.strip():
        document = _from_html(raw)
        if document is not None:
            return document
    if raw.text and raw.text.strip():
        return _from_text(raw)
    raise InvalidRecord("extract", "no_text", "no article was found in the page")


def _from_text(raw: RawArticle) -> Document:
    lines = tuple(
        Line(number, text) for number, text in enumerate((raw.text or "").split("\n"), 1) if text.strip()
    )
    return Document(lines, "text", title=raw.title, language=raw.language, source=raw.source, url=raw.url)


def _from_html(raw: RawArticle) -> Document | None:
    if len(raw.html or "") > MAX_HTML_CHARS:
        raise InvalidRecord("extract", "too_large", f"the page has more than {MAX_HTML_CHARS} characters")
    try:
        found = trafilatura.bare_extraction(
            (raw.html or "").replace("\0", ""), url=raw.url, include_comments=False, with_metadata=True
        )
    except RecursionError:
        raise InvalidRecord("extract", "too_deep", "the page is nested too deeply") from None
    except (LxmlError, ValueError, TypeError, AttributeError):
        return None  # trafilatura stumbles over some broken pages; the flattened text may still be there
    if found is None or isinstance(found, dict) or not (found.text or "").strip():
        return None
    return Document(
        lines=tuple(Line(None, line) for line in (found.text or "").split("\n") if line.strip()),
        method="trafilatura",
        title=raw.title or found.title,
        language=raw.language,
        source=raw.source or found.sitename,
        url=raw.url,
        authors=tuple(name.strip() for name in (found.author or "").split(";") if name.strip()),
        published_at=_time(found.date),
        tags=tuple(found.tags or ()),
    )


def _time(date: str | None) -> datetime | None:
    return read_time(date) if date else None
