"""catboost's oblivious trees as the plain arrays that the worker evaluates (worker/text/line_model.py)."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray


def _stored(model: Any) -> Any:
    with tempfile.NamedTemporaryFile(suffix=".json") as file:
        model.save_model(file.name, format="json")
        return json.loads(Path(file.name).read_text())


def arrays_of(models: Sequence[Any]) -> dict[str, NDArray[Any]]:
    """The mean of the models' log-odds as one model: `asked`, `borders`, `leaves`, `bias`."""
    stored = [_stored(model) for model in models]
    trees = [tree for one in stored for tree in one["oblivious_trees"]]
    depth = max(len(tree["splits"] or ()) for tree in trees)
    asked = np.zeros((depth, len(trees)), np.int16)
    borders = np.full((depth, len(trees)), np.inf, np.float32)
    leaves = np.zeros((len(trees), 1 << depth), np.float32)
    for number, tree in enumerate(trees):
        for level, split in enumerate(tree["splits"] or ()):
            asked[level, number] = split["float_feature_index"]
            borders[level, number] = split["border"]
        leaves[number, : len(tree["leaf_values"])] = tree["leaf_values"]
    share = 1 / len(models)  # catboost's scale is 1 for a classifier
    bias = share * sum(one["scale_and_bias"][1][0] for one in stored)
    return {
        "asked": asked,
        "borders": borders,
        "leaves": (leaves * share).astype(np.float16),
        "bias": np.array(bias),
    }
