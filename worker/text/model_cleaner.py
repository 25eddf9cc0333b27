"""The cleaner that asks the trained line model about the lines that no rule took.

First with everything that was on the page around them, then with the remaining lines alone until
nothing more goes: what comes out is then what a second cleaning would leave as it is.
"""

from __future__ import annotations

import itertools
import math
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from worker.text.blocks import Draft, Line
from worker.text.line_model import LineModel, certainty, flat, score_page
from worker.text.line_own import read_page
from worker.text.phrases import crediting
from worker.text.rules import Rules
from worker.text.zones import hours_of, prose_span

ROUNDS = 4
"""Lines that go can uncover others; real pages are settled after one or two rounds."""
RULE = "model.line"
STATEMENT_WORDS = 6
STATEMENT_ODDS = 0.5
"""Log-odds taken off for whole sentences: losing one is worse than keeping a footer."""
SPEAKER = re.compile(r"\s*[^\W\d_]\s?[:：]\s*\w")
"""A question or an answer: "Q: …", "A: …", "س: …", "問：…"; the model takes short ones for labels."""
POINT = re.compile(r"\s*\d{1,3}\s?[)\-\u2013]\s*[^\W\d_]")
POINT_WORDS = 4
"""A point of a list, "12- Chad": the model takes short ones for counters."""
LINK = re.compile(r"https?://|\bwww\.")
EXTRACTED_THRESHOLD = 0.8
"""Behind an extractor most of the chaff is gone already, and what is left looks more like the article."""
NUMBERED = re.compile(r"\s*#?(\d{1,2})[.):]\s+[^\W\d](?!.*\b(?:19|20)\d\d\W*$)")
"""A heading with its number, not the day of a date."""
# A full stop: prompts exclaim and ask. Newspapers of East Asia name the writer behind it.
CLOSING = re.compile(r"\w[\"”’»）)]?[.。।۔][\"”’»」』）)]?\s*+(?P<named>[(（][^()（）]{2,20}[)）])?\s*+$")
NAMED_END = (")", "\uff09")
MIN_LINES = 3
"""Fewer lines have no structure that the model could judge."""


def unlikely_lines(draft: Draft, rules: Rules) -> Draft:
    """Lines that the model takes for leftovers, with its confidence above the threshold; it is not asked
    where all is prose, or where there is too little that it could judge."""
    model = rules.line_model
    if model is None or draft.settled == draft.lines:
        return draft
    if all(line.prose for line in draft.lines):
        return _told(draft, model, [0.0] * len(draft.lines), [False] * len(draft.lines))
    lines, hits = page_around(draft)
    if len(lines) < MIN_LINES:
        return _told(draft, model, [0.0] * len(lines), hits)
    page = read_page(
        [flat(line.text) for line in lines], model.evidence, title=draft.title or None, url=draft.url
    )
    clean_already = is_as_published(draft)
    for _ in range(ROUNDS):
        scores = score_page(page, hits, model)
        draft = _told(draft, model, scores, hits)
        gone = [] if clean_already else _gone(lines, hits, scores, model)
        if gone and len(gone) < len(draft.lines):
            told = [(line, *found) for line, _, _ in gone if (found := rules.match(line.text, line.key))]
            kinds = {id(line): rule.kind for line, rule, _ in told}
            draft = crediting(draft, told, rules)
            draft = draft.without((line, kinds.get(id(line), kind), rule) for line, kind, rule in gone)
        elif len(lines) == len(draft.lines):
            break
        standing = {id(line) for line in draft.lines}
        page = page.only(np.array([id(line) in standing for line in lines]))
        lines, hits = draft.lines, [False] * len(draft.lines)
    return replace(draft, settled=draft.lines)


def is_as_published(draft: Draft) -> bool:
    """Whether a text has the form of a clean article, and no rule found anything to take: a title that is no
    line of it, one blank line between paragraphs. Who wrote it so, Winnow itself or an extractor, may have
    seen the page, and knew more than the lines alone tell."""
    titled = bool(draft.title) and not draft.title_taken
    spaced = all(line.number == 2 * place + 1 for place, line in enumerate(draft.lines))
    return titled and spaced and not draft.removed


def _told(draft: Draft, model: LineModel, scores: Sequence[float], hits: Sequence[bool]) -> Draft:
    """The draft with the first opinion about how certain it is."""
    if draft.certainty is not None:
        return draft
    return replace(draft, certainty=certainty(model, scores, hits))


def _gone(
    lines: Sequence[Line], hits: Sequence[bool], scores: Sequence[float], model: LineModel
) -> list[tuple[Line, str, str]]:
    """The lines to go, with their kinds."""
    asked = [number for number, hit in enumerate(hits) if not hit]
    judged = [(lines[number], scores[number]) for number in asked]
    chosen = [number for number, goes in zip(asked, lines_to_go(judged, model), strict=True) if goes]
    if not chosen:
        return []
    standing = [not hit for hit in hits]
    for number in chosen:
        standing[number] = False
    span, kept = prose_span(lines), points_of(lines) | hours_of(lines) | closings_of(lines, standing)
    return [(lines[number], kind_of(lines, number, span), RULE) for number in chosen if number not in kept]


def closings_of(lines: Sequence[Line], standing: Sequence[bool]) -> set[int]:
    """The short sentences right behind one that stays: "No one was hurt." The model takes them for prompts,
    which stand behind an article, too. What stands twice is a button all the same."""
    found: set[int] = set()
    said = Counter(line.key for line in lines)
    for number, (above, line) in enumerate(itertools.pairwise(lines), 1):
        follows = (standing[number - 1] and (above.prose or above.is_sentence)) or number - 1 in found
        if follows and line.words > 1 and said[line.key] == 1 and _closes(line):
            found.add(number)
    return found


def _closes(line: Line) -> bool:
    """Whether a line is a short statement, or one behind which its writer's name stands in brackets."""
    if line.words >= STATEMENT_WORDS and not line.text.rstrip().endswith(NAMED_END):
        return False
    closing = CLOSING.search(line.text)
    return closing is not None and (line.words < STATEMENT_WORDS or closing["named"] is not None)


def points_of(lines: Sequence[Line]) -> set[int]:
    """The numbered headings of an article in points: paragraphs stand between one and the next."""
    found: set[int] = set()
    last, before = -1, -1
    for number, line in enumerate(lines):
        point = NUMBERED.match(line.text)
        if not point or line.prose:
            continue
        if int(point[1]) == last + 1 and any(between.prose for between in lines[before + 1 : number]):
            found |= {before, number}
        last, before = int(point[1]), number
    return found - {-1}


def lines_to_go(judged: Sequence[tuple[Line, float]], model: LineModel) -> list[bool]:
    """Which lines go: those that are surely leftovers, and the doubtful ones if all of them together are
    expected to cost few of the article's words. On a page that is hard to judge, a list or a live blog,
    they stay. All or none: were some of them to go, others would go when the text is cleaned again."""
    extracted = all(line.number is None for line, _ in judged)
    sure = max(model.threshold, EXTRACTED_THRESHOLD * extracted)
    chances = [_chance(line, score) for line, score in judged]
    costs = [
        line.words * (1 - chance) if chance < sure else 0.0
        for (line, _), chance in zip(judged, chances, strict=True)
    ]
    doubtful = sum(cost for cost, chance in zip(costs, chances, strict=True) if chance >= model.doubtful)
    least = sure if extracted or doubtful > model.share * sum(costs) else min(sure, model.doubtful)
    return [chance >= least for chance in chances]


def _chance(line: Line, score: float) -> float:
    """The score; none for what somebody says and for points of a list, lowered for whole sentences, short
    ones aside."""
    if SPEAKER.match(line.text) or (line.words <= POINT_WORDS and POINT.match(line.text)):
        return 0.0
    if not line.is_sentence or line.words < STATEMENT_WORDS:
        return score
    return score / (score + (1 - score) * math.exp(STATEMENT_ODDS))


def page_around(draft: Draft) -> tuple[tuple[Line, ...], list[bool]]:
    """The lines with those that rules took put back in their places, and which these are."""
    standing = {line.number for line in draft.lines}
    if draft.settled or None in standing:
        return draft.lines, [False] * len(draft.lines)
    taken = {cut.number: Line(cut.number, cut.text) for cut in draft.removed if cut.number not in standing}
    page = tuple(sorted((*draft.lines, *taken.values()), key=lambda line: line.number or 0))
    return page, [line.number in taken for line in page]


def kind_of(page: Sequence[Line], number: int, span: tuple[int, int]) -> str:
    """The contract's kind for a dropped line, from structure alone: `other` where that says nothing.

    `span` is where the page's prose begins and ends.
    """
    line = page[number]
    first, last = span
    if "\u00a9" in line.text:
        return "copyright" if number > last >= first else "media_credit"
    if line.prose:
        return "other"
    if LINK.search(line.text):
        return "related"
    if line.words <= 2 and any(char.isdigit() for char in line.text):
        return "counter"
    if number < first:
        return "navigation"
    neighbours = (*page[max(0, number - 1) : number], *page[number + 1 : number + 2])
    beside = [one for one in neighbours if not one.prose]
    if number > last and line.words <= 3 and any(one.words <= 3 for one in beside):
        return "tags"
    return "related" if line.words >= 4 and beside and line.text.rstrip()[-1:].isalnum() else "other"
