"""Labelled pairs: the decision by cross-validation, and what others make of the same pairs."""

from __future__ import annotations

import math
import random
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np
import orjson

from schemas import CleanArticle
from worker.adapters.packaged import config_folder
from worker.adapters.rule_files import load_rules
from worker.dedupe.near import Likeness, Limits, compare, verdict_of
from worker.dedupe.signature import read_signature
from worker.errors import InvalidRecord
from worker.pipeline import Limits as PipelineLimits
from worker.pipeline import article_of
from worker.ports import RawRecord
from worker.stages.fingerprint import signed
from worker.text.normalize import normalized
from worker.text.tokens import mixed, words_of

FIELDS = ("id", "url", "source", "published_at", "title", "text")
FOLDS, ROUNDS = 10, 5
GRID: dict[str, tuple[float, ...]] = {
    "close": (0.42, 0.46, 0.5, 0.54, 0.58, 0.62, 0.66),
    "far": (0.64, 0.68, 0.72, 0.76, 0.8, 0.84),
    "agreed": (0.0, 0.04, 0.08, 0.12, 0.16),
    "disputed": (0.0, 0.06, 0.12, 0.18),
    "bulletin": (0.8, 0.85, 0.9, 0.95),
    "apart": (0.07, 0.08, 0.09, 0.1, 0.11, 0.12, 0.13, 0.14, 0.16),
    "swapped": (0.3, 0.4, 0.5, 0.6),
    "formula": (0.78, 0.82, 0.86, 0.9, 0.94),
    "length": (0.6, 0.65, 0.7, 0.74, 0.78, 0.82, 0.86),
    "part": (0.54, 0.58, 0.62, 0.66, 0.7),
    "part_words": (0.6, 0.65, 0.7, 0.75, 0.8),
    "part_far": (0.66, 0.7, 0.75, 0.8, 0.85),
    "close_days": (1.0, 1.5, 2.0, 2.5, 3.0),
}
WRONG_WEIGHS = 3.0
"""A wrong merge loses an article, a missed one keeps a copy."""
SHAKEN = 15
SPREAD = {
    "shingles": 0.05,
    "words": 0.03,
    "part": 0.04,
    "part_words": 0.02,
    "length": 0.03,
    "apart": 0.02,
    "swapped": 0.1,
}
"""How far from a labelled pair the next one of its kind may lie (one standard deviation, about twice what the
estimates err). Limits are fitted to pairs moved so far, and so come to lie amid a gap, not at its edge."""
DAYS_SPREAD = 0.3
"""The same for the days between two articles, of their logarithm."""


@dataclass(frozen=True, slots=True)
class Pair:
    """A labelled pair, cleaned, and what the claim would know of it."""

    label: str
    one: CleanArticle
    other: CleanArticle
    facts: Likeness
    found: bool
    """Whether they share an anchor: else they are never compared."""
    kin: tuple[Likeness, ...]
    """The facts, and SHAKEN times the facts moved by SPREAD."""


Counts = dict[str, list[int]]
"""By label: pairs, merged, merged or labelled."""


def pairs_of(cases: Sequence[Any]) -> Iterator[Pair]:
    """The pairs through the worker's own cleaning; those with a side that is no article are left out."""
    rules = load_rules(config_folder())
    for case in cases:
        sides = []
        for side in (case["a"], case["b"]):
            value = orjson.dumps({name: side[name] for name in FIELDS if side.get(name)})
            try:
                sides.append(article_of(RawRecord("raw", 0, 0, 0, None, value), rules, PipelineLimits()))
            except InvalidRecord:
                break
        if len(sides) == 2:
            mine, theirs = (read_signature(signed(article)[0]) for article in sides)
            found = bool(set(mine.anchors) & set(theirs.anchors))
            facts, dice = compare(mine, theirs), random.Random(f"{sides[0].id} {sides[1].id}")
            kin = (facts, *(_shaken(facts, dice) for _ in range(SHAKEN)))
            yield Pair(case["label"], sides[0], sides[1], facts, found, kin)


def _shaken(facts: Likeness, dice: random.Random) -> Likeness:
    """The facts of another pair of this kind. What is not apart stays so."""
    moved = {
        name: min(1.0, max(0.0, value + dice.gauss(0, spread))) if (value := getattr(facts, name)) else 0.0
        for name, spread in SPREAD.items()
    }
    days = facts.days and facts.days * math.exp(dice.gauss(0, DAYS_SPREAD))
    return replace(facts, **moved, days=days)


def counted(pairs: Sequence[Pair], limits: Limits) -> Counts:
    """What these limits make of the pairs."""
    return _counted(((pair, pair.facts) for pair in pairs), limits)


def _counted(pairs: Iterable[tuple[Pair, Likeness]], limits: Limits) -> Counts:
    counts: Counts = defaultdict(lambda: [0, 0, 0])
    for pair, facts in pairs:
        verdict = verdict_of(facts, limits) if pair.found else ""
        row = counts[pair.label]
        row[0] += 1
        row[1] += verdict == "near"
        row[2] += bool(verdict)
    return counts


def held_out(pairs: Sequence[Pair]) -> Counts:
    """Each pair judged by limits that were fitted without it: FOLDS folds, ROUNDS times, added up."""
    total: Counts = defaultdict(lambda: [0, 0, 0])
    for round_ in range(ROUNDS):
        for fold in _folds(pairs, random.Random(round_)):
            limits = fitted([pair for place, pair in enumerate(pairs) if place not in fold])
            for label, row in counted([pairs[place] for place in fold], limits).items():
                total[label] = [a + b for a, b in zip(total[label], row, strict=True)]
    return total


def fitted(pairs: Sequence[Pair]) -> Limits:
    """The limits of GRID that suit these pairs and their kin best, one by one from the middle."""
    limits = replace(Limits(), **{name: values[len(values) // 2] for name, values in GRID.items()})
    best = _score(pairs, limits)
    for _ in range(3):
        for name, values in GRID.items():
            for value in values:
                tried = replace(limits, **{name: value})
                if (score := _score(pairs, tried)) > best + 1e-9:
                    limits, best = tried, score
    return limits


def other_limits(limits: Limits) -> str:
    """How these limits differ from those that Winnow ships."""
    shipped = Limits()
    pairs = [
        f"{f.name} {getattr(limits, f.name)} ({getattr(shipped, f.name)})"
        for f in fields(Limits)
        if getattr(limits, f.name) != getattr(shipped, f.name)
    ]
    return ", ".join(pairs) or "none"


def _score(pairs: Sequence[Pair], limits: Limits) -> float:
    counts = _counted(((pair, facts) for pair in pairs for facts in pair.kin), limits)

    def share(label: str, column: int) -> float:
        return counts[label][column] / counts[label][0] if label in counts else 0.0

    return (
        share("duplicate", 1)
        - WRONG_WEIGHS * share("different", 1)
        - 0.25 * share("same_event", 1)
        - 0.1 * share("contained", 1)
        + 0.5 * share("contained", 2)
        - 0.25 * share("different", 2)
    )


def _folds(pairs: Sequence[Pair], dice: random.Random) -> list[set[int]]:
    """Each label spread evenly over the folds."""
    order: list[int] = []
    for label in sorted({pair.label for pair in pairs}):
        places = [place for place, pair in enumerate(pairs) if pair.label == label]
        dice.shuffle(places)
        order += places
    return [set(order[fold::FOLDS]) for fold in range(FOLDS)]


def baseline(pairs: Sequence[Pair], same: Callable[[str, str], bool]) -> Counter[str]:
    """How many pairs of each label another method takes for one text."""
    return Counter(p.label for p in pairs if same(normalized(p.one.text), normalized(p.other.text)))


def exact(one: str, other: str) -> bool:
    """Equal after normalisation."""
    return one == other


def simhash(one: str, other: str) -> bool:
    """Charikar's SimHash over 3-shingles, 64 bits, at most three of them different (Manku 2007)."""
    return (_simhash(one) ^ _simhash(other)).bit_count() <= 3


def _simhash(text: str) -> int:
    words = words_of(text).words
    shingles = mixed(words[:-2] * np.uint64(3) + words[1:-1] * np.uint64(5) + words[2:])
    votes = np.unpackbits(shingles.view(np.uint8).reshape(-1, 8), axis=1).sum(axis=0) * 2 > shingles.size
    return int.from_bytes(np.packbits(votes).tobytes(), "big")


def datasketch() -> Callable[[str, str], bool] | None:
    """MinHash of 128 permutations over 3-shingles, found by its LSH; None if it is not installed."""
    try:
        from datasketch import MinHashLSH
    except ImportError:
        return None

    def same(one: str, other: str) -> bool:
        index = MinHashLSH(threshold=0.5, num_perm=128)
        index.insert("one", minhash_of(one))
        return bool(index.query(minhash_of(other)))

    return same


def minhash_of(text: str) -> Any:
    """datasketch's MinHash of a text's 3-shingles."""
    from datasketch import MinHash

    words = text.split()
    found = MinHash(num_perm=128)
    found.update_batch([" ".join(words[n : n + 3]).encode() for n in range(max(1, len(words) - 2))])
    return found
