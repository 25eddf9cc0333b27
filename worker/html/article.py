"""Which blocks of a page go to the cleaners: the likely ones, and the doubtful ones with their doubt."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from worker.html.blocks import PARTS, Page, class_words
from worker.html.features import block_features
from worker.text.block_model import BlockModel
from worker.text.blocks import Line
from worker.text.line_model import certainty

TAKEN = 0.5
"""The extractor took a block if so much of it is in its text."""
PLACES = ((PARTS["figure"], "media_credit"), (PARTS["nav"], "navigation"))
"""What stands in these parts of a page, if it is not the article."""
CAPTION = frozenset(class_words("caption figcaption"))


@dataclass(frozen=True, slots=True)
class Judged:
    """The lines of an article, and how sure it is that the likely ones among them are all of it."""

    lines: tuple[Line, ...]
    certainty: float | None = None


def judged(
    page: Page, extracted: Sequence[str], model: BlockModel, *, title: str = "", summary: str = ""
) -> Judged | None:
    """The article in a page; None where the model finds none. Title and summary are the page's own."""
    if not page.texts:
        return None
    names, rows = block_features(
        page, model.classes, model.names, extracted=extracted, title=title, summary=summary
    )
    doubts = model.probabilities(names, rows)
    taken = rows[names.index("taken")] >= TAKEN
    chosen = candidates(doubts, taken, model.threshold)
    if chosen is None:
        return None
    lines = tuple(
        Line(None, page.texts[place], float(doubts[place]), kind_at(page, place)) for place in chosen
    )
    sure = certainty(model, [line.doubt or 0.0 for line in lines], [False] * len(lines))
    return Judged(lines, sure)


def kind_at(page: Page, place: int) -> str | None:
    """The contract's kind for a block that is no part of the article, where its place in the page tells."""
    node = page.node[place]
    if node < 0:
        return None
    if not CAPTION.isdisjoint(page.tree.classes[node]):
        return "media_credit"
    return next((kind for part, kind in PLACES if page.tree.parts[node] & part), None)


def candidates(doubts: NDArray[np.float64], taken: NDArray[np.bool_], threshold: float) -> list[int] | None:
    """The likely blocks, those that the extractor took, and whatever stands between likely ones."""
    likely = np.flatnonzero(doubts < threshold)
    if not len(likely):
        return None
    place = np.arange(len(doubts))
    inside = (place >= likely[0]) & (place <= likely[-1])
    return [int(one) for one in np.flatnonzero(inside | taken)]
