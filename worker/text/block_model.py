"""The trained model of the blocks of a page: how likely is each to be no part of the article?

Oblivious trees over `worker/html/features.py`, beside a table of evidence for the words of classes.
`benchmarks/train_block_model.py` trains it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from worker.text.line_words import Floats
from worker.text.trees import Trees, answers_of, arrays_in, trees_in


@dataclass(frozen=True, slots=True)
class BlockModel:
    """Weights as plain arrays; nothing in them can be read as text."""

    features: tuple[str, ...]
    """Names of the features it was trained on; other ones are refused."""
    trees: Trees
    threshold: float
    """Probability from which a block is left out."""
    certainty: tuple[float, ...]
    """As of the line model (`line_model.certainty`)."""
    classes: NDArray[np.int8]
    """Log-odds of leftover per bucket of class words, in units of EVIDENCE_UNIT."""
    names: NDArray[np.int8]
    """1 for buckets of what leftovers are commonly called, -1 for what articles are, else 0."""

    @classmethod
    def from_bytes(cls, data: bytes) -> BlockModel:
        """The model in an `.npz` file's bytes. Raises ValueError where they are none."""
        try:
            arrays = arrays_in(data)
            return cls(
                features=tuple(map(str, arrays["features"])),
                trees=trees_in(arrays),
                threshold=float(arrays["threshold"]),
                certainty=tuple(map(float, arrays["certainty"])),
                classes=arrays["classes"].astype(np.int8),
                names=arrays["names"].astype(np.int8),
            )
        except (KeyError, ValueError) as error:
            raise ValueError(f"not a block model: {error}") from error

    def probabilities(self, names: tuple[str, ...], rows: Floats) -> NDArray[np.float64]:
        """Of being leftover, per column. Raises ValueError for other features than it was trained on."""
        if names != self.features:
            raise ValueError(
                "the block model was trained on other features: run benchmarks/train_block_model.py"
            )
        return 1 / (1 + np.exp(-answers_of(self.trees, rows)))
