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
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path
from textwrap import wrap
from typing import Any

import numpy as np
from catboost import CatBoostClassifier
from line_model_data import SETS, Case, flattened_pages, token_counts, training_cases, unseen_cases
from numpy.typing import NDArray

from worker.adapters.rule_files import config_folder, load_rules
from worker.text.blocks import Document, Line
from worker.text.cleaners import draft_of
from worker.text.line_features import EVIDENCE_UNIT, Evidence, line_features
from worker.text.line_model import LineModel, page_signs, score_lines
from worker.text.line_page import BUCKET_BITS, bucket, pair_hashes, read_page
from worker.text.model_cleaner import page_around
from worker.text.rules import Rules

WEIGHTS = Path(__file__).resolve().parents[1] / "worker" / "text" / "line_model.npz"
FOLDS = 10
THRESHOLD = 0.6
LIMITS = {"fundus": 0.008, "aeb": 0.01, "newspaper4k": 0.01, "wcxb-article-dev": 0.01}
TREES: dict[str, Any] = {
    "iterations": 200, "depth": 6, "learning_rate": 0.1, "l2_leaf_reg": 6, "rsm": 0.2, "random_strength": 6,
    "bootstrap_type": "Bernoulli", "subsample": 0.8, "border_count": 64, "thread_count": 1,
    "verbose": 0, "allow_writing_files": False,
}  # fmt: skip
"""Slow learning from few features and lines at a time: halves of a set differ by .08, finer does not pay."""
SEEDS = (1, 2, 3)
"""The mean of three differently drawn models errs less than each."""
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


@dataclass(frozen=True)
class Example:
    """A page as the worker's line model meets it: behind the rules, or cleaned already."""

    group: str
    lines: tuple[str, ...]
    labels: tuple[str, ...]
    hits: tuple[bool, ...]
    title: str | None
    url: str | None
    weight: float

    def rows(self, evidence: Evidence) -> Matrix:
        """Its features."""
        return line_features(self.lines, evidence, title=self.title, url=self.url, rule_hits=self.hits)[1]


def examples_of(case: Case, rules: Rules) -> list[Example]:
    """The page with what rules took marked; what they leave; the clean article, of which nothing should
    go (the model is asked again about what it left); and some pages with their paragraphs broken into
    lines of one width, as some crawlers hand them over."""
    draft = draft_of(document_of(case), rules)
    page, hits = page_around(draft)
    marked = [
        (line.text, case.labels[(line.number or 1) - 1], hit) for line, hit in zip(page, hits, strict=True)
    ]
    variants = [(marked, 1.0)]
    if any(hits):
        variants.append(([one for one in marked if not one[2]], 0.5))
    variants.append(([(text, label, False) for text, label, _ in marked if label in ("keep", "either")], 0.5))
    number = zlib.crc32(case.identity.encode())
    if number % 3 == 0:  # a third of them: no page of the sets is like that
        wrapped = [
            (piece, label, hit) for text, label, hit in marked for piece in wrap(text, 60 + number % 30)
        ]
        variants.append((wrapped, 0.3))
    title = draft.title or None
    return [
        Example(case.group, *map(tuple, zip(*lines, strict=True)), title=title, url=case.url, weight=weight)
        for lines, weight in variants
        if len(lines) >= 3
    ]


def document_of(case: Case) -> Document:
    """As `extract` hands it to the cleaners."""
    lines = tuple(Line(number, text) for number, text in enumerate(case.lines, 1))
    return Document(lines, "text", url=case.url)


def fit(examples: Sequence[Example], sites: dict[str, Counts]) -> list[CatBoostClassifier]:
    """Trees over all lines that are scored, longer lines counting more. Each page's own site is taken
    out of the evidence, so that its words are seen as those of a new site will be."""
    everything = total(sites.values())
    tables: dict[str, Evidence] = {}
    rows, weights = [], []
    for example in examples:
        if example.group not in tables:
            own = sites.get(example.group)
            tables[example.group] = evidence_of(everything - own if own else everything)
        rows.append(example.rows(tables[example.group]))
        weights.append(example.weight * np.sqrt(np.maximum(token_counts(example.lines), 1)))
    labels = np.concatenate([np.array(example.labels) for example in examples])
    hits = np.concatenate([np.array(example.hits) for example in examples])
    scored = (labels != "either") & ~hits
    models = [CatBoostClassifier(**TREES, random_seed=seed) for seed in SEEDS]
    for model in models:
        model.fit(
            np.concatenate(rows, axis=1).T[scored],
            np.isin(labels, ["drop", "title"])[scored].astype(int),
            sample_weight=np.concatenate(weights)[scored],
        )
    return models


def _stored(model: Any) -> Any:
    with tempfile.NamedTemporaryFile(suffix=".json") as file:
        model.save_model(file.name, format="json")
        return json.loads(Path(file.name).read_text())


def exported(
    models: Sequence[Any], evidence: Evidence, threshold: float, certainty: Sequence[float]
) -> bytes:
    """The weights as the worker reads them."""
    stored = [_stored(model) for model in models]
    trees = [tree for one in stored for tree in one["oblivious_trees"]]
    depth = max(len(tree["splits"] or ()) for tree in trees)
    names = line_features(["a"], evidence)[0]
    asked = np.zeros((depth, len(trees)), np.int16)
    borders = np.full((depth, len(trees)), np.inf, np.float32)
    leaves = np.zeros((len(trees), 1 << depth), np.float32)
    for number, tree in enumerate(trees):
        for level, split in enumerate(tree["splits"] or ()):
            asked[level, number] = split["float_feature_index"]
            borders[level, number] = split["border"]
        leaves[number, : len(tree["leaf_values"])] = tree["leaf_values"]
    share = 1 / len(models)  # catboost's scale is 1 for a classifier
    bias = share * sum(one["scale_and_bias"][1][0] for one in stored)
    buffer = io.BytesIO()
    np.savez_compressed(
        buffer, features=np.array(names), words=evidence.words, pairs=evidence.pairs, asked=asked,
        borders=borders, leaves=(leaves * share).astype(np.float16), bias=bias, threshold=threshold,
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
    cases: Sequence[Case], sites: dict[str, Counts], splits: Iterable[Split], rules: Rules
) -> dict[int, LineModel]:
    """For each page a model that saw neither it nor its site's words."""
    models: dict[int, LineModel] = {}
    for split in splits:
        seen = [c for n, c in enumerate(cases) if n not in split.pages and c.group not in split.sites]
        known = {site: counts for site, counts in sites.items() if site not in split.sites}
        model = fit([e for case in seen for e in examples_of(case, rules)], known)
        weights = LineModel.from_bytes(exported(model, evidence_of(total(known.values())), 0.5, ()))
        models.update(dict.fromkeys(split.pages, weights))
    return models


def dropped_by(case: Case, rules: Rules) -> NDArray[np.bool_]:
    """The lines that the worker's cleaners take out, or take for the title."""
    standing = {line.number for line in draft_of(document_of(case), rules).lines}
    return np.array([number not in standing for number in range(1, len(case.lines) + 1)])


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
    cases: Sequence[Case], models: dict[int, LineModel], rules: Rules, threshold: float
) -> dict[str, Figures]:
    """The figures of each set at one threshold, rules and model together."""
    result = {}
    for name in dict.fromkeys(case.name for case in cases):
        numbers = [n for n, case in enumerate(cases) if case.name == name]
        with_model = [
            replace(rules, line_model=replace(models[n], threshold=threshold) if n in models else None)
            for n in numbers
        ]
        dropped = [dropped_by(cases[n], own) for n, own in zip(numbers, with_model, strict=True)]
        result[name] = figures([cases[n] for n in numbers], dropped)
    return result


def signs_and_exactness(
    cases: Sequence[Case], models: dict[int, LineModel], rules: Rules, threshold: float
) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Signs of each page as its held-out model sees it, and whether the result is the gold, line for line."""
    signs, exact = [], []
    for number, case in enumerate(cases):
        page, hits = page_around(draft_of(document_of(case), rules))
        model = replace(models[number], threshold=threshold)
        title = draft_of(document_of(case), rules).title or None
        texts = [line.text for line in page]
        scores = score_lines(texts, title=title, url=case.url, rule_hits=hits, model=model)
        signs.append(page_signs(scores, hits, threshold))
        dropped, labels = dropped_by(case, replace(rules, line_model=model)), np.array(case.labels)
        wrong = (dropped & (labels == "keep")) | (~dropped & np.isin(labels, ["drop", "title"]))
        exact.append(not (wrong & (np.array(case.tokens) > 0)).any())
    return np.array(signs), np.array(exact)


def calibrated(signs: NDArray[np.float64], exact: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Weights of a logistic regression (Newton's method, a little shrinkage)."""
    weights = np.zeros(signs.shape[1])
    shrink = np.diag([0.0] + [1.0] * (signs.shape[1] - 1))
    for _ in range(30):
        chance = 1 / (1 + np.exp(-signs @ weights))
        slope = signs.T @ (exact - chance) - shrink @ weights
        curve = (signs * (chance * (1 - chance))[:, None]).T @ signs + shrink
        weights = weights + np.linalg.solve(curve, slope)
    return weights


def reliability(cases: Sequence[Case], signs: NDArray[np.float64], exact: NDArray[np.bool_]) -> str:
    """Said confidence against exactness, each page by weights fitted on the other folds, as Markdown."""
    fold = np.array([fold_of(case.group) for case in cases])
    said = np.zeros(len(cases))
    for held in range(FOLDS):
        weights = calibrated(signs[fold != held], exact[fold != held])
        said[fold == held] = 1 / (1 + np.exp(-signs[fold == held] @ weights))
    lines = ["| confidence | pages | said | exact |", "|---|---|---|---|"]
    edges = (0, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.8, 1.0)
    for low, high in pairwise(edges):
        chosen = (said >= low) & (said < high)
        if chosen.any():
            shown = f"{chosen.sum()} | {said[chosen].mean():.2f} | {exact[chosen].mean():.2f}"
            lines.append(f"| {low} to {high} | {shown} |")
    brier = ((said - exact) ** 2).mean()
    plain = exact.mean() * (1 - exact.mean())
    return "\n".join([*lines, "", f"Brier score {brier:.3f}; {plain:.3f} if the mean were always said."])


def table(cases: Sequence[Case], models: dict[int, LineModel], rules: Rules) -> str:
    """F1 / loss of each set over thresholds, as Markdown."""
    names = list(dict.fromkeys(case.name for case in cases))
    lines = ["| threshold | " + " | ".join(names) + " |", "|---" * (len(names) + 1) + "|"]
    for threshold in (*np.arange(0.4, 0.86, 0.05), 1.01):
        found = by_set(cases, models, rules, float(threshold)).values()
        said = " | ".join(f"{x.f1:.3f} / {100 * x.loss:.2f} %" for x in found)
        lines.append(f"| {'rules only' if threshold > 1 else f'{threshold:.2f}'} | {said} |")
    return "\n".join(lines)


def main() -> None:
    """Figures first, then the weights of all cases together."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--figures-only", action="store_true")
    parser.add_argument(
        "--sets-left-out", action="store_true", help="also: each set by a model of the others"
    )
    asked = parser.parse_args()
    rules = replace(load_rules(config_folder()), line_model=None)
    cases, flattened = training_cases(), flattened_pages()
    sites = counts_by_site([*cases, *flattened])
    models = held_out(cases, sites, folds(cases, sites), rules)
    print("held out by site\n" + table(cases, models, rules), flush=True)
    signs, exact = signs_and_exactness(cases, models, rules, THRESHOLD)
    print("confidence\n" + reliability(cases, signs, exact), flush=True)
    if asked.sets_left_out:
        others = held_out(cases, sites, sets_left_out(cases, flattened), rules)
        print("held out by set\n" + table(cases, others, rules), flush=True)
    model = fit([example for case in cases for example in examples_of(case, rules)], sites)
    weights = exported(model, evidence_of(total(sites.values())), THRESHOLD, calibrated(signs, exact))
    unseen = unseen_cases()
    final = dict.fromkeys(range(len(unseen)), LineModel.from_bytes(weights))
    print("never trained on\n" + table(unseen, final, rules))
    if not asked.figures_only:
        WEIGHTS.write_bytes(weights)
        print(f"wrote {WEIGHTS.name}, {len(weights):,} bytes")


if __name__ == "__main__":
    main()
