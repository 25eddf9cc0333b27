"""Words of a text in any script: languages without spaces are counted by character."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from worker.text.normalize import WORD

# Han, kana, Thai, Lao, Khmer, Myanmar: a run of them holds many words; each character counts as one.
_SPACELESS_RANGES = (
    (0x0E00, 0x0F00), (0x1000, 0x10A0), (0x1780, 0x1800), (0x3040, 0x3100), (0x3400, 0x4DC0),
    (0x4E00, 0xA000), (0xF900, 0xFB00),
)  # fmt: skip
_SPACELESS = re.compile("[" + "".join(f"{chr(a)}-{chr(b - 1)}" for a, b in _SPACELESS_RANGES) + "]")

# An odd multiplier for the polynomial over a word's characters, and those of splitmix64's finalizer.
_POLYNOMIAL = np.uint64(0x9E3779B97F4A7C15)
_MIX = (np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB))
_LONGEST: Final = 48
"""Characters of a word that have a weight of their own; the rest of a longer one share the last."""
STEM: Final = 5
"""First letters that make a word's stem: crude, but good enough in most languages."""

Hashes = NDArray[np.uint64]
_Places = NDArray[np.intp]


@dataclass(frozen=True, slots=True)
class Words:
    """The words of a text as 64-bit hashes, in order. `stems` is as long as `words`."""

    words: Hashes
    stems: Hashes
    numbers: Hashes
    """Runs of ASCII digits, inside words too."""


NO_WORDS: Final = Words(np.empty(0, np.uint64), np.empty(0, np.uint64), np.empty(0, np.uint64))


def word_count(text: str) -> int:
    """How many words a text has."""
    spaceless = len(_SPACELESS.findall(text)) if not text.isascii() else 0
    if not spaceless and text.replace(" ", "").isalnum():
        return len(text.split())
    return len(WORD.findall(_SPACELESS.sub(" ", text) if spaceless else text)) + spaceless


def words_of(normalized: str) -> Words:
    """The words of a normalised text (`worker.text.normalize`).

    In a script without spaces a word is a character and the one after it: single ones say too little.
    """
    codes = np.frombuffer(normalized.encode("utf-32-le", "surrogatepass"), "<u4")
    inside = codes != ord(" ")
    alone = None if normalized.isascii() else _spaceless()[np.minimum(codes, 0xFFFF)]
    if alone is not None and not alone.any():
        alone = None
    starts = _starts(inside, alone)
    if not starts.size:
        return NO_WORDS
    places = _places(codes.size, starts)
    weighted = codes * _powers()[np.minimum(places, _LONGEST - 1)]
    weighted[~inside] = 0
    words = mixed(np.add.reduceat(weighted, starts))
    weighted[places >= STEM] = 0
    stems = mixed(np.add.reduceat(weighted, starts))
    if alone is not None:
        paired = _paired(alone[starts])
        for hashes in (words, stems):
            hashes[paired] = mixed(hashes[paired] * _POLYNOMIAL + np.roll(hashes, -1)[paired])
    return Words(words, stems, _numbers(codes))


def mixed(hashes: Hashes) -> Hashes:
    """Every bit of the result depends on every bit of the hash (splitmix64's finalizer)."""
    hashes = (hashes ^ (hashes >> np.uint64(30))) * _MIX[0]
    hashes = (hashes ^ (hashes >> np.uint64(27))) * _MIX[1]
    return hashes ^ (hashes >> np.uint64(31))


def distinct(hashes: Hashes) -> Hashes:
    """Each hash once, in rising order (numpy.unique, without what it spends on small arrays)."""
    if hashes.size < 2:
        return hashes
    ordered = np.sort(hashes)
    return ordered[np.concatenate(([True], ordered[1:] != ordered[:-1]))]


def among(hashes: Hashes, ordered: Hashes) -> NDArray[np.bool_]:
    """Which of the hashes are in a rising pool (numpy.isin, without what it spends on small arrays)."""
    if not ordered.size:
        return np.zeros(hashes.size, np.bool_)
    places = np.minimum(np.searchsorted(ordered, hashes), ordered.size - 1)
    found: NDArray[np.bool_] = ordered[places] == hashes
    return found


def _numbers(codes: NDArray[np.uint32]) -> Hashes:
    digits = (codes >= ord("0")) & (codes <= ord("9"))
    starts = _starts(digits, None)
    if not starts.size:
        return np.empty(0, np.uint64)
    weighted = codes * _powers()[np.minimum(_places(codes.size, starts), _LONGEST - 1)]
    weighted[~digits] = 0
    return mixed(np.add.reduceat(weighted, starts))


def _starts(inside: NDArray[np.bool_], alone: NDArray[np.bool_] | None) -> _Places:
    """Where a run begins: each character that stands alone, and what follows one, begins a new run."""
    begins = inside.copy()
    if alone is None:
        begins[1:] &= ~inside[:-1]
    else:
        begins[1:] &= ~inside[:-1] | alone[1:] | alone[:-1]
    return np.flatnonzero(begins)


def _paired(alone: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Characters that stand alone and have another one behind them."""
    paired = alone.copy()
    paired[:-1] &= alone[1:]
    paired[-1] = False
    return paired


def _places(size: int, starts: _Places) -> _Places:
    """The place of each character in its run."""
    places = np.arange(size)
    places[starts[0] :] -= np.repeat(starts, np.diff(starts, append=size))
    return places


@cache
def _powers() -> Hashes:
    powers: Hashes = np.cumprod(np.full(_LONGEST, _POLYNOMIAL), dtype=np.uint64)
    return powers


@cache
def _spaceless() -> NDArray[np.bool_]:
    table = np.zeros(0x10000, np.bool_)
    for first, behind in _SPACELESS_RANGES:
        table[first:behind] = True
    return table
