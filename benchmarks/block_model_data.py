"""Labelled blocks of pages for the block model: the HTML cases, aligned with their gold text.

Only sets that may be used for training are read here (MIT and Apache).
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.line_model_data import cases_folder, site
from benchmarks.scorer import scorer
from worker.html.blocks import Page
from worker.stages.extract import Opened, open_page

SETS = ("html/aeb", "html/nonlatin")
DOUBTFUL = (0.3, 0.7)
"""A block of which so much is in the gold is neither the article's nor not."""


@dataclass(frozen=True, slots=True)
class PageCase:
    """One page: as the worker opens it, its blocks' labels (1 leftover, 0 article, -1 doubtful), its gold."""

    name: str
    group: str
    identity: str
    url: str | None
    opened: Opened
    labels: NDArray[np.int8]
    tokens: NDArray[np.int64]
    record: dict[str, Any]

    @property
    def page(self) -> Page:
        """Its blocks."""
        return self.opened.page


def page_cases() -> Iterable[PageCase]:
    """Every page that may be trained on; pages that nothing opens are left out."""
    known = scorer()
    for name in SETS:
        for record in known.html_cases(str(cases_folder() / name)):
            html = record.pop("html")
            seen = open_page(html, record.get("url"))
            if seen is None or not seen.page.texts:
                continue
            yield PageCase(
                name, site(record.get("url"), record.get("publisher") or record["id"]), record["id"],
                record.get("url"), seen, *labels_of(seen.page.texts, golds_of(record)), record,
            )  # fmt: skip


def golds_of(record: dict[str, Any]) -> list[list[str]]:
    """The tokens of the gold text, and of the variants that count as right too."""
    known = scorer()
    texts = [record["gold_text"], record.get("gold_text_nosummary") or record["gold_text"]]
    if record.get("set") == "fundus-eval":
        optional = re.compile(r"^\[(.*)\]$", re.DOTALL)
        texts = ["\n".join(optional.sub(r"\1", p) for p in record["paragraphs"])]
        texts.append("\n".join(p for p in record["paragraphs"] if not optional.match(p)))
    return [known.tokens(text) for text in dict.fromkeys(texts)]


def labels_of(texts: list[str], golds: list[list[str]]) -> tuple[NDArray[np.int8], NDArray[np.int64]]:
    """A label per block and its number of tokens."""
    known = scorer()
    tokens = [known.tokens(text) for text in texts]
    sizes = np.array([len(one) for one in tokens])
    flat = [token for one in tokens for token in one]
    shares = []
    for gold in golds:
        matched = np.zeros(len(flat) + 1, int)
        for start, _, size in difflib.SequenceMatcher(None, flat, gold, autojunk=False).get_matching_blocks():
            if size >= 2 or size == len(gold):
                matched[start : start + size] = 1
        sums = np.concatenate([[0], np.cumsum(matched[:-1])])
        ends = np.cumsum(sizes)
        shares.append((sums[ends] - sums[ends - sizes]) / np.maximum(sizes, 1))
    low, high = np.min(shares, axis=0), np.max(shares, axis=0)
    labels = np.where(low >= DOUBTFUL[1], 0, np.where(high <= DOUBTFUL[0], 1, -1)).astype(np.int8)
    labels[sizes == 0] = -1
    return labels, sizes
