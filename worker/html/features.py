"""Features of every block of a page, the same for all languages and sites.

A block is judged by its shape, by where it hangs in the page's tree (classes of the elements around it,
distance to the element that holds the prose, what else is made like it), by what stands around it, by
what the extractor thought of it, and by the evidence of the words in classes and ids: log-odds that the
trainer counted in hashed buckets. Everything is computed for all blocks at once.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from worker.html.blocks import Page
from worker.html.tree import class_evidence, named_distances, place
from worker.html.words import agreement, said_again
from worker.text.characters import Kind
from worker.text.line_words import Bools, Columns, Floats, Lines, Sums, read_lines
from worker.text.line_zones import sums_of


def _shape(page: Page, words: Lines) -> Columns:
    counts = words.counts()
    letters = counts[:, : Kind.DIGIT].sum(axis=1)
    size = letters + counts[:, Kind.SPACELESS] + counts[:, Kind.DIGIT]
    number = np.maximum(words.per_line() - counts[:, Kind.SPACELESS] / 2, 0)
    first, last = words.kinds[words.starts], words.kinds[words.ends - 1]
    lengths = np.array([len(text) for text in page.texts], float)
    upper, lower = counts[:, Kind.UPPER], counts[:, Kind.LOWER]
    return {
        "size": size,
        "words": np.minimum(number, 80),
        "stop": words.last_before_quotes() == Kind.STOP,
        "ends_colon": last == Kind.COLON,
        "ends_quote": last == Kind.QUOTE,
        "begins_symbol": (first == Kind.LINK) | (first == Kind.SYMBOL) | (first == Kind.DASH),
        "begins_lower": first == Kind.LOWER,
        "begins_opening": (first == Kind.OPENING) | (first == Kind.QUOTE),
        "capitals": words.per_line(words.kind == Kind.UPPER) / np.maximum(number, 1),
        "upper": upper / (upper + lower + 1e-6),
        "digits": counts[:, Kind.DIGIT] / (size + 1),
        "symbols": np.minimum(counts[:, Kind.LINK], 5),
        "pauses": counts[:, Kind.PAUSE] / np.maximum(number, 1),
        "stops": np.minimum(counts[:, Kind.STOP], 8),
        "caseless": counts[:, [Kind.CASELESS, Kind.SPACELESS]].sum(axis=1) / (letters + 1e-6),
        "linked": np.array(page.linked) / lengths,
        "links": np.minimum(page.links, 10),
        "strong": np.array(page.strong) / lengths,
        "slanted": np.array(page.slanted) / lengths,
        "unlinked": np.log1p(lengths - np.array(page.linked)),
        "colons": np.minimum(counts[:, Kind.COLON], 4),
        "images": np.minimum(page.images, 4),
    }


def _prose(shape: Columns) -> Bools:
    """Blocks that are surely running text."""
    size, number, loose = shape["size"], shape["words"], shape["linked"] < 0.4
    return np.asarray(
        loose & (((size >= 60) & (number >= 9) & shape["stop"]) | ((size >= 160) & (number >= 20)))
    )


def _order(prose: Bools, agreed: Sums, size: Sums) -> Columns:
    """Where a block stands in the order of the page."""
    count = len(prose)
    place = np.arange(count)
    sure = prose & (agreed >= 0.5)
    if not sure.any():
        sure = prose if prose.any() else size == size.max()
    before = np.maximum.accumulate(np.where(sure, place, -1))
    behind = np.minimum.accumulate(np.where(sure, place, count)[::-1])[::-1]
    first, last = int(np.argmax(sure)), count - 1 - int(np.argmax(sure[::-1]))
    sums, paragraphs, taken = sums_of(size), sums_of(sure), sums_of(agreed * size)
    return {
        "prose": prose,
        "log_size": np.log1p(size),
        "to_first": np.clip(place - first, -30, 30),
        "from_last": np.clip(place - last, -30, 30),
        "gap_before": np.minimum(place - before, 30),
        "gap_behind": np.minimum(behind - place, 30),
        "share": place / count,
        "size_before": sums[:-1] / (sums[-1] + 1),
        "prose_before": np.minimum(paragraphs[:-1], 30),
        "prose_behind": np.minimum(paragraphs[-1] - paragraphs[1:], 30),
        "taken_before": taken[:-1] / (taken[-1] + 1),
    }


def _page(columns: Columns) -> dict[str, float]:
    """What kind of page this is."""
    size, prose, agreed = columns["size"], columns["prose"], columns["taken"]
    total, all_prose = float(size.sum()) + 1, float((size * prose).sum()) + 1
    taken = float((size * agreed).sum())
    return {
        "page_blocks": len(size),
        "page_prose": all_prose / total,
        "page_paragraphs": float(prose.sum()),
        "page_taken": taken / total,
        "page_taken_size": float(np.log1p(taken)),
        "page_missed": float((size * prose * (agreed < 0.5)).sum()) / all_prose,
        "page_linked": float((columns["linked"] * size).sum()) / total,
        "page_caseless": float((columns["caseless"] * size).sum()) / total,
    }


_NEXT = (
    "log_size", "linked", "taken", "stop", "prose", "class_all", "class_own", "body_up",
    "like_prose", "tag", "words", "capitals", "ends_colon", "images",
)  # fmt: skip
_NEAR = {-2: _NEXT[:6], -1: _NEXT, 1: _NEXT, 2: _NEXT[:6]}
_NOBODY = -9.0
_NEAR_NAMES = tuple(f"{name}{offset:+d}" for offset, names in _NEAR.items() for name in names)


def _assembled(columns: Columns, page: dict[str, float], count: int) -> tuple[tuple[str, ...], Floats]:
    rows = np.full((len(columns) + len(page) + len(_NEAR_NAMES), count), _NOBODY, np.float32)
    for number, values in enumerate(columns.values()):
        rows[number] = values
    to = len(columns) + len(page)
    rows[len(columns) : to] = np.array(list(page.values()))[:, None]
    for offset, names in _NEAR.items():
        for name in names:
            values = columns[name]
            if offset < 0:
                rows[to, -offset:] = values[:offset]
            else:
                rows[to, :-offset] = values[offset:]
            to += 1
    return (*columns, *page, *_NEAR_NAMES), rows


def block_features(
    page: Page,
    classes: NDArray[np.int8],
    names: NDArray[np.int8],
    *,
    extracted: Sequence[str],
    title: str = "",
    summary: str = "",
) -> tuple[tuple[str, ...], Floats]:
    """Names and values (one row per feature, one column per block) of a page with at least one block.

    `extracted` are the lines that the extractor took, `title` and `summary` are the page's own.
    """
    words = read_lines(page.texts, title)
    agreed = agreement(words, extracted)
    shape = _shape(page, words)
    prose = _prose(shape)
    node = np.array(page.node)
    own, total, least, most = class_evidence(page.tree, classes)
    above = np.maximum(np.array(page.tree.parent)[node], 0)
    columns = (
        shape | {"taken": agreed} | place(page, shape, prose, agreed) | _order(prose, agreed, shape["size"])
    )
    columns |= {"class_own": own[node], "class_above": own[above], "class_all": total[node]}
    leftover, article, number = named_distances(page.tree, names)
    columns |= {"named_leftover": leftover[node], "named_article": article[node], "named_often": number[node]}
    columns["named_nearer"] = leftover[node] - article[node]
    columns |= {"class_least": least[node], "class_most": most[node]}
    said = read_lines([summary or " "])
    columns |= said_again(words, words.referred, said.hash)
    return _assembled(columns, _page(columns), len(page.texts))
