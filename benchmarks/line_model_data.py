"""Labelled pages for the line model: the cases of a folder that is not part of the project, and pages
of the same folder flattened to lines and labelled by aligning them with the gold text.

Only sets that may be used for training are read here (MIT and CC BY).
"""

from __future__ import annotations

import difflib
import glob
import gzip
import json
import os
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from lxml import etree, html

SETS = ("fundus", "aeb", "newspaper4k", "wcxb-article-dev")
_TOKEN = re.compile(r"\w+")
_BLOCKS = frozenset([
    "address", "article", "aside", "audio", "blockquote", "body", "br", "button", "center", "dd", "details",
    "dialog", "div", "dl", "dt", "fieldset", "figcaption", "figure", "footer", "form", "h1", "h2", "h3",
    "h4", "h5", "h6", "header", "hr", "html", "label", "li", "main", "nav", "ol", "option", "p", "picture",
    "pre", "section", "select", "summary", "table", "tbody", "td", "tfoot", "th", "thead", "time", "tr",
    "ul", "video",
])  # fmt: skip
_SKIPPED = frozenset([
    "canvas", "embed", "head", "iframe", "math", "noscript", "object", "script", "select", "style", "svg",
    "template", "textarea",
])  # fmt: skip


@dataclass(frozen=True)
class Case:
    """One page: its lines, their labels (`keep`, `drop`, `title`, `either`) and the site it is grouped by."""

    name: str
    group: str
    url: str | None
    lines: tuple[str, ...]
    labels: tuple[str, ...]
    identity: str = ""

    @property
    def tokens(self) -> list[int]:
        """Tokens per line, as the scorer counts them."""
        return token_counts(self.lines)


def token_counts(lines: Sequence[str]) -> list[int]:
    """Tokens per line, as the scorer counts them."""
    return [len(_TOKEN.findall(line)) for line in lines]


def cases_folder() -> Path:
    """Where the cases lie: WINNOW_CASES, else beside the project."""
    return Path(os.environ.get("WINNOW_CASES", Path(__file__).resolve().parents[2] / "shared")) / "articles"


def site(url: str | None, otherwise: str) -> str:
    """The registered domain, roughly: enough to keep one publisher's pages in one fold."""
    host = (urlsplit(url or "").hostname or otherwise).lower()
    parts = host.split(".")
    short = len(parts) > 2 and len(parts[-1]) == 2 and len(parts[-2]) <= 3
    return ".".join(parts[-3:] if short else parts[-2:])


def read_set(path: Path, name: str) -> list[Case]:
    """The cases of one labelled file."""
    with gzip.open(path, "rt", encoding="utf-8") as file:
        records = [json.loads(line) for line in file]
    return [
        Case(
            name=name,
            group=site(record.get("url"), record.get("source") or record["id"]),
            url=record.get("url") or None,
            lines=tuple(line[0] for line in record["lines"]),
            labels=tuple(line[1] for line in record["lines"]),
            identity=record["id"],
        )
        for record in records
    ]


def training_cases() -> list[Case]:
    """Every labelled page that may be trained on."""
    folder = cases_folder() / "flat_html"
    return [case for name in SETS for case in read_set(folder / f"{name}.jsonl.gz", name)]


def unseen_cases() -> list[Case]:
    """Labelled pages that are never trained on: they only measure."""
    folder = cases_folder() / "flat_arabic"
    return [
        case for path in sorted(folder.glob("*.jsonl.gz")) for case in read_set(path, path.name.split(".")[0])
    ]


def lines_of(root: Any) -> list[str]:
    """The text of an element as a crawler flattens it: one line per block."""
    found: list[str] = []
    piece: list[str] = []

    def flush() -> None:
        text = re.sub(r"\s+", " ", "".join(piece)).strip()
        piece.clear()
        if text:
            found.append(text)

    def walk(element: Any) -> None:
        if not isinstance(element.tag, str) or element.tag.lower() in _SKIPPED:
            return
        block = element.tag.lower() in _BLOCKS
        if block:
            flush()
        piece.append(element.text or "")
        for child in element:
            walk(child)
            piece.append(child.tail or "")
        if block:
            flush()

    walk(root)
    flush()
    return found


def _label(lines: list[str], gold: str) -> list[str]:
    """Labels by alignment; doubtful ones (long lines inside the article that the gold lacks, short ones
    outside that it happens to hold) are `either`."""
    tokens = [_TOKEN.findall(line) for line in lines]
    flat = [token for line in tokens for token in line]
    matched = [False] * len(flat)
    for start, _, size in difflib.SequenceMatcher(
        None, flat, _TOKEN.findall(gold), autojunk=False
    ).get_matching_blocks():
        matched[start : start + size] = [True] * size
    shares, place = [], 0
    for line in tokens:
        shares.append(sum(matched[place : place + len(line)]) / len(line) if line else 0.0)
        place += len(line)
    body = [number for number, share in enumerate(shares) if share >= 0.8 and len(tokens[number]) >= 8]
    if not body:
        return []
    return [_one_label(share, len(tokens[n]), body[0] - n, n - body[-1]) for n, share in enumerate(shares)]


def _one_label(share: float, size: int, before: int, behind: int) -> str:
    outside = max(before, behind)
    if share >= 0.8 and size:
        return "either" if size < 8 and outside > 2 else "keep"
    if share <= 0.2:
        return "either" if size >= 12 and outside <= 0 else "drop"
    return "either"


def _containers(root: Any, gold: str) -> list[list[str]]:
    """Lines of up to three elements around the article, each a good deal larger than the one before."""
    wanted = _TOKEN.findall(gold)
    shingles = set(zip(wanted, wanted[1:], wanted[2:], strict=False))

    def held(element: Any) -> tuple[float, list[str]]:
        lines = lines_of(element)
        tokens = _TOKEN.findall(" ".join(lines))
        return len(shingles & set(zip(tokens, tokens[1:], tokens[2:], strict=False))) / max(
            1, len(shingles)
        ), lines

    element = root.find(".//body") if root.find(".//body") is not None else root
    whole, lines = held(element)
    chain = [lines]
    while whole >= 0.6:
        inside = [
            child for child in element if isinstance(child.tag, str) and child.tag.lower() not in _SKIPPED
        ]
        found = next(((c, ls) for c in inside for share, ls in [held(c)] if share >= 0.95 * whole), None)
        if found is None:
            break
        element = found[0]
        chain.append(found[1])
    taken: list[list[str]] = []
    size = len(wanted) + 3
    for lines in reversed(chain if whole >= 0.6 else []):
        length = len(_TOKEN.findall(" ".join(lines)))
        if length >= 1.02 * size and len(lines) <= 600:
            taken.append(lines)
            size = int(1.3 * length)
    return taken[:3]


def flattened_pages() -> list[Case]:
    """Pages of the HTML sets as flattened text. Their labels follow other conventions than the labelled
    sets', so they lend their words to the evidence but are no examples for the trees."""
    cases: list[Case] = []
    for path in sorted(glob.glob(str(cases_folder() / "html" / "*" / "*.json"))):
        record = json.loads(Path(path).read_text(encoding="utf-8"))
        with gzip.open(path[:-5] + ".html.gz", "rt", encoding="utf-8", errors="replace") as file:
            source = re.sub(r"^\s*<\?xml[^>]*\?>", "", file.read())
        try:
            root = html.fromstring(source)
        except (etree.LxmlError, ValueError):
            continue
        for lines in _containers(root, record["gold_text"]):
            labels = _label(lines, record["gold_text"])
            if "drop" in labels:
                group = site(record.get("url"), record.get("publisher") or record["id"])
                cases.append(
                    Case("flattened", group, record.get("url"), tuple(lines), tuple(labels), record["id"])
                )
    return cases
