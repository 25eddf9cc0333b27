"""Words of a text in any script: languages without spaces are counted by character."""

from __future__ import annotations

import re
from functools import cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

# Han, kana, Thai, Lao, Khmer, Myanmar: a run of them holds many words; each character counts as one.
_SPACELESS_RANGES = (
    (0x0E00, 0x0F00), (0x1000, 0x10A0), (0x1780, 0x1800), (0x3040, 0x3100), (0x3400, 0x4DC0),
    (0x4E00, 0xA000), (0xF900, 0xFB00),
)  # fmt: skip
_SPACELESS = re.compile("[" + "".join(f"{chr(a)}-{chr(b - 1)}" for a, b in _SPACELESS_RANGES) + "]")
_WORD = re.compile(r"\w+")

# An odd multiplier for the polynomial over a word's characters, and those of splitmix64's finalizer.
_POLYNOMIAL = np.uint64(0x9E3779B97F4A7C15)
_MIX = (np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB))
_LONGEST: Final = 48
"""Characters of a word that have a weight of their own; the rest of a longer one share the last."""

Hashes = NDArray[np.uint64]


def word_count(text: str) -> int:
    """How many words a text has."""
    spaceless = len(_SPACELESS.findall(text)) if not text.isascii() else 0
    return len(_WORD.findall(_SPACELESS.sub(" ", text) if spaceless else text)) + spaceless


def word_hashes(normalized: str, letters: int = _LONGEST) -> tuple[Hashes, Hashes]:
    """64-bit hashes of the words of a normalised text, in order, and of the numbers in it.

    Of each word only so many first letters count. In a script without spaces a word is a character and
    the one after it: single ones say too little.
    """
    codes = np.frombuffer(normalized.encode("utf-32-le", "surrogatepass"), "<u4")
    if not codes.size:
        return np.empty(0, np.uint64), np.empty(0, np.uint64)
    digits = (codes >= ord("0")) & (codes <= ord("9"))
    numbers = _runs(codes, digits, np.zeros_like(digits), _LONGEST)
    inside = codes != ord(" ")
    alone = np.zeros_like(inside) if normalized.isascii() else _spaceless()[np.minimum(codes, 0xFFFF)]
    words = _runs(codes, inside, alone, letters)
    if alone.any():
        starts = _starts(inside, alone)
        paired = alone[starts]
        paired[:-1] &= alone[starts][1:]
        paired[-1] = False
        words[paired] = mixed(words[paired] * _POLYNOMIAL + np.roll(words, -1)[paired])
    return words, numbers


def mixed(hashes: Hashes) -> Hashes:
    """Every bit of the result depends on every bit of the hash (splitmix64's finalizer)."""
    hashes = (hashes ^ (hashes >> np.uint64(30))) * _MIX[0]
    hashes = (hashes ^ (hashes >> np.uint64(27))) * _MIX[1]
    return hashes ^ (hashes >> np.uint64(31))


def _starts(inside: NDArray[np.bool_], alone: NDArray[np.bool_]) -> NDArray[np.intp]:
    """Where a run begins: each character that stands alone, and what follows one, begins a new run."""
    begins = inside.copy()
    begins[1:] &= ~inside[:-1] | alone[1:] | alone[:-1]
    return np.flatnonzero(begins)


def _runs(
    codes: NDArray[np.uint32], inside: NDArray[np.bool_], alone: NDArray[np.bool_], letters: int
) -> Hashes:
    """The hash of the first letters of each run of characters that are `inside`."""
    starts = _starts(inside, alone)
    if not starts.size:
        return np.empty(0, np.uint64)
    places = _places(codes.size, starts)
    weighted = codes * _powers()[np.minimum(places, _LONGEST - 1)]
    weighted[~inside if letters >= _LONGEST else ~inside | (places >= letters)] = 0
    return mixed(np.add.reduceat(weighted, starts))


def _places(size: int, starts: NDArray[np.intp]) -> NDArray[np.intp]:
    places = np.arange(size)
    places[starts[0] :] -= np.repeat(starts, np.diff(starts, append=size))
    return places


@cache
def _powers() -> Hashes:
    return np.cumprod(np.full(_LONGEST, _POLYNOMIAL, np.uint64), dtype=np.uint64)


@cache
def _spaceless() -> NDArray[np.bool_]:
    table = np.zeros(0x10000, np.bool_)
    for first, behind in _SPACELESS_RANGES:
        table[first:behind] = True
    return table
