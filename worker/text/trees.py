"""Decision trees as plain arrays: all questions of all trees are answered for all columns at once.

Two shapes. *Oblivious* trees ask the same question on all of one level, so that the answers are the
bits of a leaf's number. Trees *grown leaf by leaf* ask where it pays most; each question is stored with
the set of leaves on its "no" side, a "yes" rules these out, and the first leaf that nobody ruled out is
the answer (QuickScorer: Lucchese and others, 2015).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from worker.text.line_page import Floats

MOST_LEAVES = 32
"""Of a tree grown leaf by leaf: one bit each."""


@dataclass(frozen=True, slots=True)
class Trees:
    """A sum of trees."""

    asked: NDArray[np.intp]
    """Row of the feature asked about: questions x trees, flattened."""
    borders: Floats
    """The question is "greater than this?"; one per entry of `asked`."""
    leaves: Floats
    """Trees x leaves."""
    bias: float
    ruled_out: NDArray[np.uint32] | None = None
    """Per entry of `asked` the leaves (bits) that a "yes" rules out; None for oblivious trees."""


def trees_in(arrays: Mapping[str, NDArray[Any]]) -> Trees:
    """The trees among the arrays of a weights' file. Raises KeyError or ValueError where there are none."""
    out = arrays.get("ruled_out")
    return Trees(
        asked=arrays["asked"].astype(np.intp).ravel(),
        borders=arrays["borders"].astype(np.float32).reshape(-1, 1),
        leaves=arrays["leaves"].astype(np.float32),
        bias=float(arrays["bias"]),
        ruled_out=None if out is None else out.astype(np.uint32).reshape(-1, 1),
    )


def answers_of(trees: Trees, rows: Floats) -> NDArray[np.float64]:
    """The sum of all trees' answers, per column of the feature rows."""
    number, size = trees.leaves.shape
    leaf = _by_bits(trees, rows) if trees.ruled_out is None else _left_over(trees, trees.ruled_out, rows)
    at = leaf + (np.arange(number) * size)[:, None]
    values: NDArray[np.float64] = trees.leaves.take(at).sum(axis=0, dtype=np.float64)
    return values + trees.bias


def _by_bits(trees: Trees, rows: Floats) -> NDArray[np.uint8]:
    """The leaf of each oblivious tree: one bit a level."""
    number = len(trees.leaves)
    asked, borders = trees.asked.reshape(-1, number), trees.borders.reshape(-1, number, 1)
    leaf = np.zeros((number, rows.shape[1]), np.uint8)
    for level in reversed(range(len(asked))):  # one at a time: what they need stays in the cache
        leaf += leaf
        leaf |= (rows.take(asked[level], axis=0) > borders[level]).view(np.uint8)
    return leaf


def _left_over(trees: Trees, ruled_out: NDArray[np.uint32], rows: Floats) -> NDArray[np.signedinteger]:
    """The first leaf of each tree that no answer rules out."""
    number = len(trees.leaves)
    asked, borders = trees.asked.reshape(-1, number), trees.borders.reshape(-1, number, 1)
    gone = np.zeros((number, rows.shape[1]), np.uint32)
    for question, out in enumerate(ruled_out.reshape(-1, number, 1)):
        gone |= (rows.take(asked[question], axis=0) > borders[question]) * out
    first = ~gone & (gone + np.uint32(1))
    exponent = first.astype(np.float32).view(np.int32) >> 23
    return exponent - 127
