"""Where the blocks of a page hang in its tree: distances, what is made alike, what the classes say."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from worker.html.blocks import PARTS, Page, Tree
from worker.text.line_own import EVIDENCE_UNIT
from worker.text.line_words import Bools, Columns, Ints, Sums

FAR = 20
"""Steps up that make no difference any more, and what is said where there is no such element."""
TOLD_PARTS = (
    "article", "main", "nav", "aside", "footer", "header", "figure", "form", "table", "blockquote", "p",
)  # fmt: skip
"""Each a feature of its own; lists are one."""
LIST_PARTS = PARTS["ul"] | PARTS["ol"] | PARTS["li"]


def class_evidence(tree: Tree, classes: NDArray[np.int8]) -> tuple[Sums, Sums, Sums, Sums]:
    """Per element: its own classes' sum, and over it and all around it the sum, the least and the most."""
    told = {words: sum(map(classes.item, words)) * EVIDENCE_UNIT for words in set(tree.classes)}
    own = [told[words] for words in tree.classes]
    total, least, most = list(own), [min(x, 0.0) for x in own], [max(x, 0.0) for x in own]
    for node, parent in enumerate(tree.parent):
        if parent >= 0:
            total[node] += total[parent]
            least[node] = min(least[node], least[parent])
            most[node] = max(most[node], most[parent])
    return np.array(own), np.array(total), np.array(least), np.array(most)


def named_distances(tree: Tree, names: NDArray[np.int8]) -> tuple[Ints, Ints, Ints]:
    """Per element: steps up to one with a leftover's name, to one with an article's, and how many of the
    former there are around it. `names` is 1 for buckets of leftovers' names, -1 for articles'."""
    told = {words: set(map(names.item, words)) for words in set(tree.classes)}
    leftover = _steps_up(tree, [1 in told[words] for words in tree.classes])
    article = _steps_up(tree, [-1 in told[words] for words in tree.classes])
    number: list[int] = []
    for steps, parent in zip(leftover, tree.parent, strict=True):
        number.append((steps == 0) + (number[parent] if parent >= 0 else 0))
    return np.array(leftover), np.array(article), np.minimum(number, 5)


def _steps_up(tree: Tree, there: Sequence[bool]) -> list[int]:
    """Per element: steps up to the nearest one that is `there`, at most FAR."""
    steps: list[int] = []
    for own, parent in zip(there, tree.parent, strict=True):
        steps.append(0 if own else min(FAR, steps[parent] + 1) if parent >= 0 else FAR)
    return steps


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


def _body_of(tree: Tree, node: Ints, weight: Sums) -> int:
    """The element with the most weight in its children, its grandchildren counting half."""
    scores = np.zeros(len(tree.parent))
    parent = np.array(tree.parent)
    one = parent[node]
    np.add.at(scores, np.maximum(one, 0), weight)
    two = parent[np.maximum(one, 0)]
    np.add.at(scores, np.maximum(two, 0), weight / 2)
    return int(np.argmax(scores))


def _alike(keys: Ints, weight: Sums, prose: Bools, linked: Sums, agreed: Sums) -> Columns:
    """About the blocks with the same key: their number, share of all prose, size, links, and how much of
    them the extractor took."""
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
        "taken": np.bincount(which, agreed * weight)[which] / np.maximum(size[which], 1),
    }


def _paths(tree: Tree) -> Ints:
    """Per element: a hash of how all the elements around it are made, from the page's root on."""
    paths: list[int] = []
    for own, parent in zip(tree.signature, tree.parent, strict=True):
        paths.append((own + 31 * (paths[parent] if parent >= 0 else 0)) & 0xFFFFFFFF)
    return np.array(paths)


def _near_images(tree: Tree, node: Ints, size: Sums) -> Columns:
    """Steps up to the nearest element that holds a picture, and how much text that holds besides: a caption
    shares its picture with few others."""
    images, text = list(tree.images), np.bincount(node, size, minlength=len(tree.parent)).tolist()
    for place in range(len(images) - 1, 0, -1):
        if (parent := tree.parent[place]) >= 0:
            images[parent] += images[place]
            text[parent] += text[place]
    steps = _steps_up(tree, [number > 0 for number in images])
    beside: list[float] = []
    for place, parent in enumerate(tree.parent):
        beside.append(text[place] if not steps[place] else beside[parent] if parent >= 0 else 0.0)
    others = np.maximum(np.array(beside)[node] - size, 0)
    return {"image_up": np.array(steps)[node], "image_text": np.log1p(others)}


def place(page: Page, shape: Columns, prose: Bools, agreed: Sums) -> Columns:
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
    for name in TOLD_PARTS:
        columns[f"in_{name}"] = (parts & PARTS[name]) > 0
    for name, weight in (("body", size * prose), ("taken", size * prose * (agreed >= 0.5))):
        up, down = _distances(tree, _body_of(tree, node, np.minimum(weight, 800)))
        columns[f"{name}_up"], columns[f"{name}_down"] = up[node], down[node]
    ways = {"like": pair, "same": signature[node], "beside": above, "in": node, "path": _paths(tree)[node]}
    for name, keys in ways.items():
        alike = _alike(keys, size, prose, shape["linked"], agreed)
        columns |= {f"{name}_{key}": value for key, value in alike.items()}
    return columns | _near_images(tree, node, size)
