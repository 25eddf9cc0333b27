"""What the words of the blocks say about each other: taken by the extractor, said again, in the title."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from worker.text.line_words import Columns, Ints, Lines, Sums, read_lines
from worker.text.tokens import among

RUN = 3
"""Words in a row that two texts must share for the shorter to be part of the longer."""


def runs_of(words: Lines) -> tuple[Ints, Ints]:
    """Block and hash of each RUN of words inside one block."""
    line, hashed = words.line, words.hash
    if len(hashed) < RUN:
        return line[:0], hashed[:0]
    same = line[: 1 - RUN] == line[RUN - 1 :]
    runs = hashed[: 1 - RUN] * 1009 + hashed[1 : 2 - RUN] * 31 + hashed[RUN - 1 :]
    return line[: 1 - RUN][same], runs[same]


def agreement(words: Lines, extracted: Sequence[str]) -> Sums:
    """How much of each block the extractor took, 0 to 1."""
    count = len(words)
    if not extracted:
        return np.zeros(count)
    other = read_lines(extracted)
    whole = among(words.whole(), np.sort(other.whole())) & (words.per_line() > 0)
    at, runs = runs_of(words)
    _, known = runs_of(other)
    number = np.bincount(at, minlength=count)
    share = np.bincount(at, among(runs, np.sort(known)), minlength=count) / np.maximum(number, 1)
    return np.where(whole, 1.0, share)


def _elsewhere(words: Lines) -> tuple[Sums, Sums]:
    """How much of each block other blocks say too, and how much of it blocks before it have said."""
    at, runs = runs_of(words)
    count = len(words)
    if not len(runs):
        return np.zeros(count), np.zeros(count)
    _, which = np.unique(runs, return_inverse=True)
    which = which.ravel()
    low = np.full(int(which.max()) + 1, count)
    np.minimum.at(low, which, at)
    high = np.zeros(int(which.max()) + 1, int)
    np.maximum.at(high, which, at)
    number = np.maximum(np.bincount(at, minlength=count), 1)
    shared = np.bincount(at, low[which] != high[which], minlength=count)
    before = np.bincount(at, low[which] < at, minlength=count)
    return shared / number, before / number


def said_again(words: Lines, title: Ints, summary: Ints) -> Columns:
    """Blocks said twice, and how much of a block is in the page's title or in its description of itself, and
    the other way round."""
    keys: list[int] = words.whole().tolist()
    counts: dict[int, int] = {}
    earlier = []
    for key in keys:
        earlier.append(key in counts)
        counts[key] = counts.get(key, 0) + 1
    number = np.maximum(words.per_line(), 1)
    titled = words.per_line(among(words.hash, np.sort(title)))
    described = words.per_line(among(words.hash, np.sort(summary)))
    elsewhere, before = _elsewhere(words)
    return {
        "repeats": np.minimum([counts[key] - 1 for key in keys], 6),
        "repeated": np.array(earlier),
        "elsewhere": elsewhere,
        "said_before": before,
        "in_title": titled / number,
        "of_title": np.minimum(titled / max(1, len(title)), 1),
        "in_summary": described / number,
        "of_summary": np.minimum(described / max(1, len(summary)), 1),
    }
