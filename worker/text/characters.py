"""What a character is, in any script: a class for counting and a folded form for comparing.

The tables are made once per process from `unicodedata`; an article's characters are then looked up
all at once, so that features of lines cost no Python loop over characters.
"""

from __future__ import annotations

import unicodedata
from functools import cache
from typing import Final

import numpy as np
from numpy.typing import NDArray


class Kind:
    """Classes of characters (plain numbers: they are compared with arrays all the time); letters come
    first, so that `kind <= DIGIT` is "part of a word"."""

    CASELESS: Final = 0
    LOWER: Final = 1
    UPPER: Final = 2
    SPACELESS: Final = 3
    """A letter of a script without spaces between words: each counts as a word of its own."""
    DIGIT: Final = 4
    SPACE: Final = 5
    NEWLINE: Final = 6
    STOP: Final = 7
    """Ends a sentence: full stop, question and exclamation marks, ellipsis, danda …"""
    PAUSE: Final = 8
    QUOTE: Final = 9
    """Quotation marks and closing brackets: they may follow a sentence's end."""
    OPENING: Final = 10
    LINK: Final = 11
    """Bars, bullets, arrows and the like: they separate links, they are rare in prose."""
    COLON: Final = 12
    DASH: Final = 13
    SYMBOL: Final = 14


_STOPS = (
    ".!?\u2026\u3002\uff01\uff1f\uff0e\uff61\u061f\u06d4\u0964\u0965\u203c\u2047\u2048\u2049"
    "\u104a\u104b\u1362\u0589\u17d4\u17d5\u0df4\u203d"
)
_PAUSES = ",;\u060c\u061b\u3001\uff0c\uff1b\uff64"
_LINKS = (
    "|/\\<>=~*&+^_#@\u00a9\u00b7\u00bb\u203a\u2022\u25b8\u25ba\u25b6\u2190\u2192"
    "\u2794\u276f\u25cf\u25aa\u30fb"
)
_QUOTES = "\"'\u201c\u201d\u2018\u2019\u201e\u201a\u300c\u300d\u300e\u300f\u2039\u00ab"
_COLONS = ":\uff1a"
# Thai to Lao, Myanmar, Hangul, Khmer, CJK radicals, kana to Yi, Hangul syllables, compatibility forms
_SPACELESS: Final = (
    (0x0E00, 0x0F00), (0x1000, 0x10A0), (0x1100, 0x1200), (0x1780, 0x1800),
    (0x2E80, 0x3000), (0x3040, 0xA4D0), (0xAC00, 0xD7B0), (0xF900, 0xFB00),
)  # fmt: skip
_IDEOGRAPHS: Final = ((0x3400, 0x4DC0), (0x4E00, 0xA000), (0xAC00, 0xD7A4))
"""Han and Hangul syllables: letters that are their own folded form; half of the plane, so a short cut."""
_PLANE = 0x10000
_PICTURES = range(0x1F000, 0x1FB00)
_CATEGORY = {
    "Lu": Kind.UPPER, "Lt": Kind.UPPER, "Ll": Kind.LOWER, "Pd": Kind.DASH, "Pe": Kind.QUOTE, "Pf": Kind.QUOTE,
    "Ps": Kind.OPENING, "Pi": Kind.OPENING, "Cc": Kind.SPACE, "Cf": Kind.SPACE,
}  # fmt: skip
_MAJOR = {"Z": Kind.SPACE, "L": Kind.CASELESS, "M": Kind.CASELESS, "N": Kind.DIGIT}


def _kind(code: int) -> int:
    category = unicodedata.category(chr(code))
    if category[0] in "LMN" and any(start <= code < end for start, end in _SPACELESS):
        return Kind.SPACELESS
    return _CATEGORY.get(category, _MAJOR.get(category[0], Kind.SYMBOL))


def _folded(code: int, kind: int) -> int:
    """The letter without case and accents; 0 for what is no part of a word."""
    if kind > Kind.DIGIT:
        return 0
    base = unicodedata.normalize("NFKD", chr(code))[:1].casefold()[:1]
    return ord(base) % _PLANE if base else code


@cache
def tables() -> tuple[NDArray[np.uint8], NDArray[np.uint16]]:
    """Kind and folded form of every character of the basic plane; behind them one letter and one
    picture that stand for all others."""
    kinds = np.full(_PLANE + 2, Kind.SPACELESS, np.uint8)
    folds = np.arange(_PLANE + 2).astype(np.uint16)
    other = [code for code in range(_PLANE) if not any(start <= code < end for start, end in _IDEOGRAPHS)]
    kinds[other] = [_kind(code) for code in other]
    kinds[_PLANE + 1] = Kind.SYMBOL
    named = ((_STOPS, Kind.STOP), (_PAUSES, Kind.PAUSE), (_LINKS, Kind.LINK), (_QUOTES, Kind.QUOTE))
    for chars, kind in (*named, (_COLONS, Kind.COLON), ("\n", Kind.NEWLINE)):
        kinds[[ord(char) for char in chars]] = kind
    folds[other] = [_folded(code, int(kinds[code])) for code in other]
    folds[_PLANE:] = (1, 0)
    return kinds, folds


def codes(text: str) -> NDArray[np.int64]:
    """The code points of a text, those beyond the basic plane mapped to their two stand-ins."""
    points = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), "<u4").astype(np.int64)
    if text.isascii() or points.max(initial=0) < _PLANE:
        return points
    pictures = (points >= _PICTURES.start) & (points < _PICTURES.stop)
    return np.where(points < _PLANE, points, _PLANE + pictures)
