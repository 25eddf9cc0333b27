"""The trained model of the blocks of a page: how likely is each to be no part of the article?

Oblivious trees in the line model's form, over other features (worker/html/features.py), beside a table of
evidence for the words of classes. `benchmarks/train_block_model.py` trains it.
"""

from __future__ import annotations

import io
from dataclasses import dataclass
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray

from worker.text.line_model import LineModel
from worker.text.line_words import Floats
from worker.text.trees import answers_of


@dataclass(frozen=True, slots=True)
class BlockModel:
    """Weights as plain arrays; nothing in them can be read as text."""

    weights: LineModel
    """Trees, threshold and certainty; it has no evidence of its own."""
    classes: NDArray[np.int8]
    """Log-odds of leftover per bucket of class words, in units of EVIDENCE_UNIT."""
    names: NDArray[np.int8]
    """1 for buckets of what leftovers are commonly called, -1 for what articles are, else 0."""

    @classmethod
    def from_bytes(cls, data: bytes) -> BlockModel:
        """The model in an `.npz` file's bytes. Raises ValueError where they are none."""
        weights = LineModel.from_bytes(data)
        try:
            with np.load(io.BytesIO(data), allow_pickle=False) as stored:
                return cls(weights, stored["classes"].astype(np.int8), stored["names"].astype(np.int8))
        except (KeyError, OSError, EOFError, BadZipFile) as error:
            raise ValueError(f"not a block model: {error}") from error

    @property
    def threshold(self) -> float:
        """Probability from which a block is left out."""
        return self.weights.threshold

    def probabilities(self, names: tuple[str, ...], rows: Floats) -> NDArray[np.float64]:
        """Of being leftover, per column. Raises ValueError for other features than it was trained on."""
        if names != self.weights.features:
            raise ValueError(
                "the block model was trained on other features: run benchmarks.train_block_model"
            )
        return 1 / (1 + np.exp(-answers_of(self.weights.trees, rows)))
