"""The lines of a page as arrays: what each line is by itself, whatever stands around it.

Made once per page; when lines go, what is left is a choice of columns.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

import numpy as np
from numpy.typing import NDArray

from worker.text.characters import Kind
from worker.text.line_words import BUCKET_BITS, Bools, Floats, Ints, Lines, bucket, read_lines

EVIDENCE_UNIT = 1 / 32
"""The evidence tables hold int8 in units of this log-odds."""
MOST_EVIDENCE = 12
PAGE_BITS = 15
"""One page has few words: a smaller table is faster to clear."""
HOST_CHARS = 90
SLUG_LETTERS = 8

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


def read_page(lines: Sequence[str], evidence: Evidence, *, title: str | None, url: str | None) -> Page:
    """At least one line, stripped, none empty or with a line break in it."""
    slug, host = slug_and_host(url)
    read = read_lines(lines, title or slug)
    own = np.empty((len(OWN), len(lines)), np.float32)
    _shapes(own, lines, read)
    _words(own, read, evidence)
    own[ROW["in_slug"]] = _overlap(read, own[ROW["words"]])
    own[ROW["in_host"]] = [_names_host(line, host) for line in lines] if len(host) >= 3 else 0.0
    some = read.first[1:] > read.first[:-1]
    padded = np.append(read.hash, 0)
    nothing = -1 - np.arange(len(lines))
    return Page(
        own, read.line, bucket(read.hash, PAGE_BITS), read.kind == Kind.UPPER, read.whole(),
        head=np.where(some, padded[read.first[:-1]], nothing),
        tail=np.where(some, padded[read.first[1:] - 1], nothing),
    )  # fmt: skip


def _shapes(own: Floats, lines: Sequence[str], read: Lines) -> None:
    """Fills in what a line looks like."""
    kinds, counts = read.kinds, read.counts().T.astype(np.float32)
    letters, spaceless = counts[: Kind.DIGIT].sum(axis=0), counts[Kind.SPACELESS]
    size = letters + spaceless + counts[Kind.DIGIT]  # a Han letter says as much as two Latin ones
    number = np.maximum(read.first[1:] - read.first[:-1] - spaceless / 2, 0)
    some = np.maximum(number, 1)
    stop = read.last_before_quotes() == Kind.STOP
    trailing = np.array([text.endswith(("...", "\u2026")) for text in lines])
    cased = counts[Kind.UPPER] + counts[Kind.LOWER] + 1e-6
    own[: ROW["capitals"]] = (
        size, np.minimum(number, 60), stop, stop & ~trailing, kinds[read.starts], kinds[read.ends - 1],
        counts[Kind.UPPER] / cased, counts[Kind.DIGIT] / (size + 1), letters / some,
        np.minimum(counts[Kind.LINK], 5), counts[Kind.PAUSE] / some,
        (counts[Kind.CASELESS] + spaceless) / (letters + 1e-6), counts[Kind.STOP],
        (counts[Kind.COLON] > 0) & (counts[Kind.DIGIT] > 2) & (number < 12),
    )  # fmt: skip


def _words(own: Floats, read: Lines, evidence: Evidence) -> None:
    """Fills in what the words and their pairs say: sum, mean, what speaks for the article."""
    same, pairs = read.pairs()
    told = np.zeros((6, len(read.hash) + 1), np.int32)
    told[0, 1:] = read.kind == Kind.UPPER
    told[1, 1:] = said = evidence.words[bucket(read.hash)]
    told[3, 2:] = evidence.pairs[bucket(pairs)] * same
    np.minimum(told[1:4:2], 0, out=told[2:5:2])
    told[5, 1:] = said != 0
    sums = np.cumsum(told, axis=1)
    total = sums[:, read.first[1:]] - sums[:, read.first[:-1]]
    number = np.maximum(read.first[1:] - read.first[:-1], 1)
    weight = total[1:5] * EVIDENCE_UNIT
    own[ROW["capitals"] : ROW["in_slug"]] = (
        total[0] / np.maximum(own[ROW["words"]], 1),
        np.minimum(np.maximum(weight[0], -MOST_EVIDENCE), MOST_EVIDENCE), weight[0] / number, weight[1],
        np.minimum(np.maximum(weight[2], -MOST_EVIDENCE), MOST_EVIDENCE), weight[2] / number, weight[3],
        total[5] / number,
    )  # fmt: skip


def _overlap(read: Lines, number: Floats) -> NDArray[np.generic] | float:
    """Share of a line's words that the headline has; -1 where there is none."""
    if not len(read.referred):
        return -1.0
    wanted = np.zeros(1 << BUCKET_BITS, bool)
    wanted[bucket(read.referred)] = True
    found = np.bincount(read.line[wanted[bucket(read.hash)]], minlength=len(number))
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
