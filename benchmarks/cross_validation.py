"""What both trainers do alike: which pages a fold holds out, and what is said of a page's exactness."""

from __future__ import annotations

import zlib

import numpy as np
from numpy.typing import NDArray

FOLDS = 10


def fold_of(group: str, seed: int = 0, folds: int = FOLDS) -> int:
    """The fold that a site's pages are held out in."""
    return zlib.crc32(f"{group}{seed}".encode()) % folds


def calibrated(signs: NDArray[np.float64], exact: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Weights of a logistic regression (Newton's method, a little shrinkage)."""
    weights = np.zeros(signs.shape[1])
    shrink = np.diag([0.0] + [1.0] * (signs.shape[1] - 1))
    for _ in range(30):
        chance = 1 / (1 + np.exp(-signs @ weights))
        slope = signs.T @ (exact - chance) - shrink @ weights
        curve = (signs * (chance * (1 - chance))[:, None]).T @ signs + shrink
        weights = weights + np.linalg.solve(curve, slope)
    return weights
