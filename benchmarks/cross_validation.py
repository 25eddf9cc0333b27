"""What both trainers do alike: which pages a fold holds out, and what is said of a page's exactness."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

FOLDS = 10


def fold_of(group: str) -> int:
    """The fold that a site's pages are held out in."""
    return zlib.crc32(f"{group}0".encode()) % FOLDS


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


def chances(
    signs: NDArray[np.float64], weights: Sequence[float] | NDArray[np.float64]
) -> NDArray[np.float64]:
    """What such weights say of each page."""
    return np.asarray(1 / (1 + np.exp(-signs @ weights)))


def chances_held_out(
    groups: Sequence[str], signs: NDArray[np.float64], exact: NDArray[np.bool_]
) -> NDArray[np.float64]:
    """What is said of each page by weights fitted on the other folds."""
    fold = np.array([fold_of(group) for group in groups])
    said = np.zeros(len(groups))
    for held in range(FOLDS):
        weights = calibrated(signs[fold != held], exact[fold != held])
        said[fold == held] = chances(signs[fold == held], weights)
    return said


def reliability(said: NDArray[np.float64], exact: NDArray[np.bool_], borders: Sequence[float]) -> str:
    """How often pages are exactly right that were said to be so with such a chance, as Markdown."""
    lines = ["| said | pages | mean said | exactly right |", "|---|---|---|---|"]
    for low, high in pairwise(borders):
        own = (said >= low) & (said < high)
        if own.any():
            figures = f"{own.sum()} | {said[own].mean():.2f} | {exact[own].mean():.2f}"
            lines.append(f"| {low:g} to {high:g} | {figures} |")
    brier, constant = float(((said - exact) ** 2).mean()), float(exact.var())
    return "\n".join([*lines, "", f"Brier score {brier:.3f}; {constant:.3f} if the mean were always said."])
