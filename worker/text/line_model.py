"""The trained line model: how likely is each line of a flattened page to be leftover?

Trees over `line_features`; all questions of all trees are answered for all lines at once
(`worker/text/trees.py`). `benchmarks/train_line_model.py` trains it and writes the weights; what they
may do is in `benchmarks/line_model.md`.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from worker.text.block_model import BlockModel
from worker.text.line_features import FEATURES, PAGE, line_features
from worker.text.line_own import Evidence, Page
from worker.text.line_words import Ints
from worker.text.trees import Trees, answers_of, arrays_in, trees_in

KNOWN = (0.3, 0.6)
"""Share of a page's words that the evidence knows: by chance in a language it never saw, and well."""
SHYNESS = 3.0
"""Log-odds taken off where the words say nothing: from .6 to .97 on structure alone."""
_KNOWN = FEATURES.index("page_known")
_GAP = FEATURES.index("gap")


@dataclass(frozen=True, slots=True)
class LineModel:
    """Weights as plain arrays; nothing in them can be read as text."""

    features: tuple[str, ...]
    """Names of the features it was trained on; other ones are refused."""
    evidence: Evidence
    trees: Trees
    threshold: float
    """Probability from which a line is dropped whatever else is on the page: chosen by cross-validation."""
    certainty: tuple[float, ...]
    """Log-odds that an article is exactly right: constant, then weights of `page_signs`."""
    doubtful: float
    """Lines from here to the threshold are dropped where the page can afford it."""
    share: float
    """What it can afford: the part of the article's words that they may be expected to cost."""

    @classmethod
    def from_bytes(cls, data: bytes) -> LineModel:
        """The model in an `.npz` file's bytes. Raises ValueError where they are none."""
        try:
            arrays = arrays_in(data)
            features = tuple(map(str, arrays["features"]))
            return cls(
                features=features,
                evidence=Evidence(arrays["words"], arrays["pairs"]),
                trees=trees_in(arrays, shared=[features.index(name) for name in PAGE if name in features]),
                threshold=float(arrays["threshold"]),
                certainty=tuple(map(float, arrays["certainty"])),
                doubtful=float(arrays["doubtful"]),
                share=float(arrays["share"]),
            )
        except (KeyError, ValueError) as error:
            raise ValueError(f"not a line model: {error}") from error


def _strangeness(known: float) -> float:
    """0 where the evidence knows the page's words well, 1 where it knows them by chance."""
    return min(1.0, max(0.0, (KNOWN[1] - known) / (KNOWN[1] - KNOWN[0])))


def score_page(page: Page, hits: Sequence[bool], model: LineModel) -> list[float]:
    """The probability of each line that it is leftover.

    `hits` says which lines a phrase rule takes already: they tell about their neighbours, and get 0
    themselves, since nobody asks about them.
    Raises ValueError if the model was trained on other features than this version's.
    """
    if model.features != FEATURES:
        raise ValueError("the line model was trained on other features: run benchmarks/train_line_model.py")
    rows = line_features(page, hits)
    asked = _asked(rows[_GAP] == 0) & ~np.array(hits, bool)
    odds = answers_of(model.trees, rows[:, asked])
    shy = odds - SHYNESS * _strangeness(float(rows[_KNOWN, 0]))
    scores = np.zeros(len(page))
    scores[asked] = 1 / (1 + np.exp(-_agreed(shy, page.whole[asked])))
    listed: list[float] = scores.tolist()
    return listed


def _asked(prose: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """All lines but paragraphs between two paragraphs: held out, one of 3,761 such lines was taken."""
    asked: NDArray[np.bool_] = ~prose
    asked[:-1] |= ~prose[1:]
    asked[1:] |= ~prose[:-1]
    asked[[0, -1]] = True
    return asked


def _agreed(odds: NDArray[np.float64], whole: Ints) -> NDArray[np.float64]:
    """The mean over all lines that say the same, so that they stay or go together; `whole` is 0 where a
    line has no words."""
    _, which, times = np.unique(whole, return_inverse=True, return_counts=True)
    means = (np.bincount(which, odds) / times)[which]
    return np.where(whole == 0, odds, means)


def flat(line: str) -> str:
    """A line as `read_page` wants it."""
    return line.strip().replace("\n", " ")


def page_signs(scores: Sequence[float], hits: Sequence[bool], threshold: float) -> tuple[float, ...]:
    """What tells whether a cleaned page is exactly right: a constant, the doubts about the lines kept and
    about those dropped, the worst line kept, and how many there are of each."""
    judged = [min(max(score, 1e-4), 1 - 1e-4) for score, hit in zip(scores, hits, strict=True) if not hit]
    kept = [score for score in judged if score < threshold]
    dropped = [score for score in judged if score >= threshold]
    return (
        1.0,
        math.log1p(-sum(math.log(1 - score) for score in kept)),
        math.log1p(-sum(math.log(score) for score in dropped)),
        max(kept, default=0.0),
        math.log1p(len(kept)),
        math.log1p(len(dropped)),
    )


def certainty(model: LineModel | BlockModel, scores: Sequence[float], hits: Sequence[bool]) -> float | None:
    """Calibrated probability that what is left is exactly the article; None for a model without it."""
    if not model.certainty:
        return None
    signs = page_signs(scores, hits, model.threshold)
    odds = sum(weight * sign for weight, sign in zip(model.certainty, signs, strict=True))
    return round(1 / (1 + math.exp(-odds)), 3)
