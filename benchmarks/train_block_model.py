"""Trains the block model for pages, cross-validates it, and writes its weights.

    python -m benchmarks.train_block_model                  # figures, then worker/text/block_model.npz
    python -m benchmarks.train_block_model --figures-only

Needs catboost (dependency group `train`). The cases folder is WINNOW_CASES/articles, by default ../shared;
its texts are not part of the project. Seeds are fixed: the same cases give the same bytes.
"""

from __future__ import annotations

import argparse
import io
import tomllib
import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from catboost import CatBoostClassifier
from numpy.typing import NDArray

from benchmarks.block_model_data import SETS, PageCase
from benchmarks.block_model_probe import probe
from benchmarks.cross_validation import FOLDS, calibrated, chances_held_out, fold_of, reliability
from benchmarks.floors import Figures
from benchmarks.held_out import block_cases, block_models
from benchmarks.oblivious import arrays_of
from benchmarks.scorer import scorer
from worker.html.article import TAKEN, candidates
from worker.html.blocks import CLASS_BITS, class_words
from worker.html.features import block_features
from worker.text.block_model import BlockModel
from worker.text.line_model import page_signs
from worker.text.line_own import EVIDENCE_UNIT

WEIGHTS = Path(__file__).resolve().parents[1] / "worker" / "text" / "block_model.npz"
CLASS_WORDS = Path(__file__).with_name("class_words.toml")
THRESHOLD = 0.55
"""Losing a paragraph is worse than keeping a prompt; between .4 and .55 the figures differ by little."""
TREES: dict[str, Any] = {
    "iterations": 200, "depth": 6, "learning_rate": 0.1, "l2_leaf_reg": 6, "rsm": 0.2, "random_strength": 3,
    "bootstrap_type": "Bernoulli", "subsample": 0.8, "border_count": 64, "thread_count": 1,
    "verbose": 0, "allow_writing_files": False,
}  # fmt: skip
SEEDS = (1, 2, 3)
"""The mean of differently drawn models errs less than each."""
SMOOTHING = 3.0
"""Sites added to both sides of a class word's log-odds."""
MIN_SITES = 5
"""With fewer, a class word is a site's own and says nothing about others."""
PARTIAL_WEIGHT = 0.3
"""Of pages as they look where the extractor stops halfway or begins late."""
MIN_EXTRACTED = 5
"""Lines that it must have taken for half of them to say anything."""
CHANCES = (0.0, 0.2, 0.4, 0.6, 0.8, 1.0)
NEAR = 40
"""Leftovers so many blocks away from the article are no example: menus are easy, and there are many."""

Table = NDArray[np.int8]
Counts = dict[str, NDArray[np.float64]]
"""By site: how much leftover and how much article text hangs under each bucket of class words."""


def class_counts(cases: Iterable[PageCase]) -> Counts:
    """What each site says about the words in its classes; longer blocks say a little more."""
    sites: Counts = {}
    for case in cases:
        counts = sites.setdefault(case.group, np.zeros((2, 1 << CLASS_BITS)))
        tree = case.page.tree
        chains: list[frozenset[int]] = []
        for own, parent in zip(tree.classes, tree.parent, strict=True):
            chains.append(frozenset(own) | (chains[parent] if parent >= 0 else frozenset()))
        for node, label, tokens in zip(case.page.node, case.labels, case.tokens, strict=True):
            if label >= 0:
                counts[1 - label][list(chains[node])] += min(int(tokens), 60) ** 0.5
    return sites


@cache
def class_names() -> NDArray[np.int8]:
    """What leftovers (1) and articles (-1) are commonly called, by bucket."""
    words = tomllib.loads(CLASS_WORDS.read_text("utf-8"))
    names = np.zeros(1 << CLASS_BITS, np.int8)
    for side, value in (("article", -1), ("leftover", 1)):
        names[[bucket for word in words[side].split() for bucket in class_words(word)]] = value
    return names


def class_table(counts: Iterable[NDArray[np.float64]]) -> Table:
    """Log-odds of leftover per bucket, each site counting once; 0 where fewer than MIN_SITES sites say it."""
    drop, keep = np.zeros((2, 1 << CLASS_BITS))
    for own in counts:
        total = own.sum(axis=0)
        share = own[0] / np.maximum(total, 1e-9)
        drop += share
        keep += (1 - share) * (total > 0)
    odds = np.log((drop + SMOOTHING) / (keep + SMOOTHING)) * (drop + keep >= MIN_SITES)
    return np.clip(np.rint(odds / EVIDENCE_UNIT), -127, 127).astype(np.int8)


@dataclass(frozen=True)
class Rows:
    """A page's features."""

    names: tuple[str, ...]
    values: NDArray[np.float32]

    def near(self) -> NDArray[np.bool_]:
        """The blocks that are not far from the article."""
        first, last = self.values[self.names.index("to_first")], self.values[self.names.index("from_last")]
        return np.asarray((first > -NEAR) & (last < NEAR))


def rows_of(case: PageCase, table: Table, extracted: Sequence[str] | None = None) -> Rows:
    """As the worker computes them; `extracted` stands for what the extractor took."""
    names, values = block_features(
        case.page, table, class_names(), title=case.opened.title, summary=case.opened.summary,
        extracted=case.opened.extracted if extracted is None else extracted,
    )  # fmt: skip
    return Rows(names, values)


def half_taken(case: PageCase) -> Sequence[str] | None:
    """What an extractor would have taken that stops halfway or begins late, drawn by the page's name; None
    where it took too little to be cut."""
    lines, draw = case.opened.extracted, zlib.crc32(case.identity.encode())
    if len(lines) < MIN_EXTRACTED:
        return None
    cut = len(lines) // 4 + draw % (len(lines) // 2)
    return lines[:cut] if draw >> 16 & 1 else lines[cut:]


def fit(cases: Sequence[PageCase], rows: Sequence[Rows], worth: Sequence[float]) -> list[CatBoostClassifier]:
    """Trees over the labelled blocks near the article, longer ones counting more, each page by its worth."""
    values = np.concatenate([one.values for one in rows], axis=1).T
    labels = np.concatenate([case.labels for case in cases])
    weights = np.concatenate(
        [np.sqrt(np.maximum(case.tokens, 1)) * weight for case, weight in zip(cases, worth, strict=True)]
    )
    near = np.concatenate([one.near() for one in rows])
    scored = (labels >= 0) & (near | (labels == 0))
    models = [CatBoostClassifier(**TREES, random_seed=seed) for seed in SEEDS]
    for model in models:
        model.fit(values[scored], labels[scored], sample_weight=weights[scored])
    return models


def trained(
    cases: Sequence[PageCase], counts: Counts, without: frozenset[int], certainty: Sequence[float] = ()
) -> bytes:
    """The weights of a model that saw no site of these folds. Each page's own fold is taken out of the
    table its features are read with, so that its classes are seen as those of a new site will be."""
    seen = [case for case in cases if fold_of(case.group) not in without]
    tables = {
        fold: class_table(own for site, own in counts.items() if fold_of(site) not in without | {fold})
        for fold in range(FOLDS)
    }
    rows = [rows_of(case, tables[fold_of(case.group)]) for case in seen]
    halves = [(case, half) for case in seen if (half := half_taken(case)) is not None]
    rows += [rows_of(case, tables[fold_of(case.group)], half) for case, half in halves]
    worth = [1.0] * len(seen) + [PARTIAL_WEIGHT] * len(halves)
    models = fit([*seen, *(case for case, _ in halves)], rows, worth)
    table = class_table(own for site, own in counts.items() if fold_of(site) not in without)
    buffer = io.BytesIO()
    np.savez_compressed(
        buffer, features=np.array(rows[0].names), classes=table, names=class_names(), probe=probe(),
        threshold=THRESHOLD, certainty=np.array(certainty), **arrays_of(models),
    )  # fmt: skip
    return buffer.getvalue()


def doubts_of(case: PageCase, model: BlockModel) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """What the model thinks of each block, and what the extractor took."""
    rows = rows_of(case, model.classes)
    return model.probabilities(rows.names, rows.values), rows.values[rows.names.index("taken")] >= TAKEN


def figures(cases: Sequence[PageCase], texts: Sequence[str]) -> Figures:
    """As the scorer counts."""
    answers = {case.identity: {"text": text} for case, text in zip(cases, texts, strict=True)}
    found: Figures = scorer().html([case.record for case in cases], answers)[0]
    return found


def text_at(case: PageCase, doubts: NDArray[np.float64], threshold: float) -> str:
    """The blocks under a threshold."""
    return "\n".join(text for text, doubt in zip(case.page.texts, doubts, strict=True) if doubt < threshold)


def table(cases: Sequence[PageCase], doubts: Sequence[NDArray[np.float64]]) -> str:
    """F1 / exact of each set over thresholds, the model alone, as Markdown."""
    lines = ["| threshold | " + " | ".join(SETS) + " |", "|---" * (len(SETS) + 1) + "|"]
    for threshold in np.arange(0.3, 0.71, 0.05):
        said = []
        for name in SETS:
            own = [number for number, case in enumerate(cases) if case.name == name]
            found = figures([cases[n] for n in own], [text_at(cases[n], doubts[n], threshold) for n in own])
            said.append(f"{found['F1']:.4f} / {found['exact']:.3f}")
        lines.append(f"| {threshold:.2f} | " + " | ".join(said) + " |")
    return "\n".join(lines)


def signs_of(doubts: NDArray[np.float64], taken: NDArray[np.bool_]) -> tuple[float, ...]:
    """What tells whether a page comes out exactly right, of the blocks that the worker considers."""
    chosen = candidates(doubts, taken, THRESHOLD) or [0]
    return page_signs([float(doubts[place]) for place in chosen], [False] * len(chosen), THRESHOLD)


def main() -> None:
    """Figures of pages whose sites were not seen first, then the weights of all pages together."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--figures-only", action="store_true")
    asked = parser.parse_args()
    cases, counts = block_cases()
    models = block_models()
    found = [doubts_of(case, models[fold_of(case.group)]) for case in cases]
    print("held out by site, the model alone\n" + table(cases, [doubts for doubts, _ in found]), flush=True)
    signs = np.array([signs_of(doubts, taken) for doubts, taken in found])
    exact = np.array(
        [
            figures([case], [text_at(case, doubts, THRESHOLD)])["exact"] == 1
            for case, (doubts, _) in zip(cases, found, strict=True)
        ]
    )
    said = chances_held_out([case.group for case in cases], signs, exact)
    print("confidence, held out\n" + reliability(said, exact, CHANCES), flush=True)
    if not asked.figures_only:
        weights = trained(cases, counts, frozenset(), calibrated(signs, exact).tolist())
        WEIGHTS.write_bytes(weights)
        print(f"wrote {WEIGHTS.name}, {len(weights):,} bytes")


if __name__ == "__main__":
    main()
