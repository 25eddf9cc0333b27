"""Lines as arrays: the kinds of their characters, and a hash of each of their words.

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
Sums = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]
Columns = dict[str, NDArray[Any]]
"""Feature by feature, one value per line."""

BUCKET_BITS = 18
"""Wide enough that words of languages the trainer never saw rarely fall into a bucket that is taken."""
PREFIX = 7
"""Letters of a word that count: inflected forms of one word mostly fall into one bucket."""
_KINDS = 16
_BASES = np.array([104729, 224737, 350377, 479909, 611953, 746773, 882377, 0])
"""Primes for the letters of a word; what is behind them counts nothing (what is no letter is 0 anyway)."""


@dataclass(frozen=True, slots=True)
class Lines:
    """The characters and the words of at least one line."""

    kinds: NDArray[np.uint8]
    """Of all characters, each line's newline behind it."""
    starts: Ints
    ends: Ints
    line: Ints
    """The line that each word stands in."""
    kind: NDArray[np.uint8]
    """Of each word's first letter."""
    hash: Ints
    """Of each word."""
    first: Ints
    """Where each line's words begin, and where the last one's end."""
    referred: Ints
    """Hashes of the words of the reference text."""

    def __len__(self) -> int:
        return len(self.starts)

    def counts(self) -> Sums:
        """How many characters of each kind: lines × kinds."""
        cell = np.repeat(np.arange(0, len(self) * _KINDS, _KINDS), self.ends - self.starts + 1) + self.kinds
        return np.bincount(cell, minlength=len(self) * _KINDS).reshape(-1, _KINDS).astype(np.float64)

    def per_line(self, values: NDArray[np.generic] | None = None) -> Sums:
        """Sum (or number) of the words of each line."""
        return np.bincount(self.line, values, minlength=len(self)).astype(np.float64)

    def whole(self) -> Ints:
        """One hash of all the words of each line."""
        sums = np.concatenate([[0], np.cumsum(self.hash)])[self.first]
        return np.asarray(sums[1:] - sums[:-1])

    def last_before_quotes(self) -> NDArray[np.uint8]:
        """Kind of each line's last character, up to three closing quotes or brackets aside."""
        place = self.ends - 1
        for _ in range(3):
            found = self.kinds[place]
            place = np.maximum(place - ((found == Kind.QUOTE) | (found == Kind.SPACE)), self.starts)
        return self.kinds[place]

    def pairs(self) -> tuple[Bools, Ints]:
        """Whether a word and the next one stand in one line, and the hash of the two."""
        return self.line[:-1] == self.line[1:], mixed(self.hash[:-1] * 31 + self.hash[1:])


def read_lines(lines: Sequence[str], reference: str = "") -> Lines:
    """At least one line, stripped, none empty or with a line break in it; `reference` gives `referred`."""
    kind_of, fold_of = tables()
    points = codes("\n".join(lines) + f"\n{reference}")
    kinds, count = kind_of[points], len(lines)
    at, hashes = _words(kinds, fold_of[points])
    ends = np.flatnonzero(kinds == Kind.NEWLINE)[:count]
    kinds = kinds[: ends[-1] + 1]
    starts = np.concatenate([[0], ends[:-1] + 1])
    own = int(np.searchsorted(at, len(kinds)))
    at, referred, hashes = at[:own], hashes[own:], hashes[:own]
    first = np.append(np.searchsorted(at, starts), own)
    line = np.repeat(np.arange(count), first[1:] - first[:-1])
    return Lines(kinds, starts, ends, line, kinds[at], hashes, first, referred)


def _words(kinds: NDArray[np.uint8], folds: NDArray[np.uint16]) -> tuple[Ints, Ints]:
    """Where each word begins, and a hash of its first letters."""
    letter = kinds <= Kind.DIGIT
    begins = letter.copy()
    begins[1:] &= ~letter[:-1]
    alone = kinds == Kind.SPACELESS
    spaceless = bool(alone.any())
    if spaceless:
        begins |= alone
    at = np.flatnonzero(begins)
    if not len(at):
        return at, at
    place = np.arange(at[0], len(kinds)) - np.repeat(at, np.diff(at, append=len(kinds)))
    weighted = folds[at[0] :] * _BASES[np.minimum(place, PREFIX)]
    hashes = np.add.reduceat(weighted, at - at[0])
    if spaceless:
        own, following = at[alone[at]], np.append(folds, 0)
        hashes[alone[at]] = folds[own] * _BASES[0] + following[own + 1] * _BASES[1]
    return at, mixed(hashes)


def bucket(hashes: Ints, bits: int = BUCKET_BITS) -> Ints:
    """The row of each hash in a table of 2^bits; by default in the evidence tables."""
    return (hashes >> 11) & ((1 << bits) - 1)


def mixed(values: Ints) -> Ints:
    """A hash of which `bucket` takes some bits: each depends on all of the value."""
    return ((values ^ (values >> 17)) * 0x2C1B3C6D) & 0xFFFFFFFF
