"""Decision trees as plain arrays: all questions of all trees are answered for all columns at once.

Two shapes. *Oblivious* trees ask the same question on all of one level, so that the answers are the
bits of a leaf's number. Trees *grown leaf by leaf* ask where it pays most; each question is stored with
the set of leaves on its "no" side, a "yes" rules these out, and the first leaf that nobody ruled out is
the answer (QuickScorer: Lucchese and others, 2015). What is asked about a feature that all columns share
is answered once for all columns.
"""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray

from worker.text.line_words import Bools, Floats

MOST_LEAVES = 32
"""Of a tree grown leaf by leaf: one bit each."""
AT_ONCE = 512
"""Columns: they take some 20 KB each."""
TOGETHER = 8
"""Questions of each tree that are answered at once: more would be asked in vain of trees that have few."""


@dataclass(frozen=True, slots=True)
class Levels:
    """The questions of oblivious trees: levels × trees."""

    asked: NDArray[np.intp]
    """Row of the feature asked about."""
    borders: Floats
    """The question is "greater than this?"; one per entry of `asked`."""


@dataclass(frozen=True, slots=True)
class Asked:
    """So many questions of each tree: questions × trees."""

    rows: NDArray[np.intp]
    """Row of the feature asked about."""
    borders: Floats
    """The question is "greater than this?"; one per entry of `rows`, like `out`."""
    out: NDArray[np.uint32]
    """The leaves (bits) that a "yes" rules out; none where the tree has no such question."""

    def ruled_out(self, values: Floats) -> NDArray[np.uint32]:
        """The leaves of each tree that the answers rule out, per column of the feature rows."""
        yes = values.take(self.rows, axis=0) > self.borders
        found: NDArray[np.uint32] = np.bitwise_or.reduce(yes * self.out, axis=0)
        return found


@dataclass(frozen=True, slots=True)
class Grown:
    """The questions of trees grown leaf by leaf, those trees first that have the most of their own."""

    own: tuple[Asked, ...]
    """The first questions of all trees, the next ones of those that have more …"""
    shared: Asked
    """The questions about features that all columns share."""


@dataclass(frozen=True, slots=True)
class Trees:
    """A sum of trees."""

    questions: Levels | Grown
    leaves: Floats
    """Trees × leaves; in the weights' file with so few digits that a sum is exact in any order."""
    bias: float


def arrays_in(data: bytes) -> dict[str, NDArray[Any]]:
    """The arrays of a weights' file (`.npz`). Raises ValueError where it is none."""
    try:
        with np.load(io.BytesIO(data), allow_pickle=False) as stored:
            return {name: stored[name] for name in stored.files}
    except (OSError, EOFError, BadZipFile) as error:
        raise ValueError(str(error)) from error


def trees_in(arrays: Mapping[str, NDArray[Any]], shared: Sequence[int] = ()) -> Trees:
    """The trees among the arrays of a weights' file; `shared` are the rows of features that are the same
    for all columns. Raises KeyError or ValueError where there are none."""
    asked, borders = arrays["asked"].astype(np.intp), arrays["borders"].astype(np.float32)
    leaves, bias = arrays["leaves"].astype(np.float32), float(arrays["bias"])
    if "ruled_out" not in arrays:
        return Trees(Levels(asked, borders[..., None]), leaves, bias)
    out = arrays["ruled_out"].astype(np.uint32)
    own = (out != 0) & ~np.isin(asked, shared)
    most_first = np.argsort(-own.sum(axis=0), kind="stable")
    questions = _grown(asked[:, most_first], borders[:, most_first], out[:, most_first], own[:, most_first])
    return Trees(questions, leaves[most_first], bias)


def _grown(asked: NDArray[np.intp], borders: Floats, out: NDArray[np.uint32], own: Bools) -> Grown:
    """`own` says which questions are about a feature that columns do not share."""
    shared = _first(~own & (out != 0), asked, borders, out * ~own)
    rows, limits, gone = _first(own, asked, borders, out * own)
    counts = own.sum(axis=0)
    parts = []
    for start in range(0, len(rows), TOGETHER):
        part, trees = slice(start, start + TOGETHER), int((counts > start).sum())
        parts.append(_asked(rows[part, :trees], limits[part, :trees], gone[part, :trees]))
    return Grown(tuple(parts), _asked(*shared))


def _asked(rows: NDArray[np.intp], borders: Floats, out: NDArray[np.uint32]) -> Asked:
    return Asked(rows.copy(), borders[..., None].copy(), out[..., None].copy())  # each in one piece


def _first(chosen: Bools, *arrays: NDArray[Any]) -> list[NDArray[Any]]:
    """The chosen entries of each column moved to its beginning; rows without any are left out."""
    places = np.argsort(~chosen, axis=0, kind="stable")[: chosen.sum(axis=0).max(initial=0)]
    return [np.take_along_axis(array, places, axis=0) for array in arrays]


def answers_of(trees: Trees, rows: Floats) -> NDArray[np.float64]:
    """The sum of all trees' answers, per column of the feature rows."""
    if rows.shape[1] > AT_ONCE:
        parts = [rows[:, start : start + AT_ONCE] for start in range(0, rows.shape[1], AT_ONCE)]
        return np.concatenate([answers_of(trees, part) for part in parts])
    number, size = trees.leaves.shape
    questions = trees.questions
    leaf = _by_bits(questions, rows) if isinstance(questions, Levels) else _left_over(questions, number, rows)
    at = leaf + (np.arange(number) * size)[:, None]
    values: NDArray[np.float64] = trees.leaves.take(at).sum(axis=0, dtype=np.float64)
    return values + trees.bias


def _by_bits(questions: Levels, rows: Floats) -> NDArray[np.uint8]:
    """The leaf of each oblivious tree: one bit a level."""
    asked, borders = questions.asked, questions.borders
    leaf = np.zeros((asked.shape[1], rows.shape[1]), np.uint8)
    for level in reversed(range(len(asked))):  # one at a time: what they need stays in the cache
        leaf += leaf
        leaf |= (rows.take(asked[level], axis=0) > borders[level]).view(np.uint8)
    return leaf


def _left_over(questions: Grown, number: int, rows: Floats) -> NDArray[np.signedinteger]:
    """The first leaf of each tree that no answer rules out."""
    gone = np.empty((number, rows.shape[1]), np.uint32)
    gone[:] = questions.shared.ruled_out(rows[:, :1])
    for part in questions.own:
        out = part.ruled_out(rows)
        gone[: len(out)] |= out
    first = ~gone & (gone + np.uint32(1))
    exponent = first.astype(np.float32).view(np.int32) >> 23
    return exponent - 127
