"""Features of every line of a flattened page, the same for all scripts and languages.

A line is judged by its shape and by what its words say (`line_own.py`), by where it stands, by what
stands around it and by what kind of page it is on: the position to the prose, the lengths and ends of
its neighbours, the words it shares with the prose. Everything is computed for all lines at once.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from itertools import groupby

import numpy as np

from worker.text.line_own import OWN, PAGE_BITS, ROW, Page
from worker.text.line_words import Bools, Floats, Ints, Sums
from worker.text.line_zones import Gaps, gaps_of, main_run, median_of, prose_lines, sums_of

RULE_EVIDENCE = 4.0
"""A line that a phrase rule takes counts for its neighbours like a line of words seen in leftovers only."""
NOBODY = -9.0
"""Told where there is no such neighbour."""
NEAR = 2
AROUND = 5

PLACE = (
    "log_size", "relative", "in_main", "to_main", "from_main", "gap", "gap_size", "gap_place",
    "to_prose", "from_prose", "lines_behind", "line_share", "share_before", "share_behind",
    "prose_before", "prose_behind", "density", "size_around",
)  # fmt: skip
LIKENESS = (
    "cohesion", "cohesion_capitals", "repeats", "repeated", "same_head", "same_tail", "like_run",
)  # fmt: skip
EVIDENCE = ("evidence", "evidence_near", "evidence_around", "gap_evidence", "gap_opens")
PAGE = (
    "page_lines", "page_main", "page_prose_size", "page_unstopped", "page_known", "page_median",
    "page_repeats", "page_same_head", "page_subheads", "page_evidence", "page_hit",
)  # fmt: skip
_NEXT = (
    "capitals", "words", "evidence", "said_mean", "paired", "full_stop", "last", "repeats", "digits",
    "in_slug", "log_size", "cohesion",
)  # fmt: skip
_OFFSETS = {-2: _NEXT[:3], -1: _NEXT, 1: _NEXT, 2: _NEXT[:3]}
"""What a line is told about the lines two before to two behind it."""
FEATURES = (
    *OWN, *PLACE, *LIKENESS, *EVIDENCE, *PAGE,
    *(f"{name}{offset:+d}" for offset, names in _OFFSETS.items() for name in names),
)  # fmt: skip
_AT = {name: number for number, name in enumerate(FEATURES)}
_NEIGHBOURS = {offset: [_AT[name] for name in names] for offset, names in _OFFSETS.items()}


def line_features(page: Page, hits: Sequence[bool]) -> Floats:
    """One row per feature (`FEATURES`), one column per line; `hits` are lines that a rule takes."""
    own, count = page.own, len(page)
    rows = np.empty((len(FEATURES), count), np.float32)
    rows[: len(OWN)] = own
    gaps = gaps_of(prose_lines(own))
    _place(rows, own[ROW["size"]], gaps)
    _likeness(rows, page, gaps.prose)
    _evidence(rows, gaps, hits)
    _page(rows, gaps, sum(hits))
    at = _AT[f"{_NEXT[0]}-2"]
    for offset, names in _NEIGHBOURS.items():
        told = rows[names]
        place = rows[at : at + len(names)]
        place[:] = NOBODY
        if offset < 0:
            place[:, -offset:] = told[:, :offset]
        else:
            place[:, :-offset] = told[:, offset:]
        at += len(names)
    return rows


def _place(rows: Floats, size: Floats, gaps: Gaps) -> None:
    """Where a line stands: in the page, to the prose, in the run of lines between two paragraphs."""
    prose, count = gaps.prose, rows.shape[1]
    place = np.arange(count)
    other = ~prose
    sums, paragraphs = sums_of(size), sums_of(prose)
    low, high = np.maximum(place - AROUND, 0), np.minimum(place + AROUND + 1, count)
    first, last = main_run(prose, size)
    total = sums[-1] + 1
    rows[_AT["log_size"] : _AT["cohesion"]] = (
        np.log1p(size),
        np.minimum(size / max(median_of(size[prose]), 1.0), 4),
        (place >= first) & (place <= last),
        np.maximum(np.minimum(place - first, 20), -20),
        np.maximum(np.minimum(place - last, 20), -20),
        np.minimum(gaps.lines * other, 40),
        np.log1p(gaps.mean(size)),
        np.minimum((place - gaps.before) * other, 20),
        np.minimum(gaps.behind - place, 30),
        np.minimum(place - gaps.before, 30),
        np.minimum(count - 1 - place, 40),
        place / count,
        sums[:-1] / total,
        1 - sums[1:] / total,
        np.minimum(paragraphs[:-1], 20),
        np.minimum(paragraphs[-1] - paragraphs[1:], 20),
        (paragraphs[high] - paragraphs[low]) / (high - low),
        np.log1p((sums[high] - sums[low]) / (high - low)),
    )


def _shared(page: Page, chosen: Bools) -> Bools:
    """For each word, whether it occurs in a chosen line other than its own."""
    inside = np.flatnonzero(chosen[page.word_line])
    rows, lines = page.word_row[inside], page.word_line[inside] + 1
    first = np.zeros(1 << PAGE_BITS, np.int32)
    last = np.zeros(1 << PAGE_BITS, np.int32)
    first[rows[::-1]] = lines[::-1]
    last[rows] = lines
    mine = page.word_line + 1
    one, other = first[page.word_row], last[page.word_row]
    return np.asarray((one > 0) & ((one != mine) | (other != mine)))


def _likeness(rows: Floats, page: Page, prose: Bools) -> None:
    """How much of a line is said in the prose too; lines said twice; lines like others (lists, tables)."""
    count = len(page)
    kinds = page.word_line * 4 + page.capital * 2 + _shared(page, prose)
    number = np.bincount(kinds, minlength=4 * count).reshape(count, 4)
    capitals = number[:, 2] + number[:, 3]
    rows[_AT["cohesion"] : _AT["repeats"]] = (
        (number[:, 1] + number[:, 3]) / np.maximum(number.sum(axis=1), 1),
        np.where(capitals > 0, number[:, 3] / np.maximum(capitals, 1), -1),
    )
    rows[_AT["repeats"] : _AT["evidence"]] = _again(page, _alike(page.own))


def _again(page: Page, run: list[int]) -> list[list[int]]:
    """How many other lines say the same, whether an earlier one does, how many begin or end like it."""
    whole, head, tail = page.whole.tolist(), page.head.tolist(), page.tail.tolist()
    wholes, heads, tails = Counter(whole), Counter(head), Counter(tail)
    same = [wholes[key] - 1 for key in whole]
    first = {key: number for number, key in reversed(list(enumerate(whole)))}
    return [
        same,
        [first[key] < number for number, key in enumerate(whole)],
        [min(heads[key] - 1 - other, 20) for key, other in zip(head, same, strict=True)],
        [min(tails[key] - 1 - other, 20) for key, other in zip(tail, same, strict=True)],
        run,
    ]


def _alike(own: Floats) -> list[int]:
    """How many lines in a row begin and end with the same kinds of characters and are about as long."""
    kinds = own[ROW["first"]] * 16 + own[ROW["last"]] + 256 * np.floor(np.log2(own[ROW["size"]] + 1) / 2)
    runs: list[int] = []
    for _, run in groupby(kinds.tolist()):
        length = len(list(run))
        runs += [min(length, 20)] * length
    return runs


def _evidence(rows: Floats, gaps: Gaps, hits: Sequence[bool]) -> None:
    """What the words of a line, of its neighbours and of its run say."""
    count = rows.shape[1]
    said = rows[ROW["said"]] + rows[ROW["paired"]]
    np.minimum(np.maximum(said, -8), 8, out=said)
    said[np.array(hits, bool)] = RULE_EVIDENCE
    place = np.arange(count)
    sums = sums_of(said)
    rows[_AT["evidence"] : _AT[PAGE[0]]] = (
        said,
        _around(sums, said, place, NEAR),
        _around(sums, said, place, AROUND),
        gaps.mean(said),
        said[np.minimum(gaps.before + 1, count - 1)] * ~gaps.prose,
    )


def _around(sums: Sums, said: Floats, place: Ints, reach: int) -> Sums:
    """Mean of what is said by the lines around each, itself not counted."""
    low, high = np.maximum(place - reach, 0), np.minimum(place + reach + 1, len(place))
    return np.asarray((sums[high] - sums[low] - said) / (high - low))


def _page(rows: Floats, gaps: Gaps, hits: int) -> None:
    """What kind of page this is: an article, a list, a live blog."""
    prose, size, count = gaps.prose, rows[ROW["size"]], rows.shape[1]
    paragraphs = int(prose.sum())
    ends = (gaps.before >= 0) & (gaps.behind < count)
    rows[_AT["page_lines"] : _AT["page_hit"] + 1] = np.array([
        count,
        rows[_AT["in_main"]].sum() / count,
        size[prose].sum() / (size.sum() + 1),
        (prose & (rows[ROW["full_stop"]] == 0)).sum() / paragraphs,
        rows[ROW["known"]].sum() / count,
        median_of(size[prose]),
        (rows[_AT["repeats"]] > 0).sum() / count,
        (rows[_AT["same_head"]] > 0).sum() / count,
        (~prose & ends & (gaps.lines == 1)).sum() / paragraphs,
        rows[_AT["evidence"]].sum() / count,
        hits / count,
    ])[:, None]  # fmt: skip
