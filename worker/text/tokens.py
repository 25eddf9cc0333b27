"""Words of a text in any script: languages without spaces are counted by character."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from itertools import accumulate, pairwise
from typing import Any, Final

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
_Whole = NDArray[np.integer[Any]]
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
    return words_in([normalized])[0]


def words_in(texts: Sequence[str]) -> list[Words]:
    """`words_of` each text, at once: a title by itself would take as long as its article."""
    codes = _codes(" ".join(texts))
    inside = codes != ord(" ")
    alone = _alone(codes)
    starts = _starts(inside, alone)
    if not starts.size:
        return [NO_WORDS] * len(texts)
    ends = np.append(starts[1:], codes.size)
    first, end = _numbers(codes)
    begins = np.concatenate((starts, starts, first))
    behind = np.concatenate((ends, np.minimum(ends, starts + STEM), end))
    hashes = mixed(_Runs.of(codes * inside).hashes(begins, behind))
    count = starts.size
    words, stems, numbers = hashes[:count], hashes[count : 2 * count], hashes[2 * count :]
    closes = list(accumulate(len(text) + 1 for text in texts))
    last = starts.searchsorted(closes)
    if alone is not None:
        paired = _paired(alone[starts], last - 1)
        for hashes in (words, stems):
            hashes[paired] = mixed(hashes[paired] * _POLYNOMIAL + np.roll(hashes, -1)[paired])
    parts = (_parts(words, last), _parts(stems, last), _parts(numbers, first.searchsorted(closes)))
    return [Words(*part) for part in zip(*parts, strict=True)]


def _parts(hashes: Hashes, behind: _Places) -> list[Hashes]:
    """The hashes of each text."""
    return [hashes[start:end] for start, end in pairwise((0, *behind.tolist()))]


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


@dataclass(frozen=True, slots=True)
class _Runs:
    """Polynomials over any runs of characters: each is a difference of running sums over the whole text,
    divided by the power at the run's beginning (half the time of counting each character's place)."""

    codes: _Codes
    """0 between words."""
    sums: Hashes

    @classmethod
    def of(cls, codes: _Codes) -> _Runs:
        sums = np.zeros(codes.size + 1, np.uint64)
        np.cumsum(codes * _powers(codes.size)[0][: codes.size], out=sums[1:])
        return cls(codes, sums)

    def hashes(self, starts: _Places, ends: _Places) -> Hashes:
        up, down = _powers(max(self.codes.size, _LONGEST))
        found: Hashes = (self.sums[np.minimum(ends, starts + _LONGEST)] - self.sums[starts]) * down[starts]
        for run in np.flatnonzero(ends - starts > _LONGEST):  # there are none in most languages
            rest = self.codes[starts[run] + _LONGEST : ends[run]].sum(dtype=np.uint64, keepdims=True)
            found[run : run + 1] += rest * up[_LONGEST - 1]
        return found


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
    return ordered[firsts(ordered)]


def firsts(ordered: Hashes) -> NDArray[np.bool_]:
    """Which of the hashes, in rising order, are not the same as the one before."""
    first = np.ones(ordered.size, np.bool_)
    np.not_equal(ordered[1:], ordered[:-1], out=first[1:])
    return first


def among(hashes: _Whole, ordered: _Whole) -> NDArray[np.bool_]:
    """Which of the hashes are in a rising pool (numpy.isin, without what it spends on small arrays)."""
    if not ordered.size:
        return np.zeros(hashes.size, np.bool_)
    places = np.minimum(ordered.searchsorted(hashes), ordered.size - 1)
    found: NDArray[np.bool_] = ordered[places] == hashes
    return found


def _numbers(codes: _Codes) -> tuple[_Places, _Places]:
    """Where each run of digits begins and ends."""
    digit = np.zeros(codes.size + 2, np.bool_)
    digit[1:-1] = codes - codes.dtype.type(ord("0")) < 10  # what is below wraps around to far above
    changes = np.flatnonzero(digit[1:] != digit[:-1])
    return changes[::2], changes[1::2]


def _starts(inside: NDArray[np.bool_], alone: NDArray[np.bool_] | None) -> _Places:
    """Where a run begins: each character that stands alone, and what follows one, begins a new run."""
    begins = inside.copy()
    if alone is None:
        begins[1:] &= ~inside[:-1]
    else:
        begins[1:] &= ~inside[:-1] | alone[1:] | alone[:-1]
    return np.flatnonzero(begins)


def _paired(alone: NDArray[np.bool_], last: _Places) -> NDArray[np.bool_]:
    """Characters that stand alone and have another one behind them in the same text."""
    paired = alone.copy()
    paired[:-1] &= alone[1:]
    paired[last] = False
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
