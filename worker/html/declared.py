"""What a page says about its article outside its text: body, language and title."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterator
from html import unescape
from typing import Any

from lxml import html
from lxml.etree import ParserError

from worker.html.blocks import read_page
from worker.text.page_title import BETWEEN_PARTS

_LANGUAGE = re.compile(r"([a-zA-Z]{2,3})(?:[-_]|$)")
_BLOCK = re.compile(r"<(?:p|br|div|h[1-6]|li|blockquote|figure)\b", re.IGNORECASE)
_TAG = re.compile(r"</?[a-z][a-z0-9-]*(?:\s[^<>]*)?/?>", re.IGNORECASE)
_SEPARATOR = re.compile(rf"\s+{BETWEEN_PARTS}\s+|\s*[|]\s*|[:：]{{1,2}}\s+")
MAX_NESTED = 50_000
"""Values looked at in one page's JSON-LD; no article's has so many."""


def declared_language(root: Any) -> str | None:
    """The primary language that the page's root declares, as in BCP 47; None where it declares none."""
    page = root if root.tag == "html" else next(root.iter("html"), root)
    value = page.get("lang") or page.get("{http://www.w3.org/XML/1998/namespace}lang") or ""
    found = _LANGUAGE.match(value.strip())
    return found[1].lower() if found else None


def declared_title(root: Any, found: str, shown: Collection[str]) -> str:
    """The title that the extractor `found`; where that is all of the page's `<title>` or a site's name in it,
    the longest part at an end of it if one of the page's blocks (`shown`) says just that: the headline."""
    whole = " ".join((root.findtext(".//title") or "").split())
    parts = _SEPARATOR.split(whole)
    headline = max(parts, key=len)
    names = {whole, "", *parts} - {headline}
    if len(parts) < 2 or headline not in (parts[0], parts[-1]) or " ".join(found.split()) not in names:
        return found
    return headline if headline in shown and whole not in shown else found


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
    return [text for part in ([body] if _BLOCK.search(body) else body.split("\n")) for text in _texts(part)]


def _texts(part: str) -> list[str]:
    if _TAG.search(part):
        try:
            return read_page(html.fragment_fromstring(part, create_parent=True)).texts
        except (ParserError, ValueError):
            pass
    return [" ".join(line.split()) for line in part.split("\n") if line.strip()]
