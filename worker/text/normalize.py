"""Normalised text: what two copies of one article share however their site typeset it.

NFKC, casefold, no tashkeel, tatweel or bidi marks; alef, ya, ta marbuta and hamza unified as Arabic
search engines do (Lucene's ArabicNormalizationFilter is the model); the digits of the larger scripts
as ASCII; words only. `normalized` says what is meant; `normalized_lines` does the same for all lines of
an article at once, by a table of characters.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Sequence
from functools import cache

import numpy as np
from numpy.typing import NDArray

# Vowel signs and accents are parts of words, which `\w` alone does not say.
_SIGNS = "".join(chr(code) for code in range(0x300, 0x3100) if unicodedata.category(chr(code))[0] == "M")
WORD = re.compile(rf"[\w{_SIGNS}]+")
# Tashkeel, tatweel, superscript alef; soft hyphen, zero-width and bidi marks, byte order mark.
_MARKS = re.compile("[\u0640\u064b-\u065f\u0670\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]")

# Letters that writers use for one another, by code point: no phrase of a language belongs here.
_UNIFIED = tuple(
    (chr(variant), chr(letter))
    for letter, variants in {
        0x0627: (0x0622, 0x0623, 0x0625, 0x0671),  # alef with madda, with hamza above and below, wasla
        0x064A: (0x0649, 0x06CC, 0x0626),  # alef maksura, Farsi yeh, yeh with hamza → yeh
        0x0647: (0x0629,),  # ta marbuta → heh
        0x0648: (0x0624,),  # waw with hamza → waw
        0x0643: (0x06A9,),  # keheh → kaf
        0x0069: (0x0130,),  # Turkish capital i with dot, of which casefold makes two characters
    }.items()
    for variant in variants
)
_DIGITS = re.compile("[\u0660-\u0669\u06f0-\u06f9\u0966-\u096f\u09e6-\u09ef\u0e50-\u0e59\uff10-\uff19]")


_ASCII = {code: chr(code).lower() if WORD.match(chr(code)) else " " for code in range(128)}


def normalized(text: str) -> str:
    """The normalised words joined by single spaces; the stripped text itself where it holds no word."""
    if text.isascii():
        return " ".join(text.translate(_ASCII).split()) or text.strip()
    joined = " ".join(WORD.findall(_unified(text).casefold()))
    if not unicodedata.is_normalized("NFKC", joined):
        joined = " ".join(WORD.findall(unicodedata.normalize("NFKC", joined).casefold()))
    return joined or text.strip()


# What the table says of a character besides the one that it becomes.
_DROPPED, _SPACE, _NEWLINE, _RARE = 0, 0x20, 0x0A, 0xFFFF
_IDEOGRAPHS = (range(0x3400, 0x4DC0), range(0x4E00, 0x9FF0), range(0xAC00, 0xD7A4))
"""Half of the table, where each letter stays what it is."""
_PICTURES = (0x1F300, 0x1FB00)
"""Beyond the table only pictures are common; they are no part of a word."""


def normalized_lines(texts: Sequence[str]) -> list[str]:
    """The same as `normalized` of each text, which has no line break in it."""
    joined = "\n".join(texts).replace("ß", "ss")  # the one letter that is not rare and folds to two
    if joined.isascii() or joined.count("\n") >= len(texts):
        return [normalized(text) for text in texts]
    points = np.frombuffer(joined.encode("utf-32-le", "surrogatepass"), "<u4")
    folded = _table()[np.minimum(points, 0xFFFF)]
    if points.max(initial=0) > 0xFFFF:
        folded[points > 0xFFFF] = _RARE
        folded[(points >= _PICTURES[0]) & (points < _PICTURES[1])] = _SPACE
    rare = np.flatnonzero(folded == _RARE)
    keys = _single_spaced(folded[folded != _DROPPED]).tobytes().decode("utf-16-le").split("\n")
    slow = set(np.searchsorted(np.flatnonzero(points == _NEWLINE), rare).tolist())
    return [
        normalized(text) if place in slow else key or text.strip()
        for place, (key, text) in enumerate(zip(keys, texts, strict=True))
    ]


def _single_spaced(folded: NDArray[np.uint16]) -> NDArray[np.uint16]:
    """One space between words, none at the beginnings and ends of lines."""
    space = folded == _SPACE
    follows = np.concatenate(([True], (space | (folded == _NEWLINE))[:-1]))[: folded.size]
    folded = folded[~(space & follows)]
    ends = np.concatenate((folded[1:] == _NEWLINE, [True]))[: folded.size]
    found: NDArray[np.uint16] = folded[~((folded == _SPACE) & ends)]
    return found


@cache
def _table() -> NDArray[np.uint16]:
    """What becomes of each character of the basic plane."""
    table = np.arange(0x10000).astype(np.uint16)
    others = [code for code in range(0x10000) if not any(code in block for block in _IDEOGRAPHS)]
    table[others] = [_becomes(chr(code)) for code in others]
    table[_NEWLINE] = _NEWLINE
    return table


def _becomes(char: str) -> int:
    if _MARKS.match(char):
        return _DROPPED
    found = normalized(char)
    if not WORD.search(found):
        return _SPACE
    expands = len(unicodedata.normalize("NFKC", _unified(char).casefold())) > 1
    common = len(found) == 1 and not expands and found < chr(_RARE) and found not in _joining()
    return ord(found) if common else _RARE


@cache
def _joining() -> frozenset[str]:
    """Characters that become another one together with their neighbours, or change places with them."""
    every = [chr(code) for code in range(0x3400)]
    pairs = [unicodedata.decomposition(char).split() for char in every]
    seconds = {chr(int(pair[1], 16)) for pair in pairs if len(pair) == 2 and pair[0][0] != "<"}
    jamo = {chr(code) for code in range(0x1100, 0x1200)}
    return frozenset(seconds | jamo | {char for char in every if unicodedata.combining(char)})


def _unified(text: str) -> str:
    """Without marks, each letter and digit in its one form."""
    text = _MARKS.sub("", text)
    for variant, letter in _UNIFIED:
        text = text.replace(variant, letter)
    return _DIGITS.sub(_ascii_digit, text)


def _ascii_digit(match: re.Match[str]) -> str:
    return str(unicodedata.decimal(match[0]))


def content_hash(normal: str) -> str:
    """SHA-256 (hex) of a normalised text."""
    return hashlib.sha256(normal.encode("utf-8", "surrogatepass")).hexdigest()
