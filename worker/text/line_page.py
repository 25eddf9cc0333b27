"""The lines of a page as arrays: kinds of characters, words, and a hash of each word.

Words are known by a hash of their first letters, without case and accents; where a script puts no
spaces, every letter counts as a word of two letters. Nothing of the text is kept.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from worker.text.characters import Kind, codes, tables

Floats = NDArray[np.float32]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]
Columns = dict[str, NDArray[Any]]
"""Feature by feature, one value per line."""

BUCKET_BITS = 18
"""Wide enough that words of languages the trainer never saw rarely fall into a bucket that is taken."""
PAGE_BITS = 15
"""One page has few words: a smaller table is faster to clear."""
PREFIX = 7
"""Letters of a word that count: inflected forms of one word mostly fall into one bucket."""
_BASES = np.array(
    [104729, 224737, 350377, 479909, 611953, 746773, 882377], np.float64
)  # primes: sums stay exact


@dataclass(frozen=True, slots=True)
class Page:
    """The characters and words of all lines, and for each line where it begins and ends."""

    kinds: NDArray[np.uint8]
    starts: Ints
    ends: Ints
    counts: NDArray[np.float64]
    word_line: Ints
    word_kind: NDArray[np.uint8]
    word_hash: Ints
    first_word: Ints
    referred: Ints
    """Hashes of the words of the headline."""


def bucket(hashes: Ints) -> Ints:
    """The row of each hash in the evidence tables."""
    return (hashes >> 11) & ((1 << BUCKET_BITS) - 1)


def page_bucket(hashes: Ints) -> Ints:
    return (hashes >> 11) & ((1 << PAGE_BITS) - 1)


def mixed(values: Ints) -> Ints:
    """A hash of which `bucket` takes some bits: each depends on all of the value."""
    return ((values ^ (values >> 17)) * 0x2C1B3C6D) & 0xFFFFFFFF


def _words(kinds: NDArray[np.uint8], folds: NDArray[np.uint16]) -> tuple[Ints, Ints]:
    """Where each word begins, and a hash of its first letters. In scripts without spaces every
    letter begins a "word" of two letters."""
    letter = kinds <= Kind.DIGIT
    begins = letter.copy()
    begins[1:] &= ~letter[:-1]
    begins |= kinds == Kind.SPACELESS
    at = np.flatnonzero(begins)
    padded = np.concatenate([folds, np.zeros(PREFIX, np.uint16)])
    letters = padded[at[:, None] + np.arange(PREFIX)]
    letters[kinds[at] == Kind.SPACELESS, 2:] = 0
    alive = np.logical_and.accumulate(letters > 0, axis=1)
    return at, mixed(((letters * alive) @ _BASES).astype(np.int64))


def read_page(lines: Sequence[str], reference: str = "") -> Page:
    """The lines (at least one, none with a line break) as arrays, and the words of a reference text."""
    kind_of, fold_of = tables()
    points = codes("\n".join(lines) + f"\n{reference}")
    kinds, count = kind_of[points], len(lines)
    at, hashes = _words(kinds, fold_of[points])
    ends = np.flatnonzero(kinds == Kind.NEWLINE)[:count]
    kinds = kinds[: ends[-1] + 1]
    starts = np.concatenate([[0], ends[:-1] + 1])
    line = np.repeat(np.arange(count), ends - starts + 1)
    counts = np.bincount(line * 16 + kinds, minlength=count * 16).reshape(-1, 16).astype(np.float64)
    own = int(np.searchsorted(at, len(kinds)))
    at, referred, hashes = at[:own], hashes[own:], hashes[:own]
    first = np.searchsorted(at, starts)
    return Page(kinds, starts, ends, counts, line[at], kinds[at], hashes, first, referred)


def per_line(page: Page, values: NDArray[np.generic] | None = None) -> NDArray[np.float64]:
    """Sum (or number) of the words of each line."""
    return np.bincount(page.word_line, values, minlength=len(page.starts)).astype(np.float64)


def edges(page: Page) -> tuple[Ints, Ints, Ints]:
    """Kind of each line's first character, of its last one, and of the last before closing quotes."""
    place = np.arange(len(page.kinds))
    solid = (page.kinds != Kind.SPACE) & (page.kinds != Kind.NEWLINE)
    last = np.maximum.reduceat(np.where(solid, place, -1), page.starts)
    inner = np.maximum.reduceat(np.where(solid & (page.kinds != Kind.QUOTE), place, -1), page.starts)
    first = np.minimum.reduceat(np.where(solid, place, len(place) - 1), page.starts)
    kinds = page.kinds.astype(np.int64)
    blank = last < page.starts
    return (
        np.where(blank, Kind.SPACE, kinds[first]),
        np.where(blank, Kind.SPACE, kinds[last]),
        np.where(inner < page.starts, Kind.SPACE, kinds[inner]),
    )
