"""The near-duplicate signature of an article, fp=2: what is left of its text when it is compared.

Pure: normalised words → 64-bit hashes → MinHash over word 3-shingles (128 values of 8 bits: they
estimate as well as 32-bit ones, mean error .0215 against .0212), a bitmap of the words, which of them are
the text's subjects, the numbers, and anchors. Everything is kept as bytes, so that a script inside Redis
can compare two of them.

Layout, little endian (at most SIGNATURE_BYTES):

    0  version      1 byte, FP
    1  words        2 bytes, at most 65,535
    3  shingles     2 bytes, distinct ones, at most 65,535
    5  hour         4 bytes, hours since 1970 when it was published; 0: unknown
    9  figures      1 byte, distinct numbers, at most 255
   10  numbers, anchors: 1 byte each, how many follow
   12  MinHash      128 bytes
  140  bitmap       64 bytes: a bit for each word, at the place that its hash gives
  204  subjects     16 bytes: a bit for each of the first 128 bits set in the bitmap: one of their words is a
                    subject
  220  numbers 2 bytes each · anchors 4 bytes each
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from functools import cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from worker.text.tokens import NO_WORDS, Hashes, Words, among, distinct, firsts, mixed

FP: Final = 2
"""Version of everything in this file; part of every key that is made from a signature."""
VALUES: Final = 128
BITS: Final = 512
SHINGLE: Final = 3
ANCHOR_SHINGLE: Final = 4
"""Words of an anchor: three are too often a title or an office that a whole country's papers repeat."""
ANCHORS: Final = 12
"""Of a text of 300 words or less; a longer one has one more for each ANCHOR_EVERY words, so that a short text
finds the long one that it is a part of (and the other way round)."""
ANCHOR_EVERY: Final = 25
MOST_ANCHORS: Final = 24
NUMBERS: Final = 12
SUBJECTS: Final = 128
"""Words that are looked at for subjects: all of a short text's. Places are given by hashes, so of a longer
one these are a fair sample."""

_HEAD = struct.Struct("<BHHIBBB")
_BITMAP = _HEAD.size + VALUES
_SUBJECTS = _BITMAP + BITS // 8
_REST = _SUBJECTS + SUBJECTS // 8
SIGNATURE_BYTES: Final = _REST + 2 * NUMBERS + 4 * MOST_ANCHORS
_MOST = 0xFFFF
_STEP = np.uint64(0xD6E8FEB86659FD93)
"""An odd multiplier for the polynomial over a shingle's words, and for the sequence of permutations."""
_CHUNK = 4096
"""Shingles hashed at once: the table of their permutations stays in the processor's cache."""


@dataclass(frozen=True, slots=True)
class Signature:
    """A signature, read. The tuples are sets of hashes, `minhash` and `bitmap` bytes to compare in place."""

    words: int
    shingles: int
    hour: int
    figures: int
    minhash: bytes
    bitmap: bytes
    subjects: tuple[int, ...]
    """Places in the bitmap."""
    numbers: tuple[int, ...]
    anchors: tuple[int, ...]


def signature_of(text: Words, published_hour: int = 0, title: Words = NO_WORDS) -> bytes:
    """The signature of a normalised text and title; `published_hour` counts from 1970, 0: unknown."""
    words = text.words
    shingles = distinct(_shingled(words, SHINGLE))
    anchors = distinct(_shingled(words, ANCHOR_SHINGLE))[: _anchors_of(words.size)]
    figures = distinct(text.numbers)
    said, subjects = _bits(words), _bits(_subjects(text, title))
    head = _HEAD.pack(
        FP,
        min(words.size, _MOST),
        min(shingles.size, _MOST),
        max(0, min(published_hour, 0xFFFFFFFF)),
        min(figures.size, 255),
        min(figures.size, NUMBERS),
        anchors.size,
    )
    return b"".join(
        (
            head,
            _minhash(shingles),
            _packed(said, BITS),
            _packed(subjects[said][:SUBJECTS], SUBJECTS),
            (figures[:NUMBERS] >> np.uint64(16)).astype("<u2").tobytes(),
            # The low halves: the high ones of the least hashes are all alike.
            anchors.astype(np.uint32).astype("<u4").tobytes(),
        )
    )


def read_signature(packed: bytes) -> Signature:
    """The fields of a signature. Raises ValueError if it is of another version."""
    version, words, shingles, hour, figures, numbers, anchors = _HEAD.unpack_from(packed)
    if version != FP:
        raise ValueError(f"signature of version {version}, not {FP}")
    found = struct.unpack(f"<{numbers}H{anchors}I", packed[_REST:])
    bitmap = packed[_BITMAP:_SUBJECTS]
    marked = zip(_set_bits(bitmap), _bits_of(packed[_SUBJECTS:_REST]), strict=False)
    return Signature(
        words=words,
        shingles=shingles,
        hour=hour,
        figures=figures,
        minhash=packed[_HEAD.size : _BITMAP],
        bitmap=bitmap,
        subjects=tuple(place for place, subject in marked if subject),
        numbers=found[:numbers],
        anchors=found[numbers:],
    )


def _anchors_of(words: int) -> int:
    return min(MOST_ANCHORS, max(ANCHORS, words // ANCHOR_EVERY))


def _bits(words: Hashes) -> NDArray[np.bool_]:
    """The bitmap of these words."""
    bits = np.zeros(BITS, np.bool_)
    bits[(words >> np.uint64(48)).astype(np.intp) % BITS] = True
    return bits


def _packed(bits: NDArray[np.bool_], size: int) -> bytes:
    return np.packbits(bits, bitorder="little").tobytes().ljust(size // 8, b"\0")


def _bits_of(packed: bytes) -> list[int]:
    return [byte >> place & 1 for byte in packed for place in range(8)]


def _set_bits(packed: bytes) -> list[int]:
    return [place for place, bit in enumerate(_bits_of(packed)) if bit]


def _subjects(text: Words, title: Words) -> Hashes:
    """The words that a text says more than once, its title counted: whom and what it is about.

    An editor puts a word or two otherwise, but names its people and places again; who fills a formula in
    anew changes just these. Numbers are left out: one writer's 4 is another one's four, and they are
    compared by themselves.
    """
    words = np.sort(text.words)
    again = np.concatenate((words[~firsts(words)], title.words[among(title.words, words)]))
    return again[~among(again, np.sort(np.concatenate((text.numbers, title.numbers))))]


def _shingled(words: Hashes, length: int) -> Hashes:
    """A hash of each run of `length` words; of all words where there are fewer."""
    length = max(1, min(length, words.size))
    count = words.size - length + 1
    total = words[:count].copy() if count > 0 else words
    for place in range(1, length):
        total = total * _STEP + words[place : place + count]
    return mixed(total)


def _minhash(shingles: Hashes) -> bytes:
    """The lowest byte of the least value under each of VALUES permutations."""
    if not shingles.size:
        return bytes(VALUES)
    low = (shingles >> np.uint64(32)).astype(np.uint32)
    seeds, factors = _permutations()
    least = np.full(VALUES, 0xFFFFFFFF, np.uint32)
    room = np.empty(VALUES * min(low.size, _CHUNK), np.uint32)
    for start in range(0, low.size, _CHUNK):
        part = low[start : start + _CHUNK]
        table = room[: VALUES * part.size].reshape(VALUES, -1)
        np.bitwise_xor(part, seeds, out=table)
        np.multiply(table, factors, out=table)
        np.minimum(least, table.min(axis=1), out=least)
    return least.astype(np.uint8).tobytes()


@cache
def _permutations() -> tuple[NDArray[np.uint32], NDArray[np.uint32]]:
    """XOR with a seed, times an odd factor: one-to-one on 32 bits, from a fixed sequence."""
    drawn = mixed(np.arange(1, 2 * VALUES + 1, dtype=np.uint64) * _STEP)
    seeds, factors = np.split((drawn >> np.uint64(32)).astype(np.uint32)[:, None], 2)
    return seeds, factors | np.uint32(1)
