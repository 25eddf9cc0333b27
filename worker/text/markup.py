"""Remains of HTML in flattened text: entities, tags and attributes."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Sequence
from itertools import pairwise

from worker.text.blocks import INVISIBLE, Draft, Line
from worker.text.normalize import normalized
from worker.text.rules import Rules

TORN_LINES = 6
"""Descriptions and captions in attributes are no longer than this many lines."""
LINK_WORDS = 4
"""Behind a torn-off tag stands a link's label; more words may be a sentence with a link in it."""

# Joiners, direction marks, fillers and soft hyphens: a line of nothing else shows nothing.
_INVISIBLE = re.compile(
    r"[\s\u00ad\u034f\u061c\u115f\u1160\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0]+\Z"
)
_ENTITY = re.compile(r"&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,30});")
# An ampersand escaped any number of times: one pass for all, else a long row of them takes a pass each.
_AMPERSANDS = re.compile(r"&(?:(?:amp|AMP|#0{0,5}38|#[xX]0{0,4}26);)+")
# A line that is one attribute and the end of its tag: content="…" />
_ATTRIBUTE = re.compile(r"^\s*[a-zA-Z][\w:-]{0,30}\s*=\s*(?:\".*\"|'.*')\s*/?>\s*$")
# A line that begins inside a tag, or with one: the tag's remains, and what follows them. <The old song> is no
# tag: it begins as no tag does, and its words have no values.
_TAG = re.compile(
    r"^\s*(?:</?(?:[a-z][\w-]*|[A-Z][A-Z\d]*)\b(?:\s+[\w-]+)?(?:\s[^<>]*=[^<>]*)?\s*/?>?|(?:[a-zA-Z][\w:-]*\s*=\s*[\"'][^\"'<>]*[\"']\s*)+/?>|/>|-->|<!--)"
)

# An attribute that is not closed on its line, and the end of a tag behind an attribute.
_OPEN = re.compile(r"^\s*[a-zA-Z][\w:-]{0,30}\s*=\s*[\"'](?!.*[\"']\s*/?>\s*$)")
_END = re.compile(r"[\"']\s*/?>\s*$")
# A tag that was torn in two, its beginning; the attribute that says what a picture shows.
_TAG_AT_END = re.compile(r"<(?:a|img|span|div|p|font|b|i|em|strong)\s[^<>]*=[^<>]*$")
_VALUE = re.compile(r"^\s*alt\s*=\s*[\"'](.*)[\"']\s*/?>\s*$")


def decoded(text: str) -> str:
    """Left-over entities as the characters they mean, however often they were escaped."""
    if "&" in text:
        text = _AMPERSANDS.sub("&", text)
    while "&" in text and _ENTITY.search(text):
        plain = _ENTITY.sub(lambda match: html.unescape(match[0]), text)
        if plain == text:
            break
        text = plain
    return text.rstrip("\r").replace("\r", " ").replace("\n", " ")


def markup_remains(draft: Draft, rules: Rules) -> Draft:
    """Lines that are nothing but pieces of tags, with a link's label at most, attributes that go on over
    several lines, and lines that show nothing."""
    gone = [line for line in draft.lines if _is_markup(line)]
    torn = list(_torn(draft.lines))
    captions = _captions(draft.lines, gone)
    draft = draft.without(
        [
            *((line, "other", "struct.markup") for line in (*gone, *torn)),
            *((line, "other", INVISIBLE) for line in draft.lines if _INVISIBLE.match(line.text)),
            *((line, "media_credit", "struct.caption") for line in captions),
        ]
    )
    return _without_open_tags(draft)


def _without_open_tags(draft: Draft) -> Draft:
    """A line's end may be a tag that was torn in two."""
    for line in draft.lines:
        found = _TAG_AT_END.search(line.text) if "<" in line.text else None
        if found is not None and line.text[: found.start()].strip():
            draft = draft.cut(line, line.text[: found.start()].rstrip(), found[0], "other", "struct.markup")
    return draft


def _captions(lines: Sequence[Line], gone: Sequence[Line]) -> Iterator[Line]:
    """Lines that say what the picture's attribute above them said."""
    if not gone:
        return
    known = {id(line) for line in gone}
    for above, line in pairwise(lines):
        said = _VALUE.match(above.text) if id(above) in known else None
        if said is not None and id(line) not in known and line.key and line.key == normalized(said[1]):
            yield line


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
