"""The lines of a page as arrays: what each line is by itself, whatever stands around it.

Made once per page; when lines go, what is left is a choice of columns. Words are known by a hash of
their first letters, without case and accents; where a script puts no spaces, every letter counts as
a word of two letters. Nothing of the text is kept.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

import numpy as np
from numpy.typing import NDArray

from worker.text.characters import Kind, codes, tables
from worker.text.line_page import BUCKET_BITS, PREFIX, Bools, Floats, Ints, bucket, mixed, page_bucket

Sums = NDArray[np.float64]

EVIDENCE_UNIT = 1 / 32
"""The evidence tables hold int8 in units of this log-odds."""
MOST_EVIDENCE = 12
HOST_CHARS = 90
SLUG_LETTERS = 8
_BASES = np.array([104729, 224737, 350377, 479909, 611953, 746773, 882377, 0])
"""Primes for the letters of a word; what is behind them counts nothing (what is no letter is 0 anyway)."""

OWN = (
    "size", "words", "stop", "full_stop", "first", "last", "upper", "digits", "word_length",
    "links", "pauses", "caseless", "stops", "clock",
    "capitals", "said", "said_mean", "said_against", "paired", "paired_mean", "paired_against", "known",
    "in_slug", "in_host",
)  # fmt: skip
"""What is known of a line by itself, one row each."""
ROW = {name: number for number, name in enumerate(OWN)}


@dataclass(frozen=True, slots=True)
class Evidence:
    """Weight towards leftover of each hashed word and each hashed pair of neighbouring words."""

    words: NDArray[np.int8]
    pairs: NDArray[np.int8]


@dataclass(frozen=True, slots=True)
class Page:
    """The lines by themselves (`OWN` × lines) and the words that they share with one another."""

    own: Floats
    word_line: Ints
    word_row: Ints
    """Row of a word in a table of 2^PAGE_BITS."""
    capital: Bools
    whole: Ints
    """Hash of each whole line; of its first word; of its last one."""
    head: Ints
    tail: Ints

    def __len__(self) -> int:
        return int(self.own.shape[1])

    def only(self, chosen: Bools) -> Page:
        """The page with the chosen lines alone."""
        words = chosen[self.word_line]
        number = np.cumsum(chosen) - 1
        return Page(
            self.own[:, chosen], number[self.word_line[words]], self.word_row[words], self.capital[words],
            self.whole[chosen], self.head[chosen], self.tail[chosen],
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Words:
    """The words of some lines: the line each stands in, the kind of its first letter, its hash."""

    line: Ints
    kind: NDArray[np.uint8]
    hash: Ints
    first: Ints
    """Where each line's words begin, and where the last one's end."""
    referred: Ints
    """Hashes of the words of the headline."""


def _hashed(kinds: NDArray[np.uint8], folds: NDArray[np.uint16]) -> tuple[Ints, Ints]:
    """Where each word begins, and a hash of its first letters. In scripts without spaces every
    letter begins a "word" of two letters."""
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


def _read(lines: Sequence[str], reference: str) -> tuple[NDArray[np.uint8], Ints, Ints, Words]:
    """Kinds of the characters, where each line begins and ends among them, and the words."""
    kind_of, fold_of = tables()
    points = codes("\n".join(lines) + f"\n{reference}")
    kinds, count = kind_of[points], len(lines)
    at, hashes = _hashed(kinds, fold_of[points])
    ends = np.flatnonzero(kinds == Kind.NEWLINE)[:count]
    kinds = kinds[: ends[-1] + 1]
    starts = np.concatenate([[0], ends[:-1] + 1])
    own = int(np.searchsorted(at, len(kinds)))
    at, referred, hashes = at[:own], hashes[own:], hashes[:own]
    first = np.append(np.searchsorted(at, starts), own)
    line = np.repeat(np.arange(count), first[1:] - first[:-1])
    return kinds, starts, ends, Words(line, kinds[at], hashes, first, referred)


def words_of(lines: Sequence[str]) -> Words:
    """The words of at least one line; line breaks are not allowed in them."""
    return _read(lines, "")[3]


def pair_hashes(words: Words) -> tuple[Bools, Ints]:
    """Whether a word and the next one stand in one line, and the hash of the two."""
    return words.line[:-1] == words.line[1:], mixed(words.hash[:-1] * 31 + words.hash[1:])


def read_page(lines: Sequence[str], evidence: Evidence, *, title: str | None, url: str | None) -> Page:
    """At least one line, stripped, none empty or with a line break in it."""
    slug, host = slug_and_host(url)
    kinds, starts, ends, words = _read(lines, title or slug)
    own = np.empty((len(OWN), len(lines)), np.float32)
    _shapes(own, lines, kinds, starts, ends, words)
    _words(own, words, evidence)
    own[ROW["in_slug"]] = _overlap(words, own[ROW["words"]])
    own[ROW["in_host"]] = [_names_host(line, host) for line in lines] if len(host) >= 3 else 0.0
    some = words.first[1:] > words.first[:-1]
    padded = np.append(words.hash, 0)
    sums = np.concatenate([[0], np.cumsum(words.hash)])[words.first]
    nothing = -1 - np.arange(len(lines))
    return Page(
        own, words.line, page_bucket(words.hash), words.kind == Kind.UPPER,
        whole=sums[1:] - sums[:-1],
        head=np.where(some, padded[words.first[:-1]], nothing),
        tail=np.where(some, padded[words.first[1:] - 1], nothing),
    )  # fmt: skip


def _shapes(
    own: Floats, lines: Sequence[str], kinds: NDArray[np.uint8], starts: Ints, ends: Ints, words: Words
) -> None:
    """Fills in what a line looks like."""
    count = len(lines)
    line = np.repeat(np.arange(0, count * 16, 16), ends - starts + 1)
    counts = np.bincount(line + kinds, minlength=count * 16).reshape(-1, 16).T.astype(np.float32)
    letters = counts[: Kind.DIGIT].sum(axis=0)
    size = (
        letters + counts[Kind.SPACELESS] + counts[Kind.DIGIT]
    )  # a Han letter says as much as two Latin ones
    number = np.maximum(words.first[1:] - words.first[:-1] - counts[Kind.SPACELESS] / 2, 0)
    some = np.maximum(number, 1)
    stop = _last_before_quotes(kinds, starts, ends) == Kind.STOP
    trailing = np.array([text.endswith(("...", "\u2026")) for text in lines])
    cased = counts[Kind.UPPER] + counts[Kind.LOWER] + 1e-6
    own[: ROW["capitals"]] = (
        size, np.minimum(number, 60), stop, stop & ~trailing, kinds[starts], kinds[ends - 1],
        counts[Kind.UPPER] / cased, counts[Kind.DIGIT] / (size + 1), letters / some,
        np.minimum(counts[Kind.LINK], 5), counts[Kind.PAUSE] / some,
        (counts[Kind.CASELESS] + counts[Kind.SPACELESS]) / (letters + 1e-6), counts[Kind.STOP],
        (counts[Kind.COLON] > 0) & (counts[Kind.DIGIT] > 2) & (number < 12),
    )  # fmt: skip


def _last_before_quotes(kinds: NDArray[np.uint8], starts: Ints, ends: Ints) -> NDArray[np.uint8]:
    """Kind of each line's last character, up to three closing quotes or brackets aside."""
    place = ends - 1
    for _ in range(3):
        found = kinds[place]
        place = np.maximum(place - ((found == Kind.QUOTE) | (found == Kind.SPACE)), starts)
    return kinds[place]


def _words(own: Floats, words: Words, evidence: Evidence) -> None:
    """Fills in what the words and their pairs say: sum, mean, what speaks for the article."""
    same, pairs = pair_hashes(words)
    told = np.zeros((6, len(words.hash) + 1), np.int32)
    told[0, 1:] = words.kind == Kind.UPPER
    told[1, 1:] = said = evidence.words[bucket(words.hash)]
    told[3, 2:] = evidence.pairs[bucket(pairs)] * same
    np.minimum(told[1:4:2], 0, out=told[2:5:2])
    told[5, 1:] = said != 0
    sums = np.cumsum(told, axis=1)
    total = sums[:, words.first[1:]] - sums[:, words.first[:-1]]
    number = np.maximum(words.first[1:] - words.first[:-1], 1)
    weight = total[1:5] * EVIDENCE_UNIT
    own[ROW["capitals"] : ROW["in_slug"]] = (
        total[0] / np.maximum(own[ROW["words"]], 1),
        np.minimum(np.maximum(weight[0], -MOST_EVIDENCE), MOST_EVIDENCE), weight[0] / number, weight[1],
        np.minimum(np.maximum(weight[2], -MOST_EVIDENCE), MOST_EVIDENCE), weight[2] / number, weight[3],
        total[5] / number,
    )  # fmt: skip


def _overlap(words: Words, number: Floats) -> NDArray[np.generic] | float:
    """Share of a line's words that the headline has; -1 where there is none."""
    if not len(words.referred):
        return -1.0
    wanted = np.zeros(1 << BUCKET_BITS, bool)
    wanted[bucket(words.referred)] = True
    found = np.bincount(words.line[wanted[bucket(words.hash)]], minlength=len(number))
    return np.asarray(found / np.maximum(number, 1))


def slug_and_host(url: str | None) -> tuple[str, str]:
    """The part of a URL's path with the most letters, if it may be a headline, and the host."""
    try:
        parts = urlsplit(url or "")
        host = (parts.hostname or "").removeprefix("www.").rpartition(".")[0].replace("-", "")
        slug = max(unquote(parts.path).split("/"), key=lambda part: sum(map(str.isalpha, part)))
    except ValueError:
        return "", ""
    return (slug if sum(map(str.isalpha, slug)) >= SLUG_LETTERS else ""), host


def _names_host(line: str, host: str) -> float:
    """How much of a short line is the site's name, written with or without spaces."""
    if not 3 <= len(line) <= HOST_CHARS:
        return 0.0
    joined = line.casefold().replace(" ", "")
    if host in joined:
        return len(host) / len(joined)
    return len(joined) / len(host) if len(joined) >= 3 and joined in host else 0.0
