"""The cleaner that asks the trained line model about the lines that no rule took.

First with everything that was on the page around them, then with the remaining lines alone until
nothing more goes: what comes out is then what a second cleaning would leave as it is.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from worker.text.blocks import Draft, Line
from worker.text.line_model import LineModel, certainty, score_lines
from worker.text.rules import Rules
from worker.text.zones import is_prose, prose_span

ROUNDS = 4
"""Lines that go can uncover others; real pages are settled after one or two rounds."""
RULE = "model.line"
STATEMENT_WORDS = 6
STATEMENT_THRESHOLD = 0.75
"""A whole sentence goes only where the model is this sure: losing one is worse than keeping a footer."""
EXTRACTED_THRESHOLD = 0.8
"""Behind an extractor most of the chaff is gone already, and what is left looks more like the article."""
MIN_LINES = 3
"""Fewer lines have no structure that the model could judge."""


def unlikely_lines(draft: Draft, rules: Rules) -> Draft:
    """Lines that the model takes for leftovers, with its confidence above the threshold."""
    model = rules.line_model
    if model is None or draft.settled == draft.lines or all(line.prose for line in draft.lines):
        return draft  # where everything left is running text there is nothing to judge
    page, hits = page_around(draft)
    extracted = all(line.number is None for line in page)
    for _ in range(ROUNDS):
        span = prose_span(page)
        scores = _scores(page, hits, draft, model)
        if draft.certainty is None:
            draft = replace(draft, certainty=certainty(model, scores, hits))
        gone = [
            (line, kind_of(page, number, span), RULE)
            for number, (line, hit, score) in enumerate(zip(page, hits, scores, strict=True))
            if not hit and score >= _threshold(line, model.threshold, extracted)
        ]
        if gone and len(gone) < len(draft.lines):
            draft = draft.without(gone)
        elif len(page) == len(draft.lines):
            break
        page, hits = draft.lines, [False] * len(draft.lines)
    return replace(draft, settled=draft.lines)


def _threshold(line: Line, usual: float, extracted: bool) -> float:
    """Higher for whole sentences, short ones aside, and behind an extractor."""
    statement = line.is_sentence and line.words >= STATEMENT_WORDS
    return max(usual, STATEMENT_THRESHOLD * statement, EXTRACTED_THRESHOLD * extracted)


def page_around(draft: Draft) -> tuple[tuple[Line, ...], list[bool]]:
    """The lines with those that rules took put back in their places, and which these are."""
    standing = {line.number for line in draft.lines}
    if draft.settled or None in standing:
        return draft.lines, [False] * len(draft.lines)
    taken = {cut.number: Line(cut.number, cut.text) for cut in draft.removed if cut.number not in standing}
    page = tuple(sorted((*draft.lines, *taken.values()), key=lambda line: line.number or 0))
    return page, [line.number in taken for line in page]


def _scores(page: Sequence[Line], hits: Sequence[bool], draft: Draft, model: LineModel) -> list[float]:
    if len(page) < MIN_LINES:
        return [0.0] * len(page)
    texts = [line.text for line in page]
    return score_lines(texts, title=draft.title or None, url=draft.url, rule_hits=hits, model=model)


def kind_of(page: Sequence[Line], number: int, span: tuple[int, int]) -> str:
    """The contract's kind for a dropped line, from structure alone: `other` where that says nothing.

    `span` is where the page's prose begins and ends.
    """
    line = page[number]
    first, last = span
    if "\u00a9" in line.text:
        return "copyright" if number > last >= first else "media_credit"
    if is_prose(line):
        return "other"
    if line.words <= 2 and any(char.isdigit() for char in line.text):
        return "counter"
    if number < first:
        return "navigation"
    beside = [
        one
        for one in (*page[max(0, number - 1) : number], *page[number + 1 : number + 2])
        if not is_prose(one)
    ]
    if number > last and line.words <= 3 and any(one.words <= 3 for one in beside):
        return "tags"
    return "related" if line.words >= 4 and beside and line.text.rstrip()[-1:].isalnum() else "other"
