"""What stands above an article: the site's name, its section, navigation."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from itertools import groupby

from worker.text.blocks import Draft, Line
from worker.text.normalize import normalized
from worker.text.rules import Rules
from worker.text.sentences import introduces
from worker.text.slugs import says, slug_words
from worker.text.zones import WRAPPED_WORDS, prose_span

SITE_WORDS = 5
MENU_LINES = 5
MENU_WORDS = 3
"""Labels of a menu: so many lines in a row, none longer."""
VERSE_LINES = 3
ABOVE_TITLE, BELOW_TITLE = "struct.site-above-title", "struct.label-below-title"
MENU_LABELS = 3
"""Of a menu in one line."""
WAY_LABELS = 2
"""Of the way from the front page to this one."""
_BESIDE_SOURCE = re.compile(r"\w\s*[-–—/|:]\s*\w")
_SLASH_IN_NUMBER = re.compile(r"\d/\d")
_ARROW = re.compile(r"(?<!\s)\s+[<>\u2039\u203a\u00bb\u2190\u2192]\s+")
_BETWEEN_LABELS = re.compile(r"(?<!\s)\s+[|•·»/]\s+|(?<!\s)\s*[|]\s*")
_DATED_PARTS = re.compile(r"(?<!\s)\s+[|•·–—-]+\s+|(?<!\s)\s*[|]\s*")


def above_the_title(draft: Draft, rules: Rules) -> Draft:
    """Everything over a title that is sure: a headline that the page's title, the hint or the URL says."""
    if draft.title_taken or (not draft.title and not draft.url):
        return draft
    first, last = prose_span(draft.lines)
    head = draft.lines[:first] if last >= first else ()
    wanted, slug = normalized(draft.title), slug_words(draft.url)
    place = next(
        (
            index
            for index, line in enumerate(head)
            if line.words > 1 and (line.key == wanted or (not draft.title and says(slug, line.text)))
        ),
        0,
    )
    return draft.without((line, furniture(line, rules), "struct.above-title") for line in head[:place])


def furniture(line: Line, rules: Rules) -> str:
    """The kind of a line that stands over the title: what a rule calls it, else a label of the menu."""
    if found := rules.match(line.text, line.key):
        return found[0].kind
    return "navigation" if line.words <= MENU_WORDS else "other"


def menu_in_head(draft: Draft, rules: Rules) -> Draft:
    """A row of short labels before the article: a menu."""
    first, last = prose_span(draft.lines)
    if last < first:
        return draft
    gone: list[Line] = []
    others: list[Line] = []
    for line in draft.lines[:first]:
        (gone if is_row_of_labels(line.text) else others).append(line)
    for are_labels, run in groupby(others, lambda line: line.words <= MENU_WORDS and not line.is_sentence):
        row = list(run)
        if are_labels and len(row) >= MENU_LINES:
            gone += row
    return draft.without((line, "navigation", "struct.menu") for line in gone)


def is_row_of_labels(text: str) -> bool:
    """Whether a line is a menu by itself: three short labels or more with bars or dots between them, or two
    with an arrow: the way from the front page to this one."""
    quoted = "\u00ab" in text  # the arrow closes a quotation
    return _are_labels(_BETWEEN_LABELS.split(text.strip()), MENU_LABELS) or (
        not quoted and _are_labels(_ARROW.split(text.strip()), WAY_LABELS)
    )


def _are_labels(parts: Sequence[str], fewest: int) -> bool:
    named = [part for part in parts if part]
    return len(named) >= fewest and all(len(part.split()) <= MENU_WORDS for part in named)


def dated_rows(draft: Draft, rules: Rules) -> Draft:
    """A date with names beside it, parted by bars or dashes: who published the article where and when."""
    first = prose_span(draft.lines)[0]
    rows = ((line, _date_in(line, rules)) for line in draft.lines[:first])
    return draft.without((line, "other", rule) for line, rule in rows if rule)


def _date_in(line: Line, rules: Rules) -> str:
    """The rule that takes one part of a line for a date, where the others are short enough for names."""
    parts = [part for part in _DATED_PARTS.split(line.text.strip()) if part]
    if len(parts) < 2 or line.is_sentence:
        return ""
    found = {part: rules.match(part, normalized(part)) for part in parts}
    dates = [hit[0].id for hit in found.values() if hit and hit[0].kind == "other"]
    names = (part for part, hit in found.items() if not hit)
    return dates[0] if dates and all(len(name.split()) <= MENU_WORDS for name in names) else ""


def site_in_head(draft: Draft, rules: Rules) -> Draft:
    """The site's name, or its section, in the lines before the article."""
    first, last = prose_span(draft.lines)
    if last < first:
        return draft
    head = draft.lines[:first]
    ruled = [(line, _site_rule(draft, head, index)) for index, line in enumerate(head)]
    gone = [(line, "other" if rule == BELOW_TITLE else "site", rule) for line, rule in ruled if rule]
    if not gone:
        return draft
    above = [cut.number for cut in draft.removed if cut.number]
    named = (
        line.text.partition("/")[0].strip()
        for line, kind, rule in gone
        if kind == "site" and (rule != ABOVE_TITLE or not above or (line.number or 0) < min(above))
    )  # below other lines it is rather the last label of a menu
    return replace(draft.without(gone), source=draft.source or next(named, None))


def _site_rule(draft: Draft, head: Sequence[Line], index: int) -> str:
    line = head[index]
    if line.words > SITE_WORDS or line.is_sentence:
        return ""
    if draft.source and _names(line, normalized(draft.source)):
        return "struct.site-is-source"
    if draft.title and "/" in line.text and not _SLASH_IN_NUMBER.search(line.text):
        return "struct.site-section"
    others = [other for place, other in enumerate(head) if place != index and other.words > line.words + 1]
    below_is_title = draft.title_taken or (not draft.title and _is_headline_below(others))
    if index == 0 and line.words <= 4 and below_is_title:
        if any(cut.rule == "struct.page-title" for cut in draft.removed) and _goes_on(head[1:]):
            return ""  # this stands under the title
        if not draft.is_below_title(line):
            return ABOVE_TITLE
        return "" if _is_verse(head) else BELOW_TITLE
    return ""


def _is_verse(head: Sequence[Line]) -> bool:
    """Whether so many short lines begin here that they are rather a poem or a list of the article's."""
    return len(head) >= VERSE_LINES and all(line.words <= SITE_WORDS for line in head[:VERSE_LINES])


def _names(line: Line, source: str) -> bool:
    """Whether a line is the source's name, perhaps with a place or a section and a sign between."""
    if line.key == source:
        return True
    beside = line.key.startswith(f"{source} ") or line.key.endswith(f" {source}")
    return beside and _BESIDE_SOURCE.search(line.text) is not None


def _goes_on(below: Sequence[Line]) -> bool:
    """Whether the line below is half a sentence: the article was cut at a fixed width, and has begun."""
    half = below[0] if below else None
    return half is not None and half.words >= WRAPPED_WORDS and not (half.is_sentence or half.prose)


def _is_headline_below(others: list[Line]) -> bool:
    return any(5 <= other.words <= 25 and not introduces(other.text) for other in others)
