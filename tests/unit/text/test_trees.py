"""Trees grown leaf by leaf: whatever is answered once for many, each column gets what its tree says."""

from __future__ import annotations

import numpy as np
import pytest

from worker.text.line_features import FEATURES, PAGE, line_features
from worker.text.line_own import Evidence, read_page
from worker.text.line_words import BUCKET_BITS, Floats
from worker.text.trees import AT_ONCE, TOGETHER, answers_of, trees_in

TREES, QUESTIONS, ROWS, SHARED = 40, 3 * TOGETHER - 1, 9, (2, 5)
DICE = np.random.default_rng(1)
ARRAYS = {
    "asked": DICE.integers(0, ROWS, (QUESTIONS, TREES)),
    "borders": DICE.integers(0, 4, (QUESTIONS, TREES)) / 2,
    # few leaves, never the last one; 0: fewer questions
    "ruled_out": np.bitwise_and.reduce(DICE.integers(0, 1 << QUESTIONS, (4, QUESTIONS, TREES)))
    * DICE.integers(0, 2, (QUESTIONS, TREES)),
    "leaves": DICE.integers(-99, 99, (TREES, QUESTIONS + 1)) / 8,
    "bias": np.array(0.5),
}


def one_by_one(rows: Floats) -> list[float]:
    """As the definition says, without any array."""
    asked, borders, out = (ARRAYS[name].tolist() for name in ("asked", "borders", "ruled_out"))
    answers = []
    for column in rows.T.tolist():
        total = 0.5
        for tree, leaves in enumerate(ARRAYS["leaves"].tolist()):
            gone = 0
            for number in range(QUESTIONS):
                if column[asked[number][tree]] > borders[number][tree]:
                    gone |= out[number][tree]
            total += next(value for leaf, value in enumerate(leaves) if not gone >> leaf & 1)
        answers.append(total)
    return answers


@pytest.mark.parametrize("columns", [0, 1, 7, AT_ONCE + 3])
@pytest.mark.parametrize("shared", [(), SHARED, tuple(range(ROWS))])
def test_every_column_gets_what_its_trees_say(columns: int, shared: tuple[int, ...]) -> None:
    rows = (DICE.integers(0, 5, (ROWS, columns)) / 2).astype(np.float32)
    for row in shared:
        rows[row] = rows[row, :1]
    assert answers_of(trees_in(ARRAYS, shared), rows).tolist() == one_by_one(rows)


def test_what_is_said_of_the_page_is_the_same_for_all_its_lines() -> None:
    empty = np.zeros(1 << BUCKET_BITS, np.int8)
    lines = ["Home", "Share this", "A bridge was opened in the town on Monday, said the mayor of it.", "Tags"]
    rows = line_features(read_page(lines, Evidence(empty, empty), title=None, url=None), [True, *[False] * 3])
    for name in PAGE:
        assert len(set(rows[FEATURES.index(name)].tolist())) == 1, name
