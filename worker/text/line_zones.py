"""Where each line of a page stands: which lines are prose, which run of them is the article, and what
lies between two paragraphs. (`zones.py` draws the same map for the rules, by words of a line.)
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from worker.text.line_own import ROW
from worker.text.line_words import Bools, Floats, Ints, Sums

NOT_PROSE_COSTS = 60
"""Letters of prose that another line inside the article has to be worth."""
PARAGRAPH = 600
"""Letters from which a longer paragraph counts no more."""


def prose_lines(own: Floats) -> Bools:
    """Lines that are surely paragraphs (or the longest lines where none is)."""
    size, words = own[ROW["size"]], own[ROW["words"]]
    stop = own[ROW["stop"]] > 0
    prose: Bools = ((size >= 70) & (words >= 9) & stop) | ((size >= 180) & (words >= 20))
    if prose.any():
        return prose
    longest = float(size.max())
    return np.asarray(size >= (max(30.0, 0.6 * longest) if longest >= 30 else longest))


def sums_of(values: Floats | Bools | Ints | Sums) -> Sums:
    """Running sums with a zero in front: the sum of [a, b) is `sums[b] - sums[a]`."""
    sums = np.zeros(len(values) + 1)
    np.cumsum(values, out=sums[1:])
    return sums


def median_of(values: Floats) -> float:
    """Of at least one value; numpy's own is ten times slower on so few."""
    ordered = np.sort(values)
    return float(ordered[(len(ordered) - 1) // 2] + ordered[len(ordered) // 2]) / 2


def main_run(prose: Bools, size: Floats) -> tuple[int, int]:
    """First and last line of the run with the most prose."""
    gains = sums_of(np.where(prose, np.minimum(size, PARAGRAPH), -NOT_PROSE_COSTS))
    last = int(np.argmax(gains[1:] - np.minimum.accumulate(gains)[:-1]))
    return int(np.argmin(gains[: last + 1])), last


@dataclass(frozen=True, slots=True)
class Gaps:
    """For each line the prose line before and behind it (-1 and n where there is none)."""

    prose: Bools
    before: Ints
    behind: Ints
    lines: Ints
    """Lines of the run between the two, at least 1."""

    def mean(self, values: Floats) -> Sums:
        """Mean of `values` over the run of other lines that a line stands in; 0 for prose."""
        sums = sums_of(values)
        return (sums[self.behind] - sums[self.before + 1]) / self.lines * ~self.prose


def gaps_of(prose: Bools) -> Gaps:
    """The runs of lines between the prose."""
    count = len(prose)
    place = np.arange(count)
    before = np.full(count + 1, -1)
    np.maximum.accumulate(np.where(prose, place, -1), out=before[1:])
    behind = np.full(count + 1, count)
    behind[:-1] = np.minimum.accumulate(np.where(prose, place, count)[::-1])[::-1]
    before, behind = before[:-1], behind[1:]
    return Gaps(prose, before, behind, np.maximum(behind - before - 1, 1))
