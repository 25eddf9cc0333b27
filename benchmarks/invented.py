"""Invented words, as many and as frequent as a newspaper's: what is measured without anybody's texts."""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterator
from functools import cache

VOCABULARY = 20_000
SENTENCE_WORDS = (8, 28)
NAMES_EVERY = 15
"""One word of so many is a name."""
_SYLLABLES = [a + b for a in "bdfgklmnprstvz" for b in "aeiou"]


@cache
def _words() -> tuple[tuple[str, ...], tuple[float, ...]]:
    """The words, and how frequent they are (Zipf), added up."""
    dice = random.Random(1)
    known = tuple("".join(dice.choices(_SYLLABLES, k=dice.randint(1, 4))) for _ in range(VOCABULARY))
    return known, tuple(itertools.accumulate(1 / (rank + 3) for rank in range(VOCABULARY)))


def words(dice: random.Random, count: int) -> list[str]:
    """So many words, one after the other."""
    known, weights = _words()
    return dice.choices(known, cum_weights=weights, k=count)


def paragraph(dice: random.Random, count: int) -> str:
    """So many words in sentences, some of them names."""
    return " ".join(_sentences(dice, words(dice, count)))


def _sentences(dice: random.Random, left: list[str]) -> Iterator[str]:
    while left:
        length = dice.randint(*SENTENCE_WORDS)
        said = [word.capitalize() if dice.randrange(NAMES_EVERY) == 0 else word for word in left[:length]]
        left = left[length:]
        yield " ".join([said[0].capitalize(), *said[1:]]) + "."
