"""Remains of HTML in flattened text: entities, tags and attributes."""

from __future__ import annotations

import html
import re

from worker.text.blocks import Draft, Line
from worker.text.rules import Rules

LINK_WORDS = 4
"""Behind a torn-off tag stands a link's label; more words may be a sentence with a link in it."""

_ENTITY = re.compile(r"&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,30});")
# A line that is one attribute and the end of its tag: content="…" />
_ATTRIBUTE = re.compile(r"^\s*[a-zA-Z][\w:-]*\s*=\s*(?:\"[^\"]*\"|'[^']*')\s*/?>\s*$")
# A line that begins inside a tag, or with one: the tag's remains, and what follows them.
_TAG = re.compile(
    r"^\s*(?:</?[a-zA-Z][\w-]*(?:\s[^<>]*)?>?|(?:[a-zA-Z][\w:-]*\s*=\s*[\"'][^\"'<>]*[\"']\s*)+/?>|/>|-->|<!--)"
)


def decoded(text: str) -> str:
    """Left-over entities as the characters they mean, however often they were escaped."""
    while "&" in text and _ENTITY.search(text):
        plain = _ENTITY.sub(lambda match: html.unescape(match[0]), text)
        if plain == text:
            break
        text = plain
    return text.replace("\r", "").replace("\n", " ")


def markup_remains(draft: Draft, rules: Rules) -> Draft:
    """Lines that are nothing but pieces of tags, with a link's label at most."""
    return draft.without((line, "other", "struct.markup") for line in draft.lines if _is_markup(line))


def _is_markup(line: Line) -> bool:
    text = line.text
    if "<" not in text and ">" not in text and "=" not in text:
        return False
    if _ATTRIBUTE.match(text):
        return True
    found = _TAG.match(text)
    return found is not None and len(text[found.end() :].split()) <= LINK_WORDS
