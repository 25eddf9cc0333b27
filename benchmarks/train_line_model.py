"""Trains the line model, cross-validates it, and writes its weights.

    python -m benchmarks.train_line_model                  # figures, then worker/text/line_model.npz
    python -m benchmarks.train_line_model --figures-only

Needs lightgbm (dependency group `train`). The cases folder is WINNOW_CASES/articles, by default ../shared;
its texts are not part of the project. Seeds are fixed: the same cases give the same bytes.
"""

from __future__ import annotations

import argparse
import io
from collections.abc import Container, Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import lightgbm
import numpy as np
from numpy.typing import NDArray

from benchmarks.cross_validation import FOLDS, calibrated, chances, chances_held_out, fold_of, reliability
from benchmarks.leafwise import arrays_of
from benchmarks.line_model_data import (
    SETS,
    Case,
    flattened_pages,
    token_counts,
    training_cases,
    unseen_cases,
)
from worker.adapters.packaged import config_folder
from worker.adapters.rule_files import load_rules
from worker.text.blocks import Document, Line
from worker.text.cleaners import draft_of
from worker.text.line_features import FEATURES, line_features
from worker.text.line_model import LineModel, flat, page_signs, score_page
from worker.text.line_own import EVIDENCE_UNIT, Evidence, read_page
from worker.text.line_words import BUCKET_BITS, bucket, read_lines
from worker.text.model_cleaner import MIN_LINES, page_around
from worker.text.rules import Rules

WEIGHTS = Path(__file__).resolve().parents[1] / "worker" / "text" / "line_model.npz"
Limits = tuple[float, float, float]
CHOSEN: Limits = (0.78, 0.52, 0.025)
GRID: tuple[Limits, ...] = (
    (0.5, 0.5, 0), (0.77, 0.77, 0), (0.73, 0.5, 0.03), CHOSEN, (0.8, 0.53, 0.025), (0.75, 0.5, 0.025),
)  # fmt: skip
"""Compared: from where lines surely go, from where doubtful ones go, and how much of the article these
may be expected to cost (`LineModel.threshold`, `doubtful`, `share`)."""
TREES: dict[str, Any] = {
    "objective": "binary", "num_leaves": 31, "learning_rate": 0.05, "min_data_in_leaf": 30,
    "feature_fraction": 0.15, "bagging_fraction": 0.8, "bagging_freq": 1, "lambda_l2": 5,
    "num_threads": 1, "seed": 1, "deterministic": True, "force_col_wise": True, "verbose": -1,
}  # fmt: skip
"""Slow learning from few features and lines at a time. Oblivious trees (catboost's, as the block model has)
reached .04 less on the news pages of fundus by the same folds and features."""
NUMBER = 300
SMOOTHING = 0.7
"""Sites added to both sides of a word's log-odds."""

CHANCES = (0.0, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.8, 1.0)
UNREVIEWED = 0.25
"""Weight of pages whose labels come from an alignment that nobody reviewed."""
UNRULED = 0.3
"""Weight of pages as they would be without rules: what these take is leftover to learn from, too."""

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
        words = read_lines([flat(line) or "-" for line in case.lines])
        side = np.array([0 if x in ("drop", "title") else 1 if x == "keep" else 2 for x in case.labels])
        same, pairs = words.pairs()
        for which in (0, 1):
            site.words[which][bucket(words.hash[side[words.line] == which])] = 1
            site.pairs[which][bucket(pairs[same & (side[words.line[:-1]] == which)])] = 1
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
    """A page as the worker's line model meets it: behind the rules."""

    group: str
    lines: tuple[str, ...]
    labels: tuple[str, ...]
    hits: tuple[bool, ...]
    title: str | None
    url: str | None
    weight: float = 1.0

    def rows(self, evidence: Evidence) -> Matrix:
        """Its features."""
        return line_features(read_page(self.lines, evidence, title=self.title, url=self.url), self.hits)

    def without_rules(self) -> Example:
        """The page as if no rule had taken anything."""
        return replace(self, hits=(False,) * len(self.hits), weight=UNRULED * self.weight)


def example_of(case: Case, rules: Rules) -> Example | None:
    """The page with what rules took marked; None for pages too short to be judged."""
    draft = draft_of(document_of(case), rules)
    page, hits = page_around(draft)
    if len(page) < MIN_LINES:
        return None
    labels = tuple(case.labels[(line.number or 1) - 1] for line in page)
    lines = tuple(flat(line.text) for line in page)
    return Example(case.group, lines, labels, tuple(hits), draft.title or None, case.url)


def all_examples(cases: Sequence[Case], flattened: Iterable[Case], rules: Rules) -> list[Example]:
    """What the trees learn from: the labelled pages, and the flattened ones that no labelled set holds, each
    in its smallest container; and all of them once more as if no rule had taken anything."""
    labelled = [example for case in cases if (example := example_of(case, rules))]
    known = {case.url for case in cases}
    smallest: dict[str, Case] = {}
    for case in flattened:
        if case.url not in known:
            smallest.setdefault(case.identity, case)
    found = [example_of(case, rules) for case in smallest.values()]
    pages = labelled + [replace(example, weight=UNREVIEWED) for example in found if example]
    return pages + [one.without_rules() for one in pages if any(one.hits)]


def document_of(case: Case) -> Document:
    """As `extract` hands it to the cleaners."""
    lines = tuple(Line(number, text) for number, text in enumerate(case.lines, 1))
    return Document(lines, "text", url=case.url)


def fit(examples: Sequence[Example], sites: dict[str, Counts]) -> lightgbm.Booster:
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
    data = lightgbm.Dataset(
        np.concatenate(rows, axis=1).T[scored],
        np.isin(labels, ["drop", "title"])[scored].astype(int),
        weight=np.concatenate(weights)[scored],
    )
    return lightgbm.train(TREES, data, NUMBER)


def exported(model: lightgbm.Booster, evidence: Evidence, certainty: Sequence[float]) -> bytes:
    """The weights as the worker reads them."""
    buffer = io.BytesIO()
    np.savez_compressed(
        buffer, features=np.array(FEATURES), words=evidence.words, pairs=evidence.pairs, threshold=CHOSEN[0],
        doubtful=CHOSEN[1], share=CHOSEN[2], certainty=np.array(certainty), **arrays_of(model),
    )  # fmt: skip
    return buffer.getvalue()


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
    examples: Sequence[Example], sites: dict[str, Counts], splits: Iterable[Split]
) -> dict[int, LineModel]:
    """For each page a model that saw neither it nor its site's pages and words."""
    models: dict[int, LineModel] = {}
    for split in splits:
        stored = exported(*without(split.sites, examples, sites), ())
        models.update(dict.fromkeys(split.pages, LineModel.from_bytes(stored)))
    return models


def without(
    hidden: Container[str], examples: Sequence[Example], sites: dict[str, Counts]
) -> tuple[lightgbm.Booster, Evidence]:
    """Trees and evidence from all sites but these."""
    known = {site: counts for site, counts in sites.items() if site not in hidden}
    seen = [example for example in examples if example.group not in hidden]
    return fit(seen, known), evidence_of(total(known.values()))


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


def limited(model: LineModel, limits: Limits) -> LineModel:
    """The model with other limits."""
    return replace(model, threshold=limits[0], doubtful=limits[1], share=limits[2])


def by_set(
    cases: Sequence[Case], models: dict[int, LineModel], rules: Rules, limits: Limits | None
) -> dict[str, Figures]:
    """The figures of each set at some limits, rules and model together; None: rules alone."""
    dropped = []
    for number, case in enumerate(cases):
        model = limits and limited(models[number], limits)
        dropped.append(dropped_by(case, replace(rules, line_model=model)))
    result = {}
    for name in dict.fromkeys(case.name for case in cases):
        chosen = [number for number, case in enumerate(cases) if case.name == name]
        result[name] = figures([cases[n] for n in chosen], [dropped[n] for n in chosen])
    return result


def signs_and_exactness(
    cases: Sequence[Case], models: dict[int, LineModel], rules: Rules
) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Signs of each page as its held-out model sees it, and whether the result is the gold, line for line."""
    signs, exact = [], []
    for number, case in enumerate(cases):
        model = models[number]
        draft = draft_of(document_of(case), replace(rules, line_model=None))
        page, hits = page_around(draft)
        scores = [0.0] * len(page)
        if len(page) >= MIN_LINES and not all(line.prose for line in draft.lines):
            texts = [flat(line.text) for line in page]
            read = read_page(texts, model.evidence, title=draft.title or None, url=case.url)
            scores = score_page(read, hits, model)
        signs.append(page_signs(scores, hits, model.threshold))
        dropped, labels = dropped_by(case, replace(rules, line_model=model)), np.array(case.labels)
        wrong = (dropped & (labels == "keep")) | (~dropped & np.isin(labels, ["drop", "title"]))
        exact.append(not (wrong & (np.array(case.tokens) > 0)).any())
    return np.array(signs), np.array(exact)


def table(cases: Sequence[Case], models: dict[int, LineModel], rules: Rules, limits: Iterable[Limits]) -> str:
    """F1 / loss of each set at several limits, as Markdown."""
    names = list(dict.fromkeys(case.name for case in cases))
    lines = ["| surely, maybe, share | " + " | ".join(names) + " |", "|---" * (len(names) + 1) + "|"]
    for chosen in (*limits, None):
        found = by_set(cases, models, rules, chosen).values()
        said = " | ".join(f"{x.f1:.3f} / {100 * x.loss:.2f} %" for x in found)
        lines.append(f"| {', '.join(map(str, chosen)) if chosen else 'rules only'} | {said} |")
    return "\n".join(lines)


def main() -> None:
    """Figures first, then the weights of all cases together."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--figures-only", action="store_true")
    parser.add_argument(
        "--weights-only", action="store_true", help="no grid of thresholds: the chosen ones only"
    )
    parser.add_argument(
        "--sets-left-out", action="store_true", help="also: each set by a model of the others"
    )
    asked = parser.parse_args()
    rules = load_rules(config_folder(), line_model=False)
    cases, flattened = training_cases(), flattened_pages()
    examples, sites = all_examples(cases, flattened, rules), counts_by_site([*cases, *flattened])
    models = held_out(examples, sites, folds(cases, sites))
    grid = [CHOSEN] if asked.weights_only else GRID
    print("held out by site\n" + table(cases, models, rules, grid), flush=True)
    signs, exact = signs_and_exactness(cases, models, rules)
    said = chances_held_out([case.group for case in cases], signs, exact)
    print("confidence\n" + reliability(said, exact, CHANCES), flush=True)
    if asked.sets_left_out:
        others = held_out(examples, sites, sets_left_out(cases, flattened))
        print("held out by set\n" + table(cases, others, rules, [CHOSEN]), flush=True)
    weights = exported(*without((), examples, sites), calibrated(signs, exact))
    unseen = unseen_cases()
    final = dict.fromkeys(range(len(unseen)), LineModel.from_bytes(weights))
    print("never trained on\n" + table(unseen, final, rules, [CHOSEN]))
    signs, exact = signs_and_exactness(unseen, final, rules)
    print("confidence there\n" + reliability(chances(signs, final[0].certainty), exact, CHANCES))
    if not asked.figures_only:
        WEIGHTS.write_bytes(weights)
        print(f"wrote {WEIGHTS.name}, {len(weights):,} bytes")


if __name__ == "__main__":
    main()
