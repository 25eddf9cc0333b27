"""A parsed page as blocks of text, each with its place in the page's tree.

A block is the text between two tags that begin a new line (`<p>`, `<div>`, `<br>` …). What is judged
about a block besides its words is where it hangs: its element, the classes of the elements around it,
the part of the page it is in. One walk over the tree collects all of it.
"""

from __future__ import annotations

import re
import zlib
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from lxml import etree

_WORD = re.compile(r"[A-Z]?[a-z]{2,}|[A-Z]{2,}")
CLASS_BITS = 14
"""Pages of the web use a few thousand words in classes; rare ones may share a bucket."""
MAX_CLASS_WORDS = 16
"""Of one element; generated class names are endless."""
MAX_BLOCKS = 6000
"""More than any article has: what follows is not read."""

SKIPPED = frozenset([
    "script", "style", "noscript", "template", "svg", "head", "iframe", "object", "embed", "select",
    "textarea", "canvas", "math", "audio", "video",
])  # fmt: skip
INLINE = frozenset([
    "a", "abbr", "acronym", "b", "bdi", "bdo", "big", "cite", "code", "data", "del", "dfn", "em",
    "font", "i", "ins", "kbd", "label", "mark", "q", "rb", "rp", "rt", "ruby", "s", "samp", "small",
    "span", "strike", "strong", "sub", "sup", "time", "tt", "u", "var", "wbr", "img", "picture",
    "source", "nobr",
])  # fmt: skip
"""Elements that do not begin a new line; all others do."""
CELLS = ("td", "th")
CELL_CHARS = 60
"""Of a cell with data; longer ones are columns of a page."""
BETWEEN_CELLS = " "
_SKIPPED, _INLINE, _BREAK, _BLOCK, _ROW, _CELL = range(6)
"""What an element does to the text in it: hides it, goes on in the line, ends the line, begins a line of its
own, holds the cells of one line, is one of these."""
SEEN = frozenset(["img", "video", "iframe", "amp-img", "object", "embed"])
"""What is looked at: a caption stands near one."""
INSIDE = {"a": 1, "b": 2, "strong": 2, "em": 4, "i": 4}
"""Bits for what text stands in: a link, bold type, italics."""
_PREFORMATTED = 8
_BLANK_LINE = re.compile(r"\n\s*\n")
_TAGS = (
    "p", "div span section body", "li", "h1", "h2", "h3 h4 h5 h6", "blockquote q", "td th tr", "a",
    "figcaption caption", "header", "footer", "aside nav", "article main", "button label form", "dd dt",
    "pre address time", "strong b em i",
)  # fmt: skip
TAGS = {name: number for number, names in enumerate(_TAGS, 1) for name in names.split()}
"""Kinds of elements, as far as they tell anything about their text; 0 for others."""
_PARTS = (
    "article", "main", "nav", "aside", "footer", "header", "figure", "form", "table", "ul", "ol", "li",
    "blockquote", "button", "p", "a", "h1",
)  # fmt: skip
PARTS = {name: 1 << number for number, name in enumerate(_PARTS)}
"""Parts of a page; a block carries the bits of all it is in."""


@dataclass(slots=True)
class Tree:
    """The elements that hold blocks, parents before children: one value per element."""

    parent: list[int] = field(default_factory=list)
    depth: list[int] = field(default_factory=list)
    tag: list[int] = field(default_factory=list)
    parts: list[int] = field(default_factory=list)
    signature: list[int] = field(default_factory=list)
    """Of tag and classes: elements that are made alike have the same."""
    classes: list[tuple[int, ...]] = field(default_factory=list)
    """Buckets of the words in the element's class, id and role."""
    hidden: list[bool] = field(default_factory=list)
    images: list[int] = field(default_factory=list)
    """Pictures, films and frames in the element, those in elements within it aside."""


@dataclass(slots=True)
class Page:
    """The blocks of a page in order: one value per block, and the tree that they hang in."""

    tree: Tree
    texts: list[str] = field(default_factory=list)
    node: list[int] = field(default_factory=list)
    linked: list[int] = field(default_factory=list)
    """Characters inside links."""
    links: list[int] = field(default_factory=list)
    strong: list[int] = field(default_factory=list)
    """Characters in bold type."""
    slanted: list[int] = field(default_factory=list)
    """Characters in italics."""
    images: list[int] = field(default_factory=list)
    """Pictures, films and frames since the block before."""


@lru_cache(maxsize=8192)
def class_words(names: str) -> tuple[int, ...]:
    """Buckets of the words in a class or id, whatever the way they are joined."""
    words = dict.fromkeys(word.lower() for word in _WORD.findall(names))
    return tuple(
        zlib.crc32(word.encode()) & ((1 << CLASS_BITS) - 1) for word in list(words)[:MAX_CLASS_WORDS]
    )


class _Reader:
    """The state of the walk: the text since the last line break, and what it stood in."""

    def __init__(self) -> None:
        self.page = Page(Tree())
        self.pieces: list[str] = []
        self.nodes: list[int] = [-1]
        """The elements around that begin a line."""
        self.inside: list[int] = [0]
        """What the text stands in: INSIDE's bits, element by element."""
        self.linked = self.links = self.strong = self.slanted = self.images = 0

    def begin(self, element: Any, role: int) -> None:
        tag = element.tag
        if tag in SEEN:
            self.images += 1
            if self.nodes[-1] >= 0:
                self.page.tree.images[self.nodes[-1]] += 1
        if role == _SKIPPED:
            return
        if role in (_INLINE, _CELL):
            self.links += tag == "a"
            self.inside.append(self.inside[-1] | INSIDE.get(tag, 0))
        else:
            self.flush(self.nodes[-1])
            if role != _BREAK:
                self.nodes.append(self.open(element, tag, self.nodes[-1]))
                self.inside.append(self.inside[-1] | _PREFORMATTED * (tag == "pre"))
        self.add(element.text)

    def end(self, role: int) -> None:
        if role in (_BLOCK, _ROW):
            self.flush(self.nodes.pop())
        if role == _CELL:
            self.pieces.append(BETWEEN_CELLS)
        if role not in (_SKIPPED, _BREAK):
            self.inside.pop()

    def add(self, text: str | None) -> None:
        if text:
            inside = self.inside[-1]
            if inside & _PREFORMATTED:
                *lines, text = _BLANK_LINE.split(text)
                for line in lines:
                    self.pieces.append(line)
                    self.flush(self.nodes[-1])
            self.pieces.append(text)
            if inside:
                self.linked += len(text) * (inside & 1)
                self.strong += len(text) * (inside >> 1 & 1)
                self.slanted += len(text) * (inside >> 2 & 1)

    def flush(self, node: int) -> None:
        text = " ".join("".join(self.pieces).split()) if self.pieces else ""
        if text:
            page = self.page
            page.texts.append(text)
            page.node.append(node)
            page.linked.append(min(self.linked, len(text)))
            page.links.append(self.links)
            page.strong.append(min(self.strong, len(text)))
            page.slanted.append(min(self.slanted, len(text)))
            page.images.append(self.images)
            self.images = 0
        self.pieces.clear()
        self.linked = self.links = self.strong = self.slanted = 0

    def open(self, element: Any, tag: str, parent: int) -> int:
        tree, get = self.page.tree, element.get
        names = f"{get('class') or ''} {get('id') or ''} {get('role') or ''} {get('itemprop') or ''}"
        tree.parent.append(parent)
        tree.depth.append(tree.depth[parent] + 1 if parent >= 0 else 0)
        tree.tag.append(TAGS.get(tag, 0))
        tree.parts.append((tree.parts[parent] if parent >= 0 else 0) | PARTS.get(tag, 0))
        tree.signature.append(zlib.crc32(f"{tag} {get('class') or ''}".encode()))
        tree.classes.append(class_words(names))
        tree.images.append(0)
        tree.hidden.append((parent >= 0 and tree.hidden[parent]) or _is_hidden(element))
        return len(tree.parent) - 1


def _displays(element: Any, how: str) -> bool:
    style = element.get("style")
    return bool(style) and f"display:{how}" in style.replace(" ", "").lower()


def _is_unseen(element: Any) -> bool:
    """Whether no reader sees it, as far as the element itself tells."""
    return element.get("hidden") is not None or _displays(element, "none")


def _is_hidden(element: Any) -> bool:
    return _is_unseen(element) or element.get("aria-hidden") == "true"


def _is_row(element: Any) -> bool:
    """Whether a table's row holds data: several cells, each with a few words and nothing else."""
    cells = [cell for cell in element if cell.tag in CELLS]
    return (
        len(cells) > 1
        and all(piece.tag in INLINE or piece.tag in CELLS for piece in element.iterdescendants(etree.Element))
        and all(len("".join(cell.itertext()).strip()) <= CELL_CHARS for cell in cells)
    )


def _role(element: Any, around: int) -> int:
    """What an element does to the text in it; `around` is the role of the element that it is in."""
    tag = element.tag
    if tag in INLINE:
        if element.get("style") is None and element.get("hidden") is None:
            return _INLINE
        return _SKIPPED if _is_unseen(element) else _BLOCK if _displays(element, "block") else _INLINE
    if tag in SKIPPED:
        return _SKIPPED
    if tag == "br":
        return _BREAK
    if tag == "tr" and _is_row(element):
        return _ROW
    return _CELL if around == _ROW and tag in CELLS else _BLOCK


def read_page(root: Any) -> Page:
    """The blocks of a parsed page (an lxml element), as far as MAX_BLOCKS."""
    reader = _Reader()
    roles: list[int] = [_BLOCK]
    walk = etree.iterwalk(root, events=("start", "end", "comment", "pi"))
    for event, element in walk:
        if event == "start":
            role = _role(element, roles[-1])
            roles.append(role)
            reader.begin(element, role)
            if role == _SKIPPED:
                walk.skip_subtree()
            elif len(reader.page.texts) >= MAX_BLOCKS:
                break
            continue
        if event == "end":
            reader.end(roles.pop())
        reader.add(element.tail)
    return reader.page
