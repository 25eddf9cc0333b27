"""The trained line model: how likely is each line of a flattened page to be leftover?

Oblivious trees (every node of one level asks the same question) over `line_features`: a tree is a
row of questions, its answers are the bits of a leaf's number, and all trees answer for all lines
at once. `benchmarks/train_line_model.py` trains it and writes the weights; what they may do is in
`benchmarks/line_model.md`.
"""

from __future__ import annotations

import io
import math
from collections.abc import Sequence
from dataclasses import dataclass
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray

from worker.text.line_features import FEATURES, line_features
from worker.text.line_own import Evidence, Page, read_page
from worker.text.line_page import Floats


@dataclass(frozen=True, slots=True)
class LineModel:
    """Weights as plain arrays; nothing in them can be read as text."""

    features: tuple[str, ...]
    """Names of the features it was trained on; other ones are refused."""
    evidence: Evidence
    asked: NDArray[np.intp]
    """Row of the feature asked about: depth × trees, flattened."""
    borders: Floats
    """The question is "greater than this?"; one per entry of `asked`."""
    leaves: Floats
    """Trees × 2^depth, in log-odds."""
    bias: float
    threshold: float
    """Probability from which a line is dropped: chosen for loss by cross-validation."""
    statement: float
    """The same for a whole sentence (losing one is worse than keeping a footer); without one, the same."""
    certainty: tuple[float, ...]
    """Log-odds that an article is exactly right: constant, then weights of `page_signs`."""

    @classmethod
    def from_bytes(cls, data: bytes) -> LineModel:
        """The model in an `.npz` file's bytes. Raises ValueError where they are none."""
        try:
            with np.load(io.BytesIO(data), allow_pickle=False) as stored:
                arrays = {name: stored[name] for name in stored.files}
            return cls(
                features=tuple(str(name) for name in arrays["features"]),
                evidence=Evidence(arrays["words"], arrays["pairs"]),
                asked=arrays["asked"].astype(np.intp).ravel(),
                borders=arrays["borders"].astype(np.float32).reshape(-1, 1),
                leaves=arrays["leaves"].astype(np.float32),
                bias=float(arrays["bias"]),
                threshold=float(arrays["threshold"]),
                statement=float(arrays.get("statement", arrays["threshold"])),
                certainty=tuple(float(weight) for weight in arrays["certainty"]),
            )
        except (KeyError, OSError, EOFError, ValueError, BadZipFile) as error:
            raise ValueError(f"not a line model: {error}") from error

    @property
    def depth(self) -> int:
        """Questions per tree."""
        return int(self.leaves.shape[1]).bit_length() - 1


def log_odds(model: LineModel, rows: Floats) -> NDArray[np.float64]:
    """Of being leftover, per column of the feature rows."""
    trees, size = model.leaves.shape
    asked, borders = model.asked.reshape(-1, trees), model.borders.reshape(-1, trees, 1)
    leaf = np.zeros((trees, rows.shape[1]), np.uint8)
    for level in reversed(range(model.depth)):  # one at a time: what they need stays in the cache
        leaf += leaf
        leaf |= (rows.take(asked[level], axis=0) > borders[level]).view(np.uint8)
    at = leaf + (np.arange(trees) * size)[:, None]
    values: NDArray[np.float64] = model.leaves.take(at).sum(axis=0, dtype=np.float64)
    return values + model.bias


KNOWN = (0.3, 0.6)
"""Share of a page's words that the evidence knows: by chance in a language it never saw, and well."""
SHYNESS = 1.8
"""Log-odds taken off where the words say nothing: from a threshold of .6 to .9 on structure alone."""
_KNOWN = FEATURES.index("page_known")
_GAP = FEATURES.index("gap")


def _strangeness(known: float) -> float:
    return min(1.0, max(0.0, (KNOWN[1] - known) / (KNOWN[1] - KNOWN[0])))


def score_page(page: Page, hits: Sequence[bool] | None, model: LineModel) -> list[float]:
    """The probability of each line that it is leftover.

    `hits` says which lines a phrase rule takes already: they tell about their neighbours.
    Raises ValueError if the model was trained on other features than this version's.
    """
    if model.features != FEATURES:
        raise ValueError("the line model was trained on other features: run benchmarks/train_line_model.py")
    rows = line_features(page, hits)
    asked = _asked(rows[_GAP] == 0)
    odds = log_odds(model, rows[:, asked])
    shy = odds - SHYNESS * _strangeness(float(rows[_KNOWN, 0]))
    scores = np.zeros(len(page))
    scores[asked] = 1 / (1 + np.exp(-shy))
    listed: list[float] = scores.tolist()
    return listed


def _asked(prose: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """All lines but paragraphs between two paragraphs: held out, one of 3,761 such lines was taken."""
    asked: NDArray[np.bool_] = ~prose
    asked[:-1] |= ~prose[1:]
    asked[1:] |= ~prose[:-1]
    asked[[0, -1]] = True
    return asked


def score_lines(
    lines: Sequence[str],
    *,
    title: str | None,
    url: str | None,
    rule_hits: Sequence[bool] | None,
    model: LineModel,
) -> list[float]:
    """`score_page` for lines as they are; blank ones get 0."""
    solid = [number for number, line in enumerate(lines) if line.strip()]
    scores = [0.0] * len(lines)
    if not solid:
        return scores
    page = read_page([flat(lines[number]) for number in solid], model.evidence, title=title, url=url)
    hits = None if rule_hits is None else [rule_hits[number] for number in solid]
    for number, score in zip(solid, score_page(page, hits, model), strict=True):
        scores[number] = score
    return scores


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


def certainty(model: LineModel, scores: Sequence[float], hits: Sequence[bool]) -> float | None:
    """Calibrated probability that what is left is exactly the article; None for a model without it."""
    if not model.certainty:
        return None
    signs = page_signs(scores, hits, model.threshold)
    odds = sum(weight * sign for weight, sign in zip(model.certainty, signs, strict=True))
    return round(1 / (1 + math.exp(-odds)), 3)
