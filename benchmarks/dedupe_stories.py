"""Story ids over labelled documents, in many orders of arrival: B-cubed F1."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import permutations
from statistics import mean
from typing import Any

import orjson

from worker.adapters.memory_stories import MemoryStories
from worker.adapters.packaged import config_folder
from worker.adapters.rule_files import load_rules
from worker.dedupe.stories import story_of
from worker.dedupe.terms import read_terms
from worker.errors import InvalidRecord
from worker.pipeline import Limits, article_of
from worker.ports import RawRecord
from worker.stages.fingerprint import signed


@dataclass(frozen=True, slots=True)
class Told:
    """A document: its gold story, and the terms that the worker makes of it (none: no article)."""

    name: str
    gold: str
    terms: Sequence[tuple[int, int]] | None


@dataclass(frozen=True, slots=True)
class StoryFigures:
    """B-cubed over several orders of arrival."""

    mean: float
    least: float
    most: float
    precision: float
    recall: float
    at_least_86: float
    """Share of the orders with an F1 of .86 or more."""


def documents(cases: Sequence[Any]) -> list[Told]:
    """The documents through the worker's own cleaning."""
    rules = load_rules(config_folder())
    return [Told(case["id"], case["story"], _terms(case, rules)) for case in cases]


def _terms(case: Any, rules: Any) -> Sequence[tuple[int, int]] | None:
    value = orjson.dumps({"id": case["id"], "text": case["text"]})
    try:
        article = article_of(RawRecord("raw", 0, 0, 0, None, value), rules, Limits())
    except InvalidRecord:
        return None
    return read_terms(signed(article)[1])


def measured(told: Sequence[Told], orders: int) -> StoryFigures:
    """Over so many random orders; the twin in memory decides as Redis does (contract tests)."""
    results = [_one_order(told, seed) for seed in range(orders)]
    f1 = [result[0] for result in results]
    return StoryFigures(
        mean(f1),
        min(f1),
        max(f1),
        mean(result[1] for result in results),
        mean(result[2] for result in results),
        sum(value >= 0.86 for value in f1) / orders,
    )


def together(told: Sequence[Told]) -> float:
    """Share of all orders of arrival in which these documents, all on one event, become one story."""
    orders = list(permutations(told))
    return sum(len(set(_stories(order).values())) == 1 for order in orders) / len(orders)


def _one_order(told: Sequence[Told], seed: int) -> tuple[float, float, float]:
    order = list(told)
    random.Random(seed).shuffle(order)
    return b_cubed(_stories(order), {one.name: one.gold for one in told})


def _stories(order: Sequence[Told]) -> dict[str, str]:
    """The story of each document, in this order of arrival."""
    state = MemoryStories(1e9)
    return {one.name: story_of(one.terms, one.name, state) if one.terms else one.name for one in order}


def b_cubed(found: Mapping[str, str], gold: Mapping[str, str]) -> tuple[float, float, float]:
    """F1, precision and recall (Bagga and Baldwin 1998)."""
    by_found, by_gold = defaultdict(set), defaultdict(set)
    for name, story in gold.items():
        by_found[found[name]].add(name)
        by_gold[story].add(name)
    both = {name: len(by_found[found[name]] & by_gold[gold[name]]) for name in gold}
    precision = mean(both[name] / len(by_found[found[name]]) for name in gold)
    recall = mean(both[name] / len(by_gold[gold[name]]) for name in gold)
    return 2 * precision * recall / (precision + recall), precision, recall
