"""Takes out what a source repeats (worker/text/habits.py): whole lines at the edges of an article, spans that
end it, and the "X - Y:" or "X - Y -" that opens it. Never anything amid its prose, never the only line.
"""

from __future__ import annotations

from dataclasses import replace

from worker.text.blocks import Draft, Line, Removed
from worker.text.edges import (
    HEAD_LINES,
    LINE_WORDS,
    end_of,
    head_unit,
    labels_before,
    labels_in,
    start_unit,
    tail_unit,
)  # fmt: skip
from worker.text.finish import dateline_of
from worker.text.habits import Habits
from worker.text.openings import dashed_openings, opening_of
from worker.text.rules import Rules
from worker.text.sentences import PROSE_WORDS, measured
from worker.text.templates import Words, words_of
from worker.text.zones import prose_span

END_PROSE = 2
"""A disclaimer has two paragraphs at most; what goes on eating is no boilerplate."""
PLACE_WORDS = 3
"""Beside the paper's name in an opening that only a dash ends; more words are rather news."""
OTHER_WORDS = 5
"""A name and a place beside what a source opens with; more words are rather a headline."""
GLUED_WORDS = 4
"""A span that begins amid a line, behind no sentence's end, is believed from so many words on."""
KIND = "learned"


def learned_boilerplate(draft: Draft, rules: Rules) -> Draft:
    """What the article's source repeats, at both ends."""
    habits = rules.habits
    if not habits.units or not draft.lines:
        return draft
    draft = _opening(_dashed_opening(_head(draft, habits), rules), habits)
    while _prose_taken(draft) < END_PROSE and (shorter := _end(draft, habits)) is not draft:
        draft = shorter
    return draft


def _prose_taken(draft: Draft) -> int:
    """How many paragraphs, or ends as long as one, are gone already."""
    return sum(measured(cut.text)[2] for cut in draft.removed if cut.kind == KIND)


def _head(draft: Draft, habits: Habits) -> Draft:
    first, last = prose_span(draft.lines)
    head = draft.lines[: min(first, HEAD_LINES)] if last >= first else ()
    return draft.without(
        (line, KIND, "learned.line") for line in head if head_unit(words_of(line.text)) in habits.units
    )


def _dashed_opening(draft: Draft, rules: Rules) -> Draft:
    line = draft.lines[0]
    for number, end, words in dashed_openings(line.text):
        others = sum(f"dash {number} {word}" not in rules.habits.units for _, word in words.words)
        known = others < len(words.words) and others <= PLACE_WORDS
        if known and not dateline_of([line.text], rules.agencies):
            return draft.cut(line, line.text[end:], line.text[:end].rstrip(), KIND, "learned.opening")
    return draft


def _opening(draft: Draft, habits: Habits) -> Draft:
    line = draft.lines[0]
    found = opening_of(line.text)
    if found is None:
        return draft
    others = [word for _, word in found[1].words if f"open {word}" not in habits.units]
    if len(others) == len(found[1].words) or len(others) > OTHER_WORDS:
        return draft
    end = found[0]
    if line.text[end:].strip():
        return draft.cut(line, line.text[end:], line.text[:end], KIND, "learned.opening")
    return draft.without([(line, KIND, "learned.opening")]) if len(draft.lines) > 1 else draft


def _end(draft: Draft, habits: Habits) -> Draft:
    """One thing less at the end, or the draft as it was."""
    lines = draft.lines
    first, last = prose_span(lines)
    if last < first:
        return draft
    tail = lines[last + 1 :] or lines[-1:]
    known = next((line for line in reversed(tail) if _is_learned(line, habits)), None)
    if known is not None and len(lines) > 1:
        return _unless_empty(draft, draft.without([(known, KIND, "learned.line")]))
    for line in reversed(lines[last:]):
        shorter = _unless_empty(draft, _shortened(draft, line, habits))
        if shorter is not draft:
            return shorter
    return draft


def _unless_empty(draft: Draft, shorter: Draft) -> Draft:
    """The shorter draft, if it still has a paragraph: a bulletin is all template."""
    return shorter if any(line.words >= PROSE_WORDS for line in shorter.lines) else draft


def _is_learned(line: Line, habits: Habits) -> bool:
    offset, words = end_of(line.text)
    if offset or not 0 < len(words.words) <= LINE_WORDS:
        return False
    return tail_unit(words) in habits.units or start_unit(line) in habits.units


def _shortened(draft: Draft, line: Line, habits: Habits) -> Draft:
    """The draft with this line's learned end, or its label and what follows, cut off."""
    offset, words = end_of(line.text)
    cut = _end_span(words, habits)
    if cut is not None and (offset or cut):
        return _cut(draft, line, offset + words.words[cut][0], "learned.end")
    found = _label(words, habits)
    if found is None:
        return draft
    label, start, behind = found
    is_title = f"title {label}" in habits.units
    begin, rest = (offset + words.words[index][0] for index in (start, behind))
    return _without_label(draft, line, begin, rest, is_title)


def _end_span(words: Words, habits: Habits) -> int | None:
    """The word with which the longest learned end begins."""
    count = len(words.words)
    if not count or words.words[-1][1] not in habits.last_words:
        return None
    for start in range(max(0, count - LINE_WORDS), count):
        begins = start in words.sentences or count - start >= GLUED_WORDS
        if begins and _begins_word(words, start) and tail_unit(words, start) in habits.units:
            return start
    return None


def _begins_word(words: Words, index: int) -> bool:
    return index == 0 or words.words[index - 1][0] < words.words[index][0]


def _label(words: Words, habits: Habits) -> tuple[str, int, int] | None:
    """The first learned label that only a headline's length follows: where it begins, what is behind it."""
    for behind in labels_in(words):
        for label, start in labels_before(words, behind):
            if f"label {label}" in habits.units and _begins_word(words, start):
                return label, start, behind
    return None


def _without_label(draft: Draft, line: Line, start: int, behind: int, is_title: bool) -> Draft:
    """The label and what follows it are gone; a headline behind it is the title."""
    text = line.text
    title = text[behind:].strip()
    if draft.title or not is_title:
        return _cut(draft, line, start, "learned.label")
    if not text[:start].strip() and len(draft.lines) == 1:
        return draft
    shorter = _cut(draft, line, start, "learned.label")
    label = Removed(line.number, KIND, "learned.label", text[start:behind].rstrip())
    return replace(shorter, removed=(*shorter.removed[:-1], label), title=title, title_taken=True)


def _cut(draft: Draft, line: Line, start: int, rule: str) -> Draft:
    kept = line.text[:start]
    if kept.strip():
        return draft.cut(line, kept.rstrip(), line.text[start:], KIND, rule)
    return draft.without([(line, KIND, rule)]) if len(draft.lines) > 1 else draft
