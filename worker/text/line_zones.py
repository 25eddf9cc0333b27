"""Where each line of a page stands: which lines are prose, which run of them is the article, and what
lies between two paragraphs. (`zones.py` draws the same map for the rules, by words of a line.)
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from worker.text.line_page import Bools, Columns, Ints


def prose_lines(shape: Columns) -> Bools:
    """Lines that are surely paragraphs (or the longest lines where none is)."""
    size, words, stop = shape["size"], shape["words"], shape["stop"]
    prose: Bools = ((size >= 70) & (words >= 9) & stop) | ((size >= 180) & (words >= 20))
    return (
        prose
        if prose.any()
        else size >= max(30.0, 0.6 * size.max())
        if size.max() >= 30
        else size == size.max()
    )


def sums_of(values: NDArray[np.generic]) -> NDArray[np.float64]:
    """Running sums with a zero in front: the sum of [a, b) is `sums[b] - sums[a]`."""
    return np.concatenate([[0.0], np.cumsum(values, dtype=np.float64)])


def median_of(values: NDArray[np.float64]) -> float:
    """Of at least one value; numpy's own is ten times slower on so few."""
    ordered = np.sort(values)
    return float(ordered[(len(ordered) - 1) // 2] + ordered[len(ordered) // 2]) / 2


def _main_run(prose: Bools, size: NDArray[np.float64]) -> tuple[int, int]:
    """First and last line of the run with the most prose, each other line in it costing 60 letters."""
    gains = sums_of(np.where(prose, np.minimum(size, 600), -60))
    last = int(np.argmax(gains[1:] - np.minimum.accumulate(gains)[:-1]))
    return int(np.argmin(gains[: last + 1])), last


@dataclass(frozen=True, slots=True)
class Gaps:
    """For each line the prose line before and behind it (-1 and n where there is none)."""

    prose: Bools
    before: Ints
    behind: Ints

    def mean(self, values: NDArray[np.generic]) -> NDArray[np.float64]:
        """Mean of `values` over the run of other lines that a line stands in; 0 for prose."""
        sums = sums_of(values)
        total = sums[self.behind] - sums[self.before + 1]
        return np.where(self.prose, 0, total / np.maximum(self.behind - self.before - 1, 1))


def gaps_of(prose: Bools) -> Gaps:
    count = len(prose)
    place = np.arange(count)
    before = np.maximum.accumulate(np.where(prose, place, -1))
    behind = np.minimum.accumulate(np.where(prose, place, count)[::-1])[::-1]
    return Gaps(prose, np.concatenate([[-1], before[:-1]]), np.concatenate([behind[1:], [count]]))


def zones(shape: Columns, gaps: Gaps) -> Columns:
    """Where a line stands: in the page, to the prose, in the run of lines between two paragraphs."""
    size, prose = shape["size"], gaps.prose
    count = len(prose)
    place = np.arange(count)
    sums, paragraphs = sums_of(size), sums_of(prose)
    low, high = np.maximum(place - 5, 0), np.minimum(place + 6, count)
    first, last = _main_run(prose, size)
    median = max(median_of(size[prose]), 1.0)
    return {
        "prose": prose,
        "log_size": np.log1p(size),
        "relative": np.minimum(size / median, 4),
        "in_main": (place >= first) & (place <= last),
        "to_main": np.clip(place - first, -20, 20),
        "from_main": np.clip(place - last, -20, 20),
        "gap": np.where(prose, 0, np.minimum(gaps.behind - gaps.before - 1, 40)),
        "gap_size": np.log1p(gaps.mean(size)),
        "gap_place": np.where(prose, 0, np.minimum(place - gaps.before, 20)),
        "in_head": (gaps.before < 0) & ~prose,
        "in_tail": (gaps.behind >= count) & ~prose,
        "to_prose": np.minimum(gaps.behind - place, 30),
        "from_prose": np.minimum(place - gaps.before, 30),
        "lines_behind": np.minimum(count - 1 - place, 40),
        "lines_before": np.minimum(place, 40),
        "line_share": place / count,
        "share_before": sums[:-1] / (sums[-1] + 1),
        "share_behind": 1 - sums[1:] / (sums[-1] + 1),
        "prose_before": np.minimum(paragraphs[:-1], 20),
        "prose_behind": np.minimum(paragraphs[-1] - paragraphs[1:], 20),
        "density": (paragraphs[high] - paragraphs[low]) / (high - low),
        "size_around": np.log1p((sums[high] - sums[low]) / (high - low)),
    }
