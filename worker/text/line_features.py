"""Features of every line of a flattened page, the same for all scripts and languages.

A line is judged by where it stands, by what stands around it and by its shape: the position to the
prose, the lengths and ends of its neighbours, the words it shares with the prose, with the URL's slug
and the host; and by the *evidence* of its words, a log-odds that the trainer counted in hashed
buckets (no word can be read back). Everything is computed for all lines at once with numpy.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

import numpy as np
from numpy.typing import NDArray

from worker.text.characters import Kind
from worker.text.line_page import (
    PAGE_BITS,
    Bools,
    Columns,
    Floats,
    Ints,
    Page,
    bucket,
    edges,
    page_bucket,
    pair_hashes,
    per_line,
    read_page,
)
from worker.text.line_zones import Gaps, gaps_of, median_of, prose_lines, sums_of, zones

EVIDENCE_UNIT = 1 / 32
"""The evidence tables hold int8 in units of this log-odds."""
RULE_EVIDENCE = 4.0
"""A line that a phrase rule takes counts for its neighbours like a line of words seen in leftovers only."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """Log-odds of leftover per hashed word and per hashed pair of neighbouring words."""

    words: NDArray[np.int8]
    pairs: NDArray[np.int8]


def _shape(page: Page, lines: Sequence[str]) -> Columns:
    """What a line looks like by itself."""
    counts = page.counts
    letters = counts[:, : Kind.DIGIT].sum(axis=1)
    size = (
        letters + counts[:, Kind.SPACELESS] + counts[:, Kind.DIGIT]
    )  # a Han letter says as much as two Latin ones
    words = np.maximum(per_line(page) - counts[:, Kind.SPACELESS] / 2, 0)
    first, last, inner = edges(page)
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
        "capitals": per_line(page, page.word_kind == Kind.UPPER) / np.maximum(words, 1),
        "upper": upper / (upper + lower + 1e-6),
        "digits": counts[:, Kind.DIGIT] / (size + 1),
        "word_length": letters / np.maximum(words, 1),
        "links": np.minimum(counts[:, Kind.LINK], 5),
        "pauses": counts[:, Kind.PAUSE] / np.maximum(words, 1),
        "caseless": counts[:, [Kind.CASELESS, Kind.SPACELESS]].sum(axis=1) / (letters + 1e-6),
        "stops": counts[:, Kind.STOP],
        "clock": (counts[:, Kind.COLON] > 0) & (counts[:, Kind.DIGIT] > 2) & (words < 12),
    }


def _shared(page: Page, chosen: Bools) -> Bools:
    """For each word, whether it occurs in a chosen line other than its own."""
    rows = page_bucket(page.word_hash)
    inside = np.flatnonzero(chosen[page.word_line])
    first = np.full(1 << PAGE_BITS, -1, np.int32)
    last = first.copy()
    first[rows[inside[::-1]]] = page.word_line[inside[::-1]]
    last[rows[inside]] = page.word_line[inside]
    other: Bools = (first[rows] != page.word_line) | (last[rows] != page.word_line)
    return np.asarray((first[rows] >= 0) & other)


def _cohesion(page: Page, prose: Bools) -> Columns:
    """How much of a line is said in the prose too: all words, and those with a capital."""
    shared = _shared(page, prose)
    capital = page.word_kind == Kind.UPPER
    capitals = per_line(page, capital)
    return {
        "cohesion": per_line(page, shared) / np.maximum(per_line(page), 1),
        "cohesion_capitals": np.where(
            capitals > 0, per_line(page, shared & capital) / np.maximum(capitals, 1), -1
        ),
    }


def _overlap(page: Page) -> Columns:
    """Share of a line's words that the headline has, and of its words in the line; -1 where there is none."""
    count = len(page.starts)
    if not len(page.referred):
        return {"in_slug": np.full(count, -1.0), "of_slug": np.full(count, -1.0)}
    wanted = np.zeros(1 << PAGE_BITS, bool)
    wanted[page_bucket(page.referred)] = True
    found = per_line(page, wanted[page_bucket(page.word_hash)])
    return {
        "in_slug": found / np.maximum(per_line(page), 1),
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


def _evidence(page: Page, gaps: Gaps, evidence: Evidence, hits: Bools) -> Columns:
    """What the words of a line, of its neighbours and of its run say."""
    count = len(page.starts)
    words = evidence.words[bucket(page.word_hash)] * EVIDENCE_UNIT
    pair_line, pair_hash = pair_hashes(page)
    pairs = evidence.pairs[bucket(pair_hash)] * EVIDENCE_UNIT
    number = np.maximum(per_line(page), 1)
    pair_sum = np.bincount(pair_line, pairs, minlength=count)
    single = per_line(page, words)
    both = np.where(hits, RULE_EVIDENCE, np.clip(single + pair_sum, -8, 8))
    place = np.arange(count)
    sums = sums_of(both)
    around = [(np.maximum(place - reach, 0), np.minimum(place + reach + 1, count)) for reach in (2, 5)]
    return {
        "hit": hits,
        "evidence": np.clip(single, -12, 12),
        "evidence_mean": single / number,
        "evidence_against": per_line(page, np.minimum(words, 0)),
        "pair_evidence": np.clip(pair_sum, -12, 12),
        "pair_mean": pair_sum / number,
        "pair_against": np.bincount(pair_line, np.minimum(pairs, 0), minlength=count),
        "known": per_line(page, words != 0) / number,
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
        "page_median": median_of(size[prose]),
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
    gaps = gaps_of(prose_lines(shape))
    columns = shape | zones(shape, gaps) | _cohesion(page, gaps.prose) | _overlap(page) | _repeats(page)
    columns |= _evidence(page, gaps, evidence, hits)
    columns["in_host"] = np.array([_names_host(line, host) for line in lines])
    return _assembled(columns, _page(shape, columns, gaps), len(lines))
