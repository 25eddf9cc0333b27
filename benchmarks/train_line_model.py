"""Trains the line model, cross-validates it, and writes its weights.

    python benchmarks/train_line_model.py                  # figures, then worker/text/line_model.npz
    python benchmarks/train_line_model.py --figures-only

Needs catboost (dependency group `train`). The cases folder is WINNOW_CASES/articles, by default ../shared;
its texts are not part of the project. Seeds are fixed: the same cases give the same bytes.
"""

from __future__ import annotations

import argparse
import io
import json
import tempfile
import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from catboost import CatBoostClassifier
from line_model_data import SETS, Case, flattened_pages, training_cases
from numpy.typing import NDArray

from worker.text.line_features import (
    BUCKET_BITS,
    EVIDENCE_UNIT,
    Evidence,
    bucket,
    line_features,
    pair_hashes,
    read_page,
)
from worker.text.line_model import LineModel, log_odds

WEIGHTS = Path(__file__).resolve().parents[1] / "worker" / "text" / "line_model.npz"
FOLDS = 10
LIMITS = {"fundus": 0.008, "aeb": 0.01, "newspaper4k": 0.01, "wcxb-article-dev": 0.01}
TREES = dict(iterations=400, depth=6, learning_rate=0.06, l2_leaf_reg=6, rsm=0.2, random_strength=10,
             bootstrap_type="Bernoulli", subsample=0.8, border_count=64, random_seed=1, thread_count=1,
             verbose=0, allow_writing_files=False)  # fmt: skip
"""Slow learning from few features and lines at a time: halves of one set differ by .08, so nothing finer pays."""
SMOOTHING = 0.7
"""Sites added to both sides of a word's log-odds."""

Matrix = NDArray[np.float32]


@dataclass(frozen=True)
class Counts:
    """In how many sites each hashed word (and pair) stands in a leftover line, and in a body line."""

    words: NDArray[np.int32]
    pairs: NDArray[np.int32]

    def __add__(self, other: Counts) -> Counts:
        return Counts(self.words + other.words, self.pairs + other.pairs)

    def __sub__(self, other: Counts) -> Counts:
        return Counts(self.words - other.words, self.pairs - other.pairs)


def _zero() -> Counts:
    return Counts(np.zeros((2, 1 << BUCKET_BITS), np.int32), np.zeros((2, 1 << BUCKET_BITS), np.int32))


def counts_by_site(cases: Iterable[Case]) -> dict[str, Counts]:
    """What each site says, once however often it says it."""
    sites: dict[str, Counts] = {}
    for case in cases:
        site = sites.setdefault(case.group, _zero())
        page = read_page(case.lines)
        side = np.array([0 if x in ("drop", "title") else 1 if x == "keep" else 2 for x in case.labels])
        pair_line, pair_hash = pair_hashes(page)
        for which in (0, 1):
            site.words[which][bucket(page.word_hash[side[page.word_line] == which])] = 1
            site.pairs[which][bucket(pair_hash[side[pair_line] == which])] = 1
    return sites


def _log_odds(counts: NDArray[np.int32]) -> NDArray[np.int8]:
    """Of leftover per bucket; 0 where fewer than two sites say it."""
    drop, keep = counts.astype(float)
    ratio = drop.sum() / max(1.0, keep.sum())
    odds = np.log((drop + SMOOTHING) / (ratio * keep + SMOOTHING)) * (drop + keep >= 2)
    return np.clip(np.rint(odds / EVIDENCE_UNIT), -127, 127).astype(np.int8)


def evidence_of(counts: Counts) -> Evidence:
    """The tables that the worker looks words up in."""
    return Evidence(_log_odds(counts.words), _log_odds(counts.pairs))


def total(sites: Iterable[Counts]) -> Counts:
    """The sum over sites."""
    result = _zero()
    for site in sites:
        result.words[...] += site.words
        result.pairs[...] += site.pairs
    return result


def features_without_own(cases: Sequence[Case], sites: dict[str, Counts]) -> list[Matrix]:
    """Feature rows of each page, its own site's words taken out of the evidence: what is seen of a new site."""
    everything = total(sites.values())
    tables: dict[str, Evidence] = {}
    rows = []
    for case in cases:
        if case.group not in tables:
            own = sites.get(case.group)
            tables[case.group] = evidence_of(everything - own if own else everything)
        rows.append(features(case, tables[case.group]))
    return rows


def features(case: Case, evidence: Evidence) -> Matrix:
    """Feature rows of a page as the worker sees it."""
    return line_features(case.lines, evidence, url=case.url)[1]


def fit(cases: Sequence[Case], rows: Sequence[Matrix], seed: int = 1) -> CatBoostClassifier:
    """Trees over all lines that are scored, longer lines counting more."""
    labels = np.concatenate([np.array(case.labels) for case in cases])
    tokens = np.concatenate([np.array(case.tokens) for case in cases])
    scored = labels != "either"
    model = CatBoostClassifier(**(TREES | {"random_seed": seed}))
    model.fit(
        np.concatenate(rows, axis=1).T[scored],
        np.isin(labels, ["drop", "title"])[scored].astype(int),
        sample_weight=np.sqrt(np.maximum(tokens[scored], 1)),
    )
    return model


def exported(model: Any, evidence: Evidence, threshold: float, certainty: Sequence[float]) -> bytes:
    """The weights as the worker reads them."""
    with tempfile.NamedTemporaryFile(suffix=".json") as file:
        model.save_model(file.name, format="json")
        stored = json.loads(Path(file.name).read_text())
    trees = stored["oblivious_trees"]
    depth = max(len(tree["splits"]) for tree in trees)
    names = line_features(["a"], evidence)[0]
    asked = np.zeros((depth, len(trees)), np.int16)
    borders = np.full((depth, len(trees)), np.inf, np.float32)
    leaves = np.zeros((len(trees), 1 << depth), np.float32)
    for number, tree in enumerate(trees):
        for level, split in enumerate(tree["splits"]):
            asked[level, number] = split["float_feature_index"]
            borders[level, number] = split["border"]
        leaves[number, : len(tree["leaf_values"])] = tree["leaf_values"]
    scale, bias = stored["scale_and_bias"]
    buffer = io.BytesIO()
    np.savez_compressed(
        buffer, features=np.array(names), words=evidence.words, pairs=evidence.pairs, asked=asked, borders=borders,
        leaves=(leaves * scale).astype(np.float16), bias=float(bias[0]), threshold=threshold,
        certainty=np.array(certainty),
    )  # fmt: skip
    return buffer.getvalue()


def fold_of(group: str, seed: int = 0, folds: int = FOLDS) -> int:
    """The fold that a site's pages are held out in."""
    return zlib.crc32(f"{group}{seed}".encode()) % folds


@dataclass(frozen=True)
class Split:
    """What one model must not see: pages to be scored, and sites whose words are unknown."""

    pages: frozenset[int]
    sites: frozenset[str]


def folds(cases: Sequence[Case], sites: Iterable[str]) -> list[Split]:
    """Cross-validation grouped by site, over all sets at once."""
    return [
        Split(
            frozenset(n for n, case in enumerate(cases) if fold_of(case.group) == fold),
            frozenset(site for site in sites if fold_of(site) == fold),
        )
        for fold in range(FOLDS)
    ]


def sets_left_out(cases: Sequence[Case], flattened: Iterable[Case]) -> list[Split]:
    """Each set scored by a model of the other sets; flattened pages (of the first two sets) go with them."""
    splits = []
    for name in SETS:
        pages = frozenset(n for n, case in enumerate(cases) if case.name == name)
        sites = {cases[n].group for n in pages}
        if name in SETS[:2]:
            sites |= {case.group for case in flattened}
        splits.append(Split(pages, frozenset(sites)))
    return splits


def held_out(
    cases: Sequence[Case], sites: dict[str, Counts], splits: Iterable[Split]
) -> dict[int, NDArray[np.float64]]:
    """Probabilities of each held-out page's lines from a model that saw neither its page nor its site's words."""
    scores: dict[int, NDArray[np.float64]] = {}
    for split in splits:
        seen = [c for n, c in enumerate(cases) if n not in split.pages and c.group not in split.sites]
        known = {site: counts for site, counts in sites.items() if site not in split.sites}
        evidence = evidence_of(total(known.values()))
        weights = LineModel.from_bytes(
            exported(fit(seen, features_without_own(seen, known)), evidence, 0.5, ())
        )
        for number in split.pages:
            scores[number] = 1 / (1 + np.exp(-log_odds(weights, features(cases[number], evidence))))
    return scores


@dataclass(frozen=True)
class Figures:
    """F1 over leftover tokens and the share of body tokens lost."""

    f1: float
    loss: float


def figures(cases: Sequence[Case], dropped: Sequence[NDArray[np.bool_]]) -> Figures:
    """As the scorer counts."""
    gone = lost = leftover = body = 0
    for case, drop in zip(cases, dropped, strict=True):
        tokens, labels = np.array(case.tokens), np.array(case.labels)
        chaff = np.isin(labels, ["drop", "title"])
        gone += int(tokens[drop & chaff].sum())
        leftover += int(tokens[chaff].sum())
        lost += int(tokens[drop & (labels == "keep")].sum())
        body += int(tokens[labels == "keep"].sum())
    recall, precision = gone / max(1, leftover), gone / max(1, gone + lost)
    return Figures(2 * recall * precision / max(1e-9, recall + precision), lost / max(1, body))


def by_set(
    cases: Sequence[Case], scores: dict[int, NDArray[np.float64]], threshold: float
) -> dict[str, Figures]:
    """The figures of each set at one threshold."""
    result = {}
    for name in SETS:
        numbers = [n for n, case in enumerate(cases) if case.name == name and n in scores]
        result[name] = figures([cases[n] for n in numbers], [scores[n] >= threshold for n in numbers])
    return result


def table(cases: Sequence[Case], scores: dict[int, NDArray[np.float64]]) -> str:
    """F1 / loss of each set over thresholds, as Markdown."""
    lines = ["| threshold | " + " | ".join(SETS) + " |", "|---" * (len(SETS) + 1) + "|"]
    for threshold in np.arange(0.3, 0.91, 0.05):
        found = by_set(cases, scores, float(threshold)).values()
        lines.append(
            f"| {threshold:.2f} | " + " | ".join(f"{x.f1:.3f} / {100 * x.loss:.2f} %" for x in found) + " |"
        )
    return "\n".join(lines)


def main() -> None:
    """Figures first, then the weights of all cases together."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--figures-only", action="store_true")
    parser.add_argument("--threshold", type=float, default=0.6)
    asked = parser.parse_args()
    cases, flattened = training_cases(), flattened_pages()
    sites = counts_by_site([*cases, *flattened])
    scores = held_out(cases, sites, folds(cases, sites))
    print("held out by site\n" + table(cases, scores), flush=True)
    if not asked.figures_only:
        evidence = evidence_of(total(sites.values()))
        model = fit(cases, features_without_own(cases, sites))
        WEIGHTS.write_bytes(exported(model, evidence, asked.threshold, ()))
        print(f"wrote {WEIGHTS.name}, {WEIGHTS.stat().st_size:,} bytes")


if __name__ == "__main__":
    main()
