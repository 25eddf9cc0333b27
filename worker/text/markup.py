"""Remains of HTML in flattened text: entities, tags and attributes."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Sequence

from worker.text.blocks import Draft, Line
from worker.text.rules import Rules

TORN_LINES = 6
"""Descriptions and captions in attributes are no longer than this many lines."""
LINK_WORDS = 4
"""Behind a torn-off tag stands a link's label; more words may be a sentence with a link in it."""

_ENTITY = re.compile(r"&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,30});")
# A line that is one attribute and the end of its tag: content="…" />
_ATTRIBUTE = re.compile(r"^\s*[a-zA-Z][\w:-]*\s*=\s*(?:\"[^\"]*\"|'[^']*')\s*/?>\s*$")
# A line that begins inside a tag, or with one: the tag's remains, and what follows them.
_TAG = re.compile(
    r"^\s*(?:</?[a-zA-Z][\w-]*(?:\s[^<>]*)?>?|(?:[a-zA-Z][\w:-]*\s*=\s*[\"'][^\"'<>]*[\"']\s*)+/?>|/>|-->|<!--)"
)


# An attribute that is not closed on its line, and the end of a tag behind an attribute.
_OPEN = re.compile(r"^\s*[a-zA-Z][\w:-]{0,30}\s*=\s*[\"'](?!.*[\"']\s*/?>\s*$)")
_END = re.compile(r"[\"']\s*/?>\s*$")


def decoded(text: str) -> str:
    """Left-over entities as the characters they mean, however often they were escaped."""
    while "&" in text and _ENTITY.search(text):
        plain = _ENTITY.sub(lambda match: html.unescape(match[0]), text)
        if plain == text:
            break
        text = plain
    return text.replace("\r", "").replace("\n", " ")


def markup_remains(draft: Draft, rules: Rules) -> Draft:
    """Lines that are nothing but pieces of tags, with a link's label at most, and attributes that go on over
    several lines."""
    gone = [line for line in draft.lines if _is_markup(line)]
    return draft.without((line, "other", "struct.markup") for line in (*gone, *_torn(draft.lines)))


def _torn(lines: Sequence[Line]) -> Iterator[Line]:
    """The lines from one that opens an attribute to the one that ends its tag, where that is near."""
    for index, line in enumerate(lines):
        if "=" not in line.text or not _OPEN.match(line.text) or _ATTRIBUTE.match(line.text):
            continue
        below = lines[index + 1 : index + 1 + TORN_LINES]
        end = next((place for place, one in enumerate(below) if _END.search(one.text)), None)
        if end is not None and not any(_OPEN.match(one.text) for one in below[: end + 1]):
            yield from (line, *below[: end + 1])


def _is_markup(line: Line) -> bool:
    text = line.text
    if "<" not in text and ">" not in text and "=" not in text:
        return False
    if _ATTRIBUTE.match(text):
        return True
    found = _TAG.match(text)
    return found is not None and len(text[found.end() :].split()) <= LINK_WORDS
