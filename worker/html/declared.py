"""What a page says about its article outside its text: body, language and title."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterable, Iterator
from html import unescape
from typing import Any

from lxml import html
from lxml.etree import ParserError

from worker.html.blocks import read_page
from worker.html.limits import too_large
from worker.text.page_title import BETWEEN_PARTS
from worker.text.sentences import count_words
from worker.text.titles import HEADLINE_WORDS

_LANGUAGE = re.compile(r"([a-zA-Z]{2,3})(?:[-_]|$)")
_BLOCK = re.compile(r"<(?:p|br|div|h[1-6]|li|blockquote|figure)\b", re.IGNORECASE)
_TAG = re.compile(r"</?[a-z][a-z0-9-]*(?:\s[^<>]*)?/?>", re.IGNORECASE)
_SEPARATOR = re.compile(rf"\s+{BETWEEN_PARTS}\s+|\s*[|｜_：]\s*|:{{1,2}}\s+")
MAX_NESTED = 50_000
"""Values looked at in one page's JSON-LD; no article's has so many."""


def declared_language(root: Any) -> str | None:
    """The primary language that the page's root declares, as in BCP 47; None where it declares none."""
    page = root if root.tag == "html" else next(root.iter("html"), root)
    value = page.get("lang") or page.get("{http://www.w3.org/XML/1998/namespace}lang") or ""
    found = _LANGUAGE.match(value.strip())
    return found[1].lower() if found else None


def declared_title(root: Any, found: str, shown: Collection[str]) -> str:
    """The title that the extractor `found`, as the page's blocks (`shown`) write it. Where that is all of the
    page's `<title>` or a site's name in it, or what only those who share the page are told, the headline: the
    longest part at an end of `<title>`, if a block says just that."""
    whole = " ".join((root.findtext(".//title") or "").split())
    found = _as_shown(" ".join(found.split()), (whole, *shown))
    parts = _SEPARATOR.split(whole)
    headline = max(parts, key=len)
    names = {whole, "", *parts} - {headline}
    if found not in names:
        return found if found in shown else _headline_in(root, (whole, parts[0], parts[-1])) or found
    if len(parts) < 2 or headline not in (parts[0], parts[-1]):
        return found
    return headline if headline in shown and whole not in shown else found


def _as_shown(title: str, texts: Iterable[str]) -> str:
    """With the joiners inside its words that the extractor leaves out, if one of these texts is the title."""
    return next((text for text in texts if not text.isprintable() and _printed(text) == title), title)


def _printed(text: str) -> str:
    """Without the characters that print nothing, as trafilatura writes it: joiners inside Persian and
    Bengali words, marks of direction. The text itself where nothing else is in it."""
    return "".join(filter(str.isprintable, text)) or text


def _headline_in(root: Any, told: Collection[str]) -> str:
    """The first `<h1>` of a headline's length whose text is one of these; "" where none is."""
    said = (" ".join(heading.text_content().split()) for heading in root.iter("h1"))
    return next((text for text in said if text in told and count_words(text) >= HEADLINE_WORDS), "")


def declared_body(root: Any) -> list[str]:
    """The paragraphs of the longest `articleBody` in the page's JSON-LD; none where there is none."""
    bodies = [
        body
        for script in root.iter("script")
        if "ld+json" in (script.get("type") or "") and "articleBody" in (script.text or "")
        for body in _bodies(script.text)
    ]
    return _paragraphs(max(bodies, key=len)) if bodies else []


def _bodies(source: str) -> Iterator[str]:
    try:
        values = [json.loads(source, strict=False)]
    except (ValueError, RecursionError):
        return
    for _ in range(MAX_NESTED):
        if not values:
            return
        value = values.pop()
        if isinstance(value, dict):
            body = value.get("articleBody")
            if isinstance(body, str):
                yield body
            values += value.values()
        elif isinstance(value, list):
            values += value


def _paragraphs(body: str) -> list[str]:
    """As lines; some sites put markup in, some of them escaped once more."""
    if "&lt;" in body and "<" not in body:
        body = unescape(body)
    if too_large(body):
        return []
    return [text for part in ([body] if _BLOCK.search(body) else body.split("\n")) for text in _texts(part)]


def _texts(part: str) -> list[str]:
    if _TAG.search(part):
        try:
            return read_page(html.fragment_fromstring(part, create_parent=True)).texts
        except (ParserError, ValueError):
            pass
    return [" ".join(line.split()) for line in part.split("\n") if line.strip()]
