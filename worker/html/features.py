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

from worker.html.blocks import PARTS, Page, Tree
from worker.text.characters import Kind
from worker.text.line_features import EVIDENCE_UNIT
from worker.text.line_page import Bools, Columns, Floats, Ints, edges, per_line
from worker.text.line_page import Page as Words
from worker.text.line_page import read_page as read_words

Values = NDArray[np.float64]
LIST_PARTS = PARTS["ul"] | PARTS["ol"] | PARTS["li"]
RUN = 3
"""Words in a row that two texts must share for the shorter to be part of the longer."""


def runs_of(words: Words) -> tuple[Ints, Ints]:
    """Block and hash of each RUN of words inside one block."""
    line, hashed = words.word_line, words.word_hash
    if len(hashed) < RUN:
        return line[:0], hashed[:0]
    same = line[: 1 - RUN] == line[RUN - 1 :]
    runs = hashed[: 1 - RUN] * 1009 + hashed[1 : 2 - RUN] * 31 + hashed[RUN - 1 :]
    return line[: 1 - RUN][same], runs[same]


def sums_per_line(words: Words) -> Ints:
    """One hash of all words of each block."""
    count = len(words.starts)
    first = words.first_word
    ends = np.concatenate([first[1:], [len(words.word_hash)]])
    sums = np.concatenate([[0], np.cumsum(words.word_hash)])
    return np.asarray(sums[ends] - sums[first])[:count]


def agreement(words: Words, extracted: Sequence[str]) -> Values:
    """How much of each block the extractor took, 0 to 1."""
    count = len(words.starts)
    if not extracted:
        return np.zeros(count)
    other = read_words(extracted)
    whole = np.isin(sums_per_line(words), sums_per_line(other)) & (per_line(words) > 0)
    at, runs = runs_of(words)
    _, known = runs_of(other)
    number = np.bincount(at, minlength=count)
    share = np.bincount(at, np.isin(runs, known), minlength=count) / np.maximum(number, 1)
    return np.where(whole, 1.0, share)


def _shape(page: Page, words: Words) -> Columns:
    counts = words.counts
    letters = counts[:, : Kind.DIGIT].sum(axis=1)
    size = letters + counts[:, Kind.SPACELESS] + counts[:, Kind.DIGIT]
    number = np.maximum(per_line(words) - counts[:, Kind.SPACELESS] / 2, 0)
    first, last, inner = edges(words)
    lengths = np.array([len(text) for text in page.texts], float)
    upper, lower = counts[:, Kind.UPPER], counts[:, Kind.LOWER]
    return {
        "size": size,
        "words": np.minimum(number, 80),
        "stop": inner == Kind.STOP,
        "ends_colon": last == Kind.COLON,
        "ends_quote": last == Kind.QUOTE,
        "begins_symbol": (first == Kind.LINK) | (first == Kind.SYMBOL) | (first == Kind.DASH),
        "begins_lower": first == Kind.LOWER,
        "begins_opening": (first == Kind.OPENING) | (first == Kind.QUOTE),
        "capitals": per_line(words, words.word_kind == Kind.UPPER) / np.maximum(number, 1),
        "upper": upper / (upper + lower + 1e-6),
        "digits": counts[:, Kind.DIGIT] / (size + 1),
        "symbols": np.minimum(counts[:, Kind.LINK], 5),
        "pauses": counts[:, Kind.PAUSE] / np.maximum(number, 1),
        "stops": np.minimum(counts[:, Kind.STOP], 8),
        "caseless": counts[:, [Kind.CASELESS, Kind.SPACELESS]].sum(axis=1) / (letters + 1e-6),
        "linked": np.array(page.linked) / lengths,
        "links": np.minimum(page.links, 10),
        "strong": np.array(page.strong) / lengths,
    }


def _prose(shape: Columns) -> Bools:
    """Blocks that are surely running text."""
    size, number, loose = shape["size"], shape["words"], shape["linked"] < 0.4
    return np.asarray(
        loose & (((size >= 60) & (number >= 9) & shape["stop"]) | ((size >= 160) & (number >= 20)))
    )


def _class_evidence(tree: Tree, classes: NDArray[np.int8]) -> tuple[Values, Values, Values, Values]:
    """Per element: its own classes' sum, and over it and all around it the sum, the least and the most."""
    own = [sum(int(classes[b]) for b in words) * EVIDENCE_UNIT for words in tree.classes]
    total, least, most = list(own), [min(x, 0.0) for x in own], [max(x, 0.0) for x in own]
    for node, parent in enumerate(tree.parent):
        if parent >= 0:
            total[node] += total[parent]
            least[node] = min(least[node], least[parent])
            most[node] = max(most[node], most[parent])
    return np.array(own), np.array(total), np.array(least), np.array(most)


def _distances(tree: Tree, body: int) -> tuple[Ints, Ints]:
    """Per element: steps up to the last element it shares with `body`, and steps from there to `body`."""
    on_way = set()
    node = body
    while node >= 0:
        on_way.add(node)
        node = tree.parent[node]
    up, down = [0] * len(tree.parent), [0] * len(tree.parent)
    for node, parent in enumerate(tree.parent):
        if node in on_way:
            down[node] = tree.depth[body] - tree.depth[node]
        else:
            up[node], down[node] = up[parent] + 1, down[parent]
    return np.array(up), np.array(down)


def _body_of(tree: Tree, node: Ints, weight: Values) -> int:
    """The element with the most weight in its children, its grandchildren counting half."""
    scores = np.zeros(len(tree.parent))
    parent = np.array(tree.parent)
    one = parent[node]
    np.add.at(scores, np.maximum(one, 0), weight)
    two = parent[np.maximum(one, 0)]
    np.add.at(scores, np.maximum(two, 0), weight / 2)
    return int(np.argmax(scores))


def _alike(keys: Ints, weight: Values, prose: Bools, linked: Values) -> Columns:
    """About the blocks with the same key: their number, share of all prose, size and links."""
    _, which = np.unique(keys, return_inverse=True)
    which = which.ravel()
    number = np.bincount(which)
    held = np.bincount(which, weight * prose)
    size = np.bincount(which, weight)
    links = np.bincount(which, linked * weight)
    total = max(float((weight * prose).sum()), 1.0)
    others = np.maximum(size[which] - weight, 0) / np.maximum(number[which] - 1, 1)
    return {
        "number": np.minimum(number[which], 60),
        "prose": held[which] / total,
        "others": np.log1p(others),
        "linked": links[which] / np.maximum(size[which], 1),
    }


def _place(page: Page, shape: Columns, prose: Bools, agreed: Values) -> Columns:
    """Where a block hangs in the page's tree."""
    tree = page.tree
    node = np.array(page.node)
    parent = np.array(tree.parent)
    size = shape["size"]
    signature = np.array(tree.signature)
    above = np.maximum(parent[node], 0)
    pair = signature[node] * 31 + signature[above]
    parts = np.array(tree.parts)[node]
    columns: Columns = {
        "tag": np.array(tree.tag)[node],
        "tag_above": np.array(tree.tag)[above],
        "depth": np.array(tree.depth)[node],
        "hidden": np.array(tree.hidden)[node],
        "in_list": (parts & LIST_PARTS) > 0,
    }
    for name in (
        "article",
        "main",
        "nav",
        "aside",
        "footer",
        "header",
        "figure",
        "form",
        "table",
        "blockquote",
        "p",
    ):
        columns[f"in_{name}"] = (parts & PARTS[name]) > 0
    for name, weight in (("body", size * prose), ("taken", size * prose * (agreed >= 0.5))):
        up, down = _distances(tree, _body_of(tree, node, np.minimum(weight, 800)))
        columns[f"{name}_up"], columns[f"{name}_down"] = up[node], down[node]
    for name, keys in (("like", pair), ("same", signature[node]), ("beside", above), ("in", node)):
        columns |= {
            f"{name}_{key}": value for key, value in _alike(keys, size, prose, shape["linked"]).items()
        }
    return columns


def _order(prose: Bools, agreed: Values, size: Values) -> Columns:
    """Where a block stands in the order of the page."""
    count = len(prose)
    place = np.arange(count)
    sure = prose & (agreed >= 0.5)
    if not sure.any():
        sure = prose if prose.any() else size == size.max()
    before = np.maximum.accumulate(np.where(sure, place, -1))
    behind = np.minimum.accumulate(np.where(sure, place, count)[::-1])[::-1]
    first, last = int(np.argmax(sure)), count - 1 - int(np.argmax(sure[::-1]))
    sums, paragraphs = np.concatenate([[0], np.cumsum(size)]), np.concatenate([[0], np.cumsum(sure)])
    taken = np.concatenate([[0], np.cumsum(agreed * size)])
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


def _elsewhere(words: Words) -> Values:
    """How much of each block other blocks say too."""
    at, runs = runs_of(words)
    count = len(words.starts)
    if not len(runs):
        return np.zeros(count)
    _, which = np.unique(runs, return_inverse=True)
    which = which.ravel()
    low = np.full(int(which.max()) + 1, count)
    np.minimum.at(low, which, at)
    high = np.zeros(int(which.max()) + 1, int)
    np.maximum.at(high, which, at)
    shared = np.bincount(at, low[which] != high[which], minlength=count)
    return shared / np.maximum(np.bincount(at, minlength=count), 1)


def _said_again(words: Words, reference: Ints) -> Columns:
    """Blocks said twice, and how much of a block is in the page's title and the other way round."""
    keys: list[int] = sums_per_line(words).tolist()
    counts: dict[int, int] = {}
    earlier = []
    for key in keys:
        earlier.append(key in counts)
        counts[key] = counts.get(key, 0) + 1
    number = np.maximum(per_line(words), 1)
    found = per_line(words, np.isin(words.word_hash, reference))
    return {
        "repeats": np.minimum([counts[key] - 1 for key in keys], 6),
        "repeated": np.array(earlier),
        "elsewhere": _elsewhere(words),
        "in_title": found / number,
        "of_title": np.minimum(found / max(1, len(reference)), 1),
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
    "like_prose", "tag", "words", "capitals", "ends_colon",
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
    page: Page, classes: NDArray[np.int8], *, extracted: Sequence[str], title: str = ""
) -> tuple[tuple[str, ...], Floats]:
    """Names and values (one row per feature, one column per block) of a page with at least one block.

    `extracted` are the lines that the extractor took, `title` is the page's own.
    """
    words = read_words(page.texts, title)
    agreed = agreement(words, extracted)
    shape = _shape(page, words)
    prose = _prose(shape)
    node = np.array(page.node)
    own, total, least, most = _class_evidence(page.tree, classes)
    above = np.maximum(np.array(page.tree.parent)[node], 0)
    columns = (
        shape | {"taken": agreed} | _place(page, shape, prose, agreed) | _order(prose, agreed, shape["size"])
    )
    columns |= {"class_own": own[node], "class_above": own[above], "class_all": total[node]}
    columns |= {"class_least": least[node], "class_most": most[node]}
    columns |= _said_again(words, words.referred)
    return _assembled(columns, _page(columns), len(page.texts))
