"""What a source repeats across its articles, decided from counts of their edges: no labels, no word lists.

A unit (worker/text/edges.py) is boilerplate when enough articles of the source show it and its words do not
stand together in the middle of articles too: what a paper says every day in its news is no boilerplate.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

from worker.text.templates import ADDRESS

MIN_ARTICLES = 10
"""Fewer articles of a source tell nothing."""
MIN_COUNT = 3
"""So many articles must show a unit …"""
MIN_SHARE = 0.02
"""… and such a share of the source's articles."""
BULLETIN_SHARE = 0.1
"""A label, or a line with a number, in fewer articles may be a bulletin's: "High water: 6.56"."""
OPENING_COUNT = 5
OPENING_SHARE = 0.2
"""Opening words stand in such a share of the source's articles; below, they are rather the news."""
TITLE_SHARE = 0.6
"""A label that is followed by the words of its article in such a share of cases introduces the headline."""
OPENING_RATE = 0.5
"""A word that stands in the middle of half as many articles as it opens is the writers' language."""
SENTENCE_COUNT = 8
SENTENCE_SHARE = 0.3
"""A whole sentence is believed only when it stands above or below so many articles: many courts close their
news with the same one, many columns begin so."""
LONG_WORDS = 9
LONG_SHARE = 0.2
"""So is a line of so many words, without a number or an address, in such a share; so are the first words of
lines that go on with others."""
LANGUAGE_SHARE = 0.6
"""With such a share of word pairs that stand in the middle of articles, a unit is the writers' language."""
MIDDLE_RATE = 0.1
WATCHED = 2000
"""Pairs of words at most that are looked for in the middle of a source's articles."""


@dataclass(frozen=True)
class Habits:
    """The frozen set of one source: what the cleaner takes for boilerplate, what is watched meanwhile."""

    units: frozenset[str] = frozenset()
    watched: frozenset[str] = frozenset()

    @cached_property
    def digest(self) -> str:
        """Part of `extraction.rules`; "" where nothing is learned."""
        return hashlib.sha256("\n".join(sorted(self.units)).encode()).hexdigest()[:12] if self.units else ""

    @cached_property
    def last_words(self) -> frozenset[str]:
        """With which words a learned end or line ends: a quick look before a long one."""
        return frozenset(
            unit.rpartition(" ")[2] for unit in self.units if unit.startswith(("tail ", "said "))
        )


NO_HABITS = Habits()
Learned = Mapping[str, Habits]
"""What was learned, by source: frozen for as long as a batch is processed."""


def habits_of(articles: int, counts: Mapping[str, int], middles: Mapping[str, int]) -> Habits:
    """What `articles` of one source tell: in how many each unit stands at an edge, and in how many each
    watched pair of words stands in the middle."""
    candidates = sorted((unit for unit, count in counts.items() if count >= 2), key=lambda u: (-counts[u], u))
    units = frozenset(
        unit
        for unit in (candidates if articles >= MIN_ARTICLES else ())
        if _believed(unit, counts, articles, middles) and not _is_stretched(unit, counts)
    )
    pairs = dict.fromkeys(pair for unit in candidates for pair in pairs_of(unit))
    return Habits(units, frozenset(list(pairs)[:WATCHED]))


def _believed(unit: str, counts: Mapping[str, int], articles: int, middles: Mapping[str, int]) -> bool:
    form, _, template = unit.partition(" ")
    count = counts[unit]
    if form in ("open", "dash"):
        (word,) = pairs_of(unit)
        # The paper's own name is in its prose too, now and then; "in" and "of" are there nearly always.
        common = middles.get(word, 0) >= OPENING_RATE * count
        least = max(OPENING_COUNT, OPENING_SHARE * articles)
        if form == "dash":  # may part an aside from its sentence
            least = max(SENTENCE_COUNT, SENTENCE_SHARE * articles)
        return count >= least and not common and not _has_masks([word])
    if form == "title":
        label = f"label {template}"
        return count >= TITLE_SHARE * counts.get(label, 0) and label in counts
    words = template.split(" ")
    if form in ("said", "lead"):
        least = max(SENTENCE_COUNT, SENTENCE_SHARE * articles)
    elif form == "label" or any("0" in word for word in words):
        least = max(MIN_COUNT, BULLETIN_SHARE * articles)
    elif form == "start" or (form == "tail" and len(words) >= LONG_WORDS and ADDRESS not in words):
        least = max(SENTENCE_COUNT, LONG_SHARE * articles)
    else:
        least = max(MIN_COUNT, MIN_SHARE * articles)
    return count >= least and not _is_language(unit, count, middles)


def _is_stretched(unit: str, counts: Mapping[str, int]) -> bool:
    """Whether a label holds a word too many: without its first one it is seen twice as often."""
    form, _, template = unit.partition(" ")
    shorter = template.partition(" ")[2]
    return form == "label" and counts.get(f"label {shorter}", 0) >= 2 * counts[unit]


def _has_masks(words: Iterable[str]) -> bool:
    return any(word == ADDRESS or "0" in word for word in words)


def _is_language(unit: str, count: int, middles: Mapping[str, int]) -> bool:
    pairs = pairs_of(unit)
    common = sum(middles.get(pair, 0) > 1 + MIDDLE_RATE * count for pair in pairs)
    return bool(pairs) and common >= LANGUAGE_SHARE * len(pairs)


def pairs_of(unit: str) -> list[str]:
    """The pairs of words of a unit that could stand in prose; of an opening, its word."""
    form, _, template = unit.partition(" ")
    if form == "title":
        return []
    if form in ("open", "dash"):
        return [template.rpartition(" ")[2]]
    words = template.split(" ")
    return [f"{one} {two}" for one, two in pairwise(words) if not _has_masks((one, two))]
