"""extract: RawArticle → Document. The only module that knows trafilatura.

A page is parsed once. trafilatura's fast mode says what it takes for the article; the block model then
judges every block of the page, with that opinion as one of its signs: it leaves out what trafilatura took
by mistake and finds what it missed. What it doubts goes along marked, so that the cleaners can name it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import trafilatura
from lxml.etree import LxmlError
from lxml.html import HTMLParser, fromstring
from trafilatura.utils import HTML_PARSER, repair_faulty_html

from schemas import RawArticle
from schemas.fields import read_time
from worker.errors import InvalidRecord
from worker.html.article import Judged, judged
from worker.html.blocks import Page, read_page
from worker.html.dates import published_times
from worker.html.declared import declared_body, declared_language, declared_title
from worker.html.limits import MAX_CHARS, MAX_LEVELS, levels, too_large
from worker.text.block_model import BlockModel
from worker.text.blocks import Document, Line

MAX_LINES = 200_000
"""Of flattened text. Every line takes some 30 µs: what a raw record may hold of them (millions) would be late
twice before it is given up."""
DECLARED_BODY = (200, 3.0)
"""A page whose text comes in by a script may hold its article in JSON-LD: so many characters at least, and so
many times what the page itself shows (none of 204 ordinary pages is taken for one)."""
PATIENT_PARSER = HTMLParser(encoding="utf-8", remove_comments=True, remove_pis=True, huge_tree=True)
"""Reads 2,048 levels, and scripts of any length."""
AUTHOR_WORDS = 6
DECLARED_DATES_ONLY = {"extensive_search": False, "original_date": True}
"""htmldate's other ways read dates off the text, a copyright year among them, and take long."""


def extract(raw: RawArticle, model: BlockModel | None = None) -> Document:
    """The page's article with what the page says about it; the flattened text where there is no page.

    Raises InvalidRecord: `no_text`, `too_large`, `too_deep`.
    """
    if raw.html and raw.html.strip():
        document = _from_html(raw, model)
        if document is not None:
            return document
    if raw.text and raw.text.strip():
        return _from_text(raw)
    raise InvalidRecord("extract", "no_text", "no article was found in the page")


def _from_text(raw: RawArticle) -> Document:
    text = raw.text or ""
    if len(text) > MAX_CHARS or text.count("\n") > MAX_LINES:
        most = f"{MAX_CHARS} characters or {MAX_LINES} lines"
        raise InvalidRecord("extract", "too_large", f"the text has more than {most}")
    lines = tuple(Line(number, line) for number, line in enumerate(text.split("\n"), 1) if line.strip())
    return Document(lines, "text", title=raw.title, language=raw.language, source=raw.source, url=raw.url)


@dataclass(frozen=True, slots=True)
class Opened:
    """A page parsed once: its blocks, what the extractor took of it, and what it says about itself."""

    page: Page
    extracted: tuple[str, ...]
    about: Any
    """trafilatura's document; None where it found nothing."""
    title: str
    """The page's own."""
    times: tuple[str, ...]
    body: tuple[str, ...]
    """The article as JSON-LD has it."""
    language: str | None

    @property
    def summary(self) -> str:
        """The page's own description."""
        return (self.about.description or "") if self.about is not None else ""


def _from_html(raw: RawArticle, model: BlockModel | None) -> Document | None:
    if reason := too_large(raw.html or ""):
        raise InvalidRecord("extract", "too_large", f"the page has more than {reason}")
    try:
        opened = open_page(raw.html or "", raw.url, fast=model is not None)
    except RecursionError:
        raise InvalidRecord("extract", "too_deep", "the page is nested too deeply") from None
    except (LxmlError, ValueError, TypeError, AttributeError):
        return None  # trafilatura stumbles over some broken pages; the flattened text may still be there
    if opened is None:
        return None
    article = None
    if model:
        article = judged(opened.page, opened.extracted, model, title=opened.title, summary=opened.summary)
    article = article or _unjudged(opened.extracted)
    if _is_elsewhere(opened, article):
        return replace(_document(raw, opened, _unjudged(opened.body)), method="json-ld")
    return _document(raw, opened, article) if article.lines else None


def _unjudged(texts: Sequence[str]) -> Judged:
    return Judged(tuple(Line(None, text) for text in texts))


def _is_elsewhere(opened: Opened, article: Judged) -> bool:
    """Whether the page shows next to nothing of the article that its JSON-LD holds."""
    least, times = DECLARED_BODY
    on_page = set(opened.page.texts)  # the extractor's last resort is JSON-LD too, all in one line
    likely = (line.text for line in article.lines if (line.doubt or 0.0) < 0.5)
    shown = sum(len(text) for text in likely if text in on_page)
    return sum(map(len, opened.body)) > max(least, times * shown)


def open_page(html: str, url: str | None, fast: bool = True) -> Opened | None:
    """The page's blocks and the extractor's opinion of them; None if it is no page.

    Raises RecursionError, and what lxml and trafilatura raise on broken pages.
    """
    tree = _parsed(html.replace("\0", ""))
    if tree is None:
        return None
    found = trafilatura.bare_extraction(
        tree, url=url, fast=fast, include_comments=False, with_metadata=True,
        date_extraction_params=DECLARED_DATES_ONLY,
    )  # fmt: skip
    about = None if found is None or isinstance(found, dict) else found
    lines = (about.text or "").split("\n") if about else []
    extracted = tuple(line for line in lines if line.strip())
    page = read_page(tree)
    title = declared_title(tree, (about and about.title) or "", page.texts)
    return Opened(
        page, extracted, about, title, tuple(published_times(tree)),
        body=tuple(declared_body(tree)), language=declared_language(tree),
    )  # fmt: skip


def _parsed(page: str) -> Any:
    """The page's tree, all of it; None if it is no page. Raises RecursionError."""
    tree, deepest = trafilatura.load_html(page), 256
    # It ends amid a page that is deeper than that, or behind a script of 10 MB.
    if len(HTML_PARSER.error_log.filter_from_fatals()):
        repaired = repair_faulty_html(page, page[:50].lower()).encode()
        tree, deepest = fromstring(repaired, parser=PATIENT_PARSER), 2048
        if len(PATIENT_PARSER.error_log.filter_from_fatals()):
            raise RecursionError
    if tree is not None and page.count("<") * deepest > MAX_LEVELS and levels(tree) > MAX_LEVELS:
        raise RecursionError
    return tree


def _document(raw: RawArticle, opened: Opened, article: Judged) -> Document:
    about = opened.about
    return Document(
        lines=article.lines,
        method="trafilatura+blocks" if article.certainty is not None else "trafilatura",
        title=raw.title or opened.title or None,
        language=raw.language,
        page_language=opened.language,
        source=raw.source or (about.sitename if about else None),
        url=raw.url,
        authors=_names((about and about.author) or ""),
        published_at=_time((*opened.times, (about and about.date) or "")),
        tags=tuple((about and about.tags) or ()),
        certainty=article.certainty,
    )


def _names(authors: str) -> tuple[str, ...]:
    """The extractor's list; what an author's box says besides the name is none."""
    names = (name.strip() for name in authors.split(";"))
    return tuple(name for name in names if 0 < len(name.split()) <= AUTHOR_WORDS)


def _time(written: tuple[str, ...]) -> datetime | None:
    return next((moment for one in written if one and (moment := read_time(one))), None)
