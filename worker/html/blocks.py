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
_SPACES = re.compile(r"\s+")
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
    """Characters in bold or italics."""


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
        self.linked = self.links = self.strong = 0

    def add(self, text: str | None, inside: int) -> None:
        if text:
            self.pieces.append(text)
            if inside:
                self.linked += len(text) * (inside & 1)
                self.strong += len(text) * (inside >> 1 & 1)

    def flush(self, node: int) -> None:
        text = _SPACES.sub(" ", "".join(self.pieces)).strip() if self.pieces else ""
        if text:
            page = self.page
            page.texts.append(text)
            page.node.append(node)
            page.linked.append(min(self.linked, len(text)))
            page.links.append(self.links)
            page.strong.append(min(self.strong, len(text)))
        self.pieces.clear()
        self.linked = self.links = self.strong = 0

    def open(self, element: Any, tag: str, parent: int) -> int:
        tree, get = self.page.tree, element.get
        names = f"{get('class') or ''} {get('id') or ''} {get('role') or ''} {get('itemprop') or ''}"
        tree.parent.append(parent)
        tree.depth.append(tree.depth[parent] + 1 if parent >= 0 else 0)
        tree.tag.append(TAGS.get(tag, 0))
        tree.parts.append((tree.parts[parent] if parent >= 0 else 0) | PARTS.get(tag, 0))
        tree.signature.append(zlib.crc32(f"{tag} {get('class') or ''}".encode()))
        tree.classes.append(class_words(names))
        tree.hidden.append((parent >= 0 and tree.hidden[parent]) or _is_hidden(element))
        return len(tree.parent) - 1


def _is_hidden(element: Any) -> bool:
    style = element.get("style")
    return (
        bool(style and "display:none" in style.replace(" ", "").lower())
        or element.get("hidden") is not None
        or element.get("aria-hidden") == "true"
    )


def read_page(root: Any) -> Page:
    """The blocks of a parsed page (an lxml element), as far as MAX_BLOCKS."""
    reader = _Reader()
    nodes: list[int] = [-1]
    inside: list[int] = [0]
    walk = etree.iterwalk(root, events=("start", "end", "comment", "pi"))
    for event, element in walk:
        if event == "start":
            tag = element.tag
            if tag in SKIPPED:
                walk.skip_subtree()
                continue
            if tag in INLINE:
                reader.links += tag == "a"
                inside.append(inside[-1] | (tag == "a") | (2 if tag in ("b", "strong", "em", "i") else 0))
            else:
                reader.flush(nodes[-1])
                if len(reader.page.texts) >= MAX_BLOCKS:
                    break
                if tag != "br":
                    nodes.append(reader.open(element, tag, nodes[-1]))
                    inside.append(inside[-1])
            if tag != "br":
                reader.add(element.text, inside[-1])
        elif event == "end":
            tag = element.tag
            if tag in SKIPPED:
                pass
            elif tag in INLINE:
                inside.pop()
            elif tag != "br":
                reader.flush(nodes.pop())
                inside.pop()
            reader.add(element.tail, inside[-1])
        else:
            reader.add(element.tail, inside[-1])
    return reader.page
