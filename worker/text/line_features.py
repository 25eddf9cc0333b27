"""Features of every line of a flattened page, the same for all scripts and languages.

A line is judged by where it stands, by what stands around it and by its shape: the position to the
prose, the lengths and ends of its neighbours, the words it shares with the prose, with the URL's slug
and the host; and by the *evidence* of its words, a log-odds that the trainer counted in hashed
buckets (no word can be read back). Everything is computed for all lines at once with numpy; what
is a count of characters is a table look-up (`characters.py`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote, urlsplit

import numpy as np
from numpy.typing import NDArray

from worker.text.characters import Kind, codes, tables

Floats = NDArray[np.float32]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]
Columns = dict[str, NDArray[Any]]

BUCKET_BITS = 18
"""Wide enough that words of languages the trainer never saw rarely fall into a bucket that is taken."""
PAGE_BITS = 15
"""One page has few words: a smaller table is faster to clear."""
PREFIX = 7
"""Letters of a word that count: inflected forms of one word mostly fall into one bucket."""
EVIDENCE_UNIT = 1 / 32
"""The evidence tables hold int8 in units of this log-odds."""
RULE_EVIDENCE = 4.0
"""A line that a phrase rule takes counts for its neighbours like a line of words seen in leftovers only."""
_BASES = np.array(
    [104729, 224737, 350377, 479909, 611953, 746773, 882377], np.float64
)  # primes: sums stay exact


@dataclass(frozen=True, slots=True)
class Evidence:
    """Log-odds of leftover per hashed word and per hashed pair of neighbouring words."""

    words: NDArray[np.int8]
    pairs: NDArray[np.int8]


@dataclass(frozen=True, slots=True)
class Page:
    """The characters and words of all lines, and for each line where it begins and ends."""

    kinds: NDArray[np.uint8]
    starts: Ints
    ends: Ints
    counts: NDArray[np.float64]
    word_line: Ints
    word_kind: NDArray[np.uint8]
    word_hash: Ints
    first_word: Ints
    referred: Ints
    """Hashes of the words of the headline."""


def bucket(hashes: Ints) -> Ints:
    """The row of each hash in the evidence tables."""
    return (hashes >> 11) & ((1 << BUCKET_BITS) - 1)


def _page_bucket(hashes: Ints) -> Ints:
    return (hashes >> 11) & ((1 << PAGE_BITS) - 1)


def _mixed(values: Ints) -> Ints:
    return ((values ^ (values >> 17)) * 0x2C1B3C6D) & 0xFFFFFFFF


def _words(kinds: NDArray[np.uint8], folds: NDArray[np.uint16]) -> tuple[Ints, Ints]:
    """Where each word begins, and a hash of its first letters. In scripts without spaces every
    letter begins a "word" of two letters."""
    letter = kinds <= Kind.DIGIT
    begins = letter.copy()
    begins[1:] &= ~letter[:-1]
    begins |= kinds == Kind.SPACELESS
    at = np.flatnonzero(begins)
    padded = np.concatenate([folds, np.zeros(PREFIX, np.uint16)])
    letters = padded[at[:, None] + np.arange(PREFIX)]
    letters[kinds[at] == Kind.SPACELESS, 2:] = 0
    alive = np.logical_and.accumulate(letters > 0, axis=1)
    return at, _mixed(((letters * alive) @ _BASES).astype(np.int64))


def read_page(lines: Sequence[str], reference: str = "") -> Page:
    """The lines (at least one, none with a line break) as arrays, and the words of a reference text."""
    kind_of, fold_of = tables()
    points = codes("\n".join(lines) + f"\n{reference}")
    kinds, count = kind_of[points], len(lines)
    at, hashes = _words(kinds, fold_of[points])
    ends = np.flatnonzero(kinds == Kind.NEWLINE)[:count]
    kinds = kinds[: ends[-1] + 1]
    starts = np.concatenate([[0], ends[:-1] + 1])
    line = np.repeat(np.arange(count), ends - starts + 1)
    counts = np.bincount(line * 16 + kinds, minlength=count * 16).reshape(-1, 16).astype(np.float64)
    own = int(np.searchsorted(at, len(kinds)))
    at, referred, hashes = at[:own], hashes[own:], hashes[:own]
    first = np.searchsorted(at, starts)
    return Page(kinds, starts, ends, counts, line[at], kinds[at], hashes, first, referred)


def _per_line(page: Page, values: NDArray[np.generic] | None = None) -> NDArray[np.float64]:
    """Sum (or number) of the words of each line."""
    return np.bincount(page.word_line, values, minlength=len(page.starts)).astype(np.float64)


def _edges(page: Page) -> tuple[Ints, Ints, Ints]:
    """Kind of each line's first character, of its last one, and of the last before closing quotes."""
    place = np.arange(len(page.kinds))
    solid = (page.kinds != Kind.SPACE) & (page.kinds != Kind.NEWLINE)
    last = np.maximum.reduceat(np.where(solid, place, -1), page.starts)
    inner = np.maximum.reduceat(np.where(solid & (page.kinds != Kind.QUOTE), place, -1), page.starts)
    first = np.minimum.reduceat(np.where(solid, place, len(place) - 1), page.starts)
    kinds = page.kinds.astype(np.int64)
    blank = last < page.starts
    return (
        np.where(blank, Kind.SPACE, kinds[first]),
        np.where(blank, Kind.SPACE, kinds[last]),
        np.where(inner < page.starts, Kind.SPACE, kinds[inner]),
    )


def _shape(page: Page, lines: Sequence[str]) -> Columns:
    """What a line looks like by itself."""
    counts = page.counts
    letters = counts[:, : Kind.DIGIT].sum(axis=1)
    size = (
        letters + counts[:, Kind.SPACELESS] + counts[:, Kind.DIGIT]
    )  # a Han letter says as much as two Latin ones
    words = np.maximum(_per_line(page) - counts[:, Kind.SPACELESS] / 2, 0)
    first, last, inner = _edges(page)
    trailing = np.array([line.rstrip().endswith(("...", "\u2026")) for line in lines])
    upper, lower = counts[:, Kind.UPPER], counts[:, Kind.LOWER]
    return {
        "size": size,
        "words": np.minimum(words, 60),
        "stop": inner == Kind.STOP,
        "full_stop": (inner == Kind.STOP) & ~trailing,
        "trailing": trailing,
        "ends_colon": last == Kind.COLON,
        "ends_quote": last == Kind.QUOTE,
        "ends_digit": last == Kind.DIGIT,
        "ends_symbol": (last == Kind.LINK) | (last == Kind.SYMBOL),
        "begins_symbol": (first == Kind.LINK) | (first == Kind.SYMBOL) | (first == Kind.DASH),
        "begins_digit": first == Kind.DIGIT,
        "capitals": _per_line(page, page.word_kind == Kind.UPPER) / np.maximum(words, 1),
        "upper": upper / (upper + lower + 1e-6),
        "digits": counts[:, Kind.DIGIT] / (size + 1),
        "word_length": letters / np.maximum(words, 1),
        "links": np.minimum(counts[:, Kind.LINK], 5),
        "pauses": counts[:, Kind.PAUSE] / np.maximum(words, 1),
        "caseless": counts[:, [Kind.CASELESS, Kind.SPACELESS]].sum(axis=1) / (letters + 1e-6),
        "stops": counts[:, Kind.STOP],
        "clock": (counts[:, Kind.COLON] > 0) & (counts[:, Kind.DIGIT] > 2) & (words < 12),
    }


def _prose(shape: Columns) -> Bools:
    """Lines that are surely paragraphs (or the longest lines where none is)."""
    size, words, stop = shape["size"], shape["words"], shape["stop"]
    prose: Bools = ((size >= 70) & (words >= 9) & stop) | ((size >= 180) & (words >= 20))
    return (
        prose
        if prose.any()
        else size >= max(30.0, 0.6 * size.max())
        if size.max() >= 30
        else size == size.max()
    )


def _sums(values: NDArray[np.generic]) -> NDArray[np.float64]:
    """Running sums with a zero in front: the sum of [a, b) is `sums[b] - sums[a]`."""
    return np.concatenate([[0.0], np.cumsum(values, dtype=np.float64)])


def _median(values: NDArray[np.float64]) -> float:
    """Of at least one value; numpy's own is ten times slower on so few."""
    ordered = np.sort(values)
    return float(ordered[(len(ordered) - 1) // 2] + ordered[len(ordered) // 2]) / 2


def _main_run(prose: Bools, size: NDArray[np.float64]) -> tuple[int, int]:
    """First and last line of the run with the most prose, each other line in it costing 60 letters."""
    gains = _sums(np.where(prose, np.minimum(size, 600), -60))
    last = int(np.argmax(gains[1:] - np.minimum.accumulate(gains)[:-1]))
    return int(np.argmin(gains[: last + 1])), last


@dataclass(frozen=True, slots=True)
class Gaps:
    """For each line the prose line before and behind it (-1 and n where there is none)."""

    prose: Bools
    before: Ints
    behind: Ints

    def mean(self, values: NDArray[np.generic]) -> NDArray[np.float64]:
        """Mean of `values` over the run of other lines that a line stands in; 0 for prose."""
        sums = _sums(values)
        total = sums[self.behind] - sums[self.before + 1]
        return np.where(self.prose, 0, total / np.maximum(self.behind - self.before - 1, 1))


def _gaps(prose: Bools) -> Gaps:
    count = len(prose)
    place = np.arange(count)
    before = np.maximum.accumulate(np.where(prose, place, -1))
    behind = np.minimum.accumulate(np.where(prose, place, count)[::-1])[::-1]
    return Gaps(prose, np.concatenate([[-1], before[:-1]]), np.concatenate([behind[1:], [count]]))


def _zones(shape: Columns, gaps: Gaps) -> Columns:
    """Where a line stands: in the page, to the prose, in the run of lines between two paragraphs."""
    size, prose = shape["size"], gaps.prose
    count = len(prose)
    place = np.arange(count)
    sums, paragraphs = _sums(size), _sums(prose)
    low, high = np.maximum(place - 5, 0), np.minimum(place + 6, count)
    first, last = _main_run(prose, size)
    median = max(_median(size[prose]), 1.0)
    return {
        "prose": prose,
        "log_size": np.log1p(size),
        "relative": np.minimum(size / median, 4),
        "in_main": (place >= first) & (place <= last),
        "to_main": np.clip(place - first, -20, 20),
        "from_main": np.clip(place - last, -20, 20),
        "gap": np.where(prose, 0, np.minimum(gaps.behind - gaps.before - 1, 40)),
        "gap_size": np.log1p(gaps.mean(size)),
        "gap_place": np.where(prose, 0, np.minimum(place - gaps.before, 20)),
        "in_head": (gaps.before < 0) & ~prose,
        "in_tail": (gaps.behind >= count) & ~prose,
        "to_prose": np.minimum(gaps.behind - place, 30),
        "from_prose": np.minimum(place - gaps.before, 30),
        "lines_behind": np.minimum(count - 1 - place, 40),
        "lines_before": np.minimum(place, 40),
        "line_share": place / count,
        "share_before": sums[:-1] / (sums[-1] + 1),
        "share_behind": 1 - sums[1:] / (sums[-1] + 1),
        "prose_before": np.minimum(paragraphs[:-1], 20),
        "prose_behind": np.minimum(paragraphs[-1] - paragraphs[1:], 20),
        "density": (paragraphs[high] - paragraphs[low]) / (high - low),
        "size_around": np.log1p((sums[high] - sums[low]) / (high - low)),
    }


def _shared(page: Page, chosen: Bools) -> Bools:
    """For each word, whether it occurs in a chosen line other than its own."""
    rows = _page_bucket(page.word_hash)
    inside = np.flatnonzero(chosen[page.word_line])
    first = np.full(1 << PAGE_BITS, -1, np.int32)
    last = first.copy()
    first[rows[inside[::-1]]] = page.word_line[inside[::-1]]
    last[rows[inside]] = page.word_line[inside]
    return (first[rows] >= 0) & ((first[rows] != page.word_line) | (last[rows] != page.word_line))


def _cohesion(page: Page, prose: Bools) -> Columns:
    """How much of a line is said in the prose too: all words, and those with a capital."""
    shared = _shared(page, prose)
    capital = page.word_kind == Kind.UPPER
    capitals = _per_line(page, capital)
    return {
        "cohesion": _per_line(page, shared) / np.maximum(_per_line(page), 1),
        "cohesion_capitals": np.where(
            capitals > 0, _per_line(page, shared & capital) / np.maximum(capitals, 1), -1
        ),
    }


def _overlap(page: Page) -> Columns:
    """Share of a line's words that the headline has, and of its words in the line; -1 where there is none."""
    count = len(page.starts)
    if not len(page.referred):
        return {"in_slug": np.full(count, -1.0), "of_slug": np.full(count, -1.0)}
    wanted = np.zeros(1 << PAGE_BITS, bool)
    wanted[_page_bucket(page.referred)] = True
    found = _per_line(page, wanted[_page_bucket(page.word_hash)])
    return {
        "in_slug": found / np.maximum(_per_line(page), 1),
        "of_slug": np.minimum(found / len(page.referred), 1),
    }


def _slug_and_host(url: str | None) -> tuple[str, str]:
    """The part of a URL's path with the most letters, if it may be a headline, and the host."""
    try:
        parts = urlsplit(url or "")
        host = (parts.hostname or "").removeprefix("www.").rpartition(".")[0].replace("-", "")
        slug = max(unquote(parts.path).split("/"), key=lambda part: sum(map(str.isalpha, part)))
    except ValueError:
        return "", ""
    return (slug if sum(map(str.isalpha, slug)) >= 8 else ""), host


def _names_host(line: str, host: str) -> float:
    """How much of a short line is the site's name, written with or without spaces."""
    joined = line.casefold().replace(" ", "")
    if len(host) < 3 or not 3 <= len(joined) <= 90:
        return 0.0
    return len(host) / len(joined) if host in joined else len(joined) / len(host) if joined in host else 0.0


def _again(keys: Ints) -> tuple[NDArray[np.float64], Bools]:
    """How many other lines have the same key, and whether an earlier one has."""
    listed: list[int] = keys.tolist()
    counts: dict[int, int] = {}
    earlier = []
    for key in listed:
        earlier.append(key in counts)
        counts[key] = counts.get(key, 0) + 1
    return np.array([counts[key] - 1 for key in listed], float), np.array(earlier)


def _repeats(page: Page) -> Columns:
    """Lines said twice, and lines that begin or end like others (lists, tables, questions and answers)."""
    count = len(page.starts)
    words = page.first_word
    ends = np.concatenate([words[1:], [len(page.word_hash)]])
    sums = np.concatenate([[0], np.cumsum(page.word_hash)])
    padded = np.concatenate([page.word_hash, [0]])
    some = ends > words
    repeats, earlier = _again(sums[ends] - sums[words])
    heads, _ = _again(np.where(some, padded[words], -1 - np.arange(count)))
    tails, _ = _again(np.where(some, padded[ends - 1], -1 - np.arange(count)))
    return {
        "repeats": repeats,
        "repeated": earlier,
        "same_head": np.minimum(heads - repeats, 20),
        "same_tail": np.minimum(tails - repeats, 20),
    }


def pair_hashes(page: Page) -> tuple[Ints, Ints]:
    """Line and hash of each pair of neighbouring words."""
    same = page.word_line[:-1] == page.word_line[1:]
    hashes = _mixed(page.word_hash[:-1] * 31 + page.word_hash[1:])
    return page.word_line[:-1][same], hashes[same]


def _evidence(page: Page, gaps: Gaps, evidence: Evidence, hits: Bools) -> Columns:
    """What the words of a line, of its neighbours and of its run say."""
    count = len(page.starts)
    words = evidence.words[bucket(page.word_hash)] * EVIDENCE_UNIT
    pair_line, pair_hash = pair_hashes(page)
    pairs = evidence.pairs[bucket(pair_hash)] * EVIDENCE_UNIT
    number = np.maximum(_per_line(page), 1)
    pair_sum = np.bincount(pair_line, pairs, minlength=count)
    single = _per_line(page, words)
    both = np.where(hits, RULE_EVIDENCE, np.clip(single + pair_sum, -8, 8))
    place = np.arange(count)
    sums = _sums(both)
    around = [(np.maximum(place - reach, 0), np.minimum(place + reach + 1, count)) for reach in (2, 5)]
    return {
        "hit": hits,
        "evidence": np.clip(single, -12, 12),
        "evidence_mean": single / number,
        "evidence_against": _per_line(page, np.minimum(words, 0)),
        "pair_evidence": np.clip(pair_sum, -12, 12),
        "pair_mean": pair_sum / number,
        "pair_against": np.bincount(pair_line, np.minimum(pairs, 0), minlength=count),
        "known": _per_line(page, words != 0) / number,
        "evidence_near": (sums[around[0][1]] - sums[around[0][0]] - both) / (around[0][1] - around[0][0]),
        "evidence_around": (sums[around[1][1]] - sums[around[1][0]] - both) / (around[1][1] - around[1][0]),
        "gap_evidence": gaps.mean(both),
        "gap_opens": np.where(gaps.prose, 0, both[np.minimum(gaps.before + 1, count - 1)]),
    }


def _page(shape: Columns, columns: Columns, gaps: Gaps) -> dict[str, float]:
    """What kind of page this is: an article, a list, a live blog."""
    prose, size = gaps.prose, shape["size"]
    count, paragraphs = len(prose), max(1, int(prose.sum()))
    lone = ~prose & (gaps.behind - gaps.before == 2) & (gaps.before >= 0) & (gaps.behind < count)
    main = columns["in_main"]
    mean = {
        name: float(columns[name].sum()) / count
        for name in ("full_stop", "clock", "digits", "caseless", "hit", "known")
    }
    return {f"page_{name}": value for name, value in mean.items()} | {
        "page_lines": count,
        "page_main": float(main.sum()) / count,
        "page_main_prose": float((main & prose).sum()) / max(1, int(main.sum())),
        "page_median": _median(size[prose]),
        "page_prose_size": float(size[prose].sum() / (size.sum() + 1)),
        "page_prose": paragraphs / count,
        "page_paragraphs": paragraphs,
        "page_unstopped": float((prose & ~columns["full_stop"]).sum()) / paragraphs,
        "page_subheads": float(lone.sum()) / paragraphs,
        "page_repeats": float((columns["repeats"] > 0).sum()) / count,
        "page_same_head": float((columns["same_head"] > 0).sum()) / count,
        "page_same_tail": float((columns["same_tail"] > 0).sum()) / count,
        "page_evidence": float(np.maximum(columns["evidence"], 0).sum()) / count,
    }


_NEXT = (
    "capitals", "words", "evidence", "evidence_mean", "pair_evidence", "full_stop", "ends_colon",
    "repeats", "digits", "in_slug", "hit", "log_size", "cohesion",
)  # fmt: skip
_NEAR = {-2: _NEXT[:3], -1: _NEXT, 1: _NEXT, 2: _NEXT[:3]}
"""What a line is told about the lines two before to two behind it."""


_NEAR_NAMES = tuple(f"{name}{offset:+d}" for offset, names in _NEAR.items() for name in names)
_NOBODY = -9.0
"""Told where there is no such neighbour."""


def _assembled(columns: Columns, page: dict[str, float], count: int) -> tuple[tuple[str, ...], Floats]:
    """One row per feature: the lines' own, the page's, the neighbours'."""
    rows = np.full((len(columns) + len(page) + len(_NEAR_NAMES), count), _NOBODY, np.float32)
    place = {name: number for number, name in enumerate(columns)}
    for number, values in enumerate(columns.values()):
        rows[number] = values
    to = len(columns) + len(page)
    rows[len(columns) : to] = np.array(list(page.values()))[:, None]
    for offset, names in _NEAR.items():
        told = rows[[place[name] for name in names]]
        if offset < 0:
            rows[to : to + len(names), -offset:] = told[:, :offset]
        else:
            rows[to : to + len(names), :-offset] = told[:, offset:]
        to += len(names)
    return (*columns, *page, *_NEAR_NAMES), rows


def line_features(
    lines: Sequence[str],
    evidence: Evidence,
    *,
    title: str | None = None,
    url: str | None = None,
    rule_hits: Sequence[bool] | None = None,
) -> tuple[tuple[str, ...], Floats]:
    """Names and values (one row per feature, one column per line) of at least one line."""
    slug, host = _slug_and_host(url)
    page = read_page(lines, title or slug)
    hits = np.zeros(len(lines), bool) if rule_hits is None else np.array(rule_hits, bool)
    shape = _shape(page, lines)
    gaps = _gaps(_prose(shape))
    columns = shape | _zones(shape, gaps) | _cohesion(page, gaps.prose) | _overlap(page) | _repeats(page)
    columns |= _evidence(page, gaps, evidence, hits)
    columns["in_host"] = np.array([_names_host(line, host) for line in lines])
    return _assembled(columns, _page(shape, columns, gaps), len(lines))
