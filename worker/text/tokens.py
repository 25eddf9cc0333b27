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
_INVERSE = np.uint64(pow(int(_POLYNOMIAL), -1, 1 << 64))
_MIX = (np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB))
_LONGEST: Final = 48
"""Characters of a word that have a weight of their own; the rest of a longer one share the last."""
_USUAL: Final = 1 << 16
"""Characters of a text for which the powers are kept."""
STEM: Final = 5
"""First letters that make a word's stem: crude, but good enough in most languages."""

Hashes = NDArray[np.uint64]
_Places = NDArray[np.intp]
_Codes = NDArray[np.uint8] | NDArray[np.uint32]


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
    codes = _codes(normalized)
    inside = codes != ord(" ")
    alone = _alone(codes)
    starts = _starts(inside, alone)
    if not starts.size:
        return NO_WORDS
    words, stems = (mixed(hashes) for hashes in _hashes(codes * inside, starts))
    if alone is not None:
        paired = _paired(alone[starts])
        for hashes in (words, stems):
            hashes[paired] = mixed(hashes[paired] * _POLYNOMIAL + np.roll(hashes, -1)[paired])
    return Words(words, stems, _numbers(codes))


def _alone(codes: _Codes) -> NDArray[np.bool_] | None:
    """The characters of scripts without spaces; None where there are none."""
    if codes.max(initial=0) < _SPACELESS_RANGES[0][0]:
        return None
    alone: NDArray[np.bool_] = _spaceless()[np.minimum(codes, 0xFFFF)]
    return alone if alone.any() else None


def _codes(text: str) -> _Codes:
    if text.isascii():
        return np.frombuffer(text.encode(), np.uint8)
    return np.frombuffer(text.encode("utf-32-le", "surrogatepass"), "<u4")


def _hashes(codes: _Codes, starts: _Places) -> tuple[Hashes, Hashes]:
    """The polynomial over each word that begins at `starts`, and over its stem; codes between words are 0.

    Each is a difference of running sums over the whole text, divided by the power at the word's
    beginning (half the time of counting the place of each character in its word).
    """
    up, down = _powers(max(codes.size, _LONGEST))
    sums = np.zeros(codes.size + 1, np.uint64)
    np.cumsum(codes * up[: codes.size], out=sums[1:])
    ends = np.append(starts[1:], codes.size)
    before, scale = sums[starts], down[starts]
    words = (sums[np.minimum(ends, starts + _LONGEST)] - before) * scale
    stems = (sums[np.minimum(ends, starts + STEM)] - before) * scale
    for word in np.flatnonzero(ends - starts > _LONGEST):  # there are none in most languages
        rest = codes[starts[word] + _LONGEST : ends[word]].sum(dtype=np.uint64, keepdims=True)
        words[word : word + 1] += rest * up[_LONGEST - 1]
    return words, stems


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


def _numbers(codes: _Codes) -> Hashes:
    places = np.flatnonzero((codes >= ord("0")) & (codes <= ord("9")))
    if not places.size:
        return np.empty(0, np.uint64)
    starts = np.flatnonzero(np.concatenate(([True], places[1:] != places[:-1] + 1)))
    return mixed(_hashes(codes[places], starts)[0])


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


def _powers(size: int) -> tuple[Hashes, Hashes]:
    """The polynomial's powers from 1 on, and those of its inverse from 0 on, at least so many."""
    return _usual_powers() if size <= _USUAL else _computed_powers(size)


@cache
def _usual_powers() -> tuple[Hashes, Hashes]:
    return _computed_powers(_USUAL)


def _computed_powers(size: int) -> tuple[Hashes, Hashes]:
    down = np.full(size, _INVERSE, np.uint64)
    down[0] = 1
    return np.cumprod(np.full(size, _POLYNOMIAL), dtype=np.uint64), np.cumprod(down, dtype=np.uint64)


@cache
def _spaceless() -> NDArray[np.bool_]:
    table = np.zeros(0x10000, np.bool_)
    for first, behind in _SPACELESS_RANGES:
        table[first:behind] = True
    return table
