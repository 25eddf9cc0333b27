"""What an article is about, for stories: its words as hashes with weights, nothing of its text.

Pure. Words that begin alike count as one: five letters are a crude stem that works in most languages. A word
weighs by how often it stands in the text; more in the title and the first sentences, and as a name (written
with a capital inside a sentence, in scripts that have capitals). How rare a word is in the news is not
known here: worker/dedupe/stories.py learns that from the stream.
"""

from __future__ import annotations

import struct
from typing import Final

import numpy as np
from numpy.typing import NDArray

from worker.text.normalize import normalized
from worker.text.tokens import Hashes, Words, among, distinct, firsts

TERMS: Final = 80
"""Heaviest words handed over; the rarest of them describe the article (stories.py)."""
TERM_BITS: Final = 24
"""Of a term's hash: what a story keeps of it."""
SCALE: Final = 32
"""Steps of the weight 1 + ln(count), of which a byte holds 255."""
_LEAD_WORDS = 60
_LEAD = 2.5
_TITLE = 2.0
_NAME = 2.0
_CLOSING = frozenset(".!?:;\"'\u201d\u00bb\u2026\u201c\u00ab(")
_TERM = struct.Struct("<IB")


def terms_of(title: Words, words: Words, names: Words) -> bytes:
    """The heaviest terms, heaviest first: 4 bytes of hash (TERM_BITS of it) and 1 of weight each.

    Of the normalised title and text, and of what `names_of` says about the text.
    """
    stems = np.concatenate((title.stems, words.stems))
    if not stems.size:
        return b""
    counts = np.ones(stems.size)
    counts[: title.stems.size] = _TITLE
    counts[title.stems.size : title.stems.size + _LEAD_WORDS] = _LEAD
    terms, totals = _summed(stems, counts)
    totals[among(terms, distinct(names.stems))] *= _NAME
    weights = 1 + np.log(np.maximum(1.0, totals))
    order = np.argsort(-weights, kind="stable")[:TERMS]
    packed = np.empty(order.size, dtype=[("hash", "<u4"), ("weight", "u1")])
    packed["hash"] = terms[order] >> np.uint64(64 - TERM_BITS)
    packed["weight"] = np.minimum(255, np.round(weights[order] * SCALE))
    return packed.tobytes()


def _summed(stems: Hashes, counts: NDArray[np.float64]) -> tuple[Hashes, NDArray[np.float64]]:
    """Each stem once, in rising order, with the sum of its counts: whole numbers, in whichever order."""
    order = np.argsort(stems)
    ordered = stems[order]
    first = np.flatnonzero(firsts(ordered))
    return ordered[first], np.add.reduceat(counts[order], first)


def read_terms(packed: bytes) -> list[tuple[int, int]]:
    """Hash and weight of each term."""
    return list(_TERM.iter_unpack(packed))


def names_of(text: str) -> str:
    """The normalised words with a capital that do not begin a sentence."""
    if f"{text}a".islower():
        return ""  # not one capital: most scripts have none
    words = text.split()
    names = {
        word
        for place, word in enumerate(words)
        if word[0].isupper() and place and words[place - 1][-1] not in _CLOSING
    }
    return normalized(" ".join(names))
