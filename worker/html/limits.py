"""What a page may have more of than can be read in time."""

from __future__ import annotations

import re
from typing import Any

from lxml import etree

MAX_CHARS = 20_000_000
"""What is beyond this, page or text, is no article; to clean it would take minutes and gigabytes."""
MAX_TAGS = 100_000
"""Every tag takes some 60 µs: as many as this take a third of `worker.record_timeout`, and nine times as many
would be late twice before they are given up. The largest of 204 news pages has 4,700."""
MAX_ATTRIBUTES = 2_000
"""Of one tag. The parser passes each by for all behind it: 10,000 take .3 s, 200,000 minutes; a raw record
full of tags with as many as this takes half of `worker.record_timeout`."""
MAX_LEVELS = 3_000_000
"""Of all elements together. The extractor asks each for all around it, which takes some 3 µs a level."""
_ATTRIBUTE = r"""[\s/]++[^\s/>=<"'(){},;]++(?:\s*+=\s*+(?:"[^"]*+"|'[^']*+'|[^\s>"']++))?+"""
_TOO_MANY_ATTRIBUTES = re.compile(rf"<[a-zA-Z][^\s/>]*+(?:{_ATTRIBUTE}){{{MAX_ATTRIBUTES}}}")


def too_large(html: str) -> str:
    """What there is too much of to be parsed, counted without parsing; "" for any usual page."""
    if len(html) > MAX_CHARS:
        return f"{MAX_CHARS} characters"
    if html.count("<") > MAX_TAGS:
        return f"{MAX_TAGS} tags"
    return f"{MAX_ATTRIBUTES} attributes in one tag" if _has_endless_tag(html) else ""


def _has_endless_tag(html: str) -> bool:
    """Only what is long needs a look: a tag of so many attributes fills one of these windows at least."""
    begin = seen = -1
    for start in range(0, len(html), MAX_ATTRIBUTES):
        found = html.rfind("<", start, start + MAX_ATTRIBUTES)
        if found >= 0:
            begin = found
        elif begin != seen:
            seen = begin
            if _TOO_MANY_ATTRIBUTES.match(html, begin):
                return True
    return False


def levels(root: Any) -> int:
    """How deep the elements of a parsed page lie, summed up."""
    total = depth = 0
    for event, _ in etree.iterwalk(root, events=("start", "end")):
        depth += 1 if event == "start" else -1
        total += depth if event == "start" else 0
    return total
