"""lightgbm's trees, grown leaf by leaf, as the plain arrays that the worker evaluates
(worker/text/trees.py).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from worker.text.trees import MOST_LEAVES

Question = tuple[int, float, int]
"""Feature, border, and the leaves (bits) that a "yes" rules out."""


def arrays_of(model: Any) -> dict[str, NDArray[Any]]:
    """A booster of numerical features as `asked`, `borders`, `ruled_out`, `leaves`, `bias`."""
    trees = [_tree(one["tree_structure"]) for one in model.dump_model()["tree_info"]]
    most = max(len(questions) for questions, _ in trees)
    asked = np.zeros((most, len(trees)), np.int16)
    borders = np.full((most, len(trees)), np.inf, np.float32)
    ruled_out = np.zeros((most, len(trees)), np.uint32)
    leaves = np.zeros((len(trees), MOST_LEAVES), np.float32)
    for number, (questions, values) in enumerate(trees):
        for place, (feature, border, out) in enumerate(questions):
            asked[place, number] = feature
            borders[place, number] = _rounded_down(border)
            ruled_out[place, number] = out
        leaves[number, : len(values)] = values
    return {
        "asked": asked, "borders": borders, "ruled_out": ruled_out,
        "leaves": leaves.astype(np.float16), "bias": np.array(0.0),
    }  # fmt: skip


def _tree(root: dict[str, Any]) -> tuple[list[Question], list[float]]:
    """Its questions, and the values of its leaves from left to right."""
    values: list[float] = []
    questions = list(_questions(root, values))
    if len(values) > MOST_LEAVES:
        raise ValueError(f"a tree has {len(values)} leaves: the worker takes {MOST_LEAVES}")
    return questions, values


def _questions(node: dict[str, Any], values: list[float]) -> Iterator[Question]:
    if "leaf_value" in node:
        values.append(node["leaf_value"])
        return
    first = len(values)
    yield from _questions(node["left_child"], values)
    yield node["split_feature"], node["threshold"], (1 << len(values)) - (1 << first)
    yield from _questions(node["right_child"], values)


def _rounded_down(border: float) -> np.float32:
    """So that a float32 above the border stays above it."""
    near = np.float32(border)
    return np.nextafter(near, np.float32(-np.inf)) if near > border else near
