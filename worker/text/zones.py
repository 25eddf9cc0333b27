"""Where the article's prose is: head, body and tail of a list of lines."""

from __future__ import annotations

import itertools
import re
from collections.abc import Sequence
from functools import lru_cache

from worker.text.blocks import Line
from worker.text.rules import Zone

WRAPPED_WORDS = 6
"""A line that goes on in the next one is longer than headings and labels."""
SHORT_END_WORDS = 8
"""What is left for the last line of a paragraph that was cut at a fixed width."""
WRAPPED_SIGNS = 3
HOUR = re.compile(r"\s*(?:[01]?\d|2[0-3])[:.h][0-5]\d\s?(?:[AaPp]\.?[Mm]\.?|h|Uhr)?\s*:?\s*")
"""The hour of an entry in a live page."""


def prose_span(lines: Sequence[Line]) -> tuple[int, int]:
    """Index of the first prose line and of the last one; (0, -1) where there is none."""
    return _prose_span(tuple(lines))


@lru_cache(maxsize=32)  # nearly every cleaner asks, about the same lines
def _prose_span(lines: tuple[Line, ...]) -> tuple[int, int]:
    prose = [index for index, line in enumerate(lines) if line.prose]
    if not prose:
        return 0, -1
    if is_wrapped(lines):
        return _first_of_paragraph(lines, prose[0]), _last_of_paragraph(lines, prose[-1])
    return prose[0], prose[-1]


@lru_cache(maxsize=32)
def is_wrapped(lines: tuple[Line, ...]) -> bool:
    """Whether paragraphs were cut at a fixed width, so that many lines end in mid-sentence.

    The sign: an open line followed by a short one that ends like a sentence, several times.
    """
    signs = 0
    for line, following in itertools.pairwise(lines):
        if line.prose and not line.is_sentence and following.words <= SHORT_END_WORDS:
            signs += following.is_sentence
        elif line.words >= WRAPPED_WORDS and following.is_sentence and not line.is_sentence:
            signs += following.words <= SHORT_END_WORDS or following.text.lstrip()[:1].islower()
    return signs >= WRAPPED_SIGNS


def _first_of_paragraph(lines: Sequence[Line], index: int) -> int:
    """The line where the wrapped paragraph that holds this one begins, at the earliest."""
    while index and lines[index - 1].words >= WRAPPED_WORDS + 2 and not lines[index - 1].is_sentence:
        index -= 1
    return index


def _last_of_paragraph(lines: Sequence[Line], index: int) -> int:
    for place in range(index + 1, len(lines)):
        if lines[place].words < WRAPPED_WORDS and not lines[place].is_sentence:
            break
        if lines[place].is_sentence:
            index = place
    return index


def zone_of(index: int, first: int, last: int) -> Zone:
    """Head is before the first prose line, tail behind the last one."""
    if last < first:
        return "tail" if index else "head"
    return "head" if index < first else "tail" if index > last else "body"


def hours_of(lines: Sequence[Line]) -> set[int]:
    """The hours of a live page: two different ones or more, each right above what happened then."""
    found = {
        number: line.key
        for number, (line, below) in enumerate(itertools.pairwise(lines))
        if HOUR.fullmatch(line.text) and (below.prose or below.is_sentence)
    }
    return set(found) if len(set(found.values())) > 1 else set()
