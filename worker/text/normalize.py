"""Normalised text: what two copies of one article share however their site typeset it.

NFKC, casefold, no tashkeel, tatweel or bidi marks; alef, ya, ta marbuta and hamza unified as Arabic
search engines do (Lucene's ArabicNormalizationFilter is the model); the digits of the larger scripts
as ASCII; words only. Every article passes here, so what is rare is looked for before it is replaced.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata

_WORD = re.compile(r"\w+")
# Tashkeel, tatweel, superscript alef; soft hyphen, zero-width and bidi marks, byte order mark.
_MARKS = re.compile("[\u0640\u064b-\u065f\u0670\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]")

# Arabic letters that writers use for one another, by code point: no phrase of a language belongs here.
_UNIFIED = tuple(
    (chr(variant), chr(letter))
    for letter, variants in {
        0x0627: (0x0622, 0x0623, 0x0625, 0x0671),  # alef with madda, with hamza above and below, wasla
        0x064A: (0x0649, 0x06CC, 0x0626),  # alef maksura, Farsi yeh, yeh with hamza → yeh
        0x0647: (0x0629,),  # ta marbuta → heh
        0x0648: (0x0624,),  # waw with hamza → waw
        0x0643: (0x06A9,),  # keheh → kaf
    }.items()
    for variant in variants
)
_DIGITS = re.compile("[\u0660-\u0669\u06f0-\u06f9\u0966-\u096f\u09e6-\u09ef\u0e50-\u0e59\uff10-\uff19]")


def normalized(text: str) -> str:
    """The normalised words joined by single spaces; the stripped text itself where it holds no word."""
    plain = text
    if not text.isascii():
        plain = _MARKS.sub("", plain)
        for variant, letter in _UNIFIED:
            plain = plain.replace(variant, letter)
        plain = _DIGITS.sub(_ascii_digit, plain)
    joined = " ".join(_WORD.findall(plain.casefold()))
    if not unicodedata.is_normalized("NFKC", joined):
        joined = " ".join(_WORD.findall(unicodedata.normalize("NFKC", joined).casefold()))
    return joined or text.strip()


def _ascii_digit(match: re.Match[str]) -> str:
    return str(unicodedata.decimal(match[0]))


def content_hash(normal: str) -> str:
    """SHA-256 (hex) of a normalised text."""
    return hashlib.sha256(normal.encode("utf-8", "surrogatepass")).hexdigest()
