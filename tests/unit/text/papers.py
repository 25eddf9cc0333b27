"""Papers made up for tests of learning: articles whose prose differs, with what a paper repeats around it."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence

from worker.adapters.memory_tallies import MemoryTallies
from worker.ports import Sighting
from worker.text.blocks import Cleaned, Document, Line
from worker.text.cleaners import clean_document
from worker.text.edges import edges_of
from worker.text.habits import NO_HABITS, Habits, habits_of
from worker.text.rules import compile_rules, with_habits

WHO = [
    "mayor",
    "harbour",
    "council",
    "school",
    "farmers",
    "library",
    "bakers",
    "pilots",
    "nurses",
    "museum",
    "orchard",
    "ferry",
]
WHAT = [
    "opened",
    "repaired",
    "painted",
    "counted",
    "sold",
    "closed",
    "visited",
    "measured",
    "flooded",
    "rebuilt",
    "mapped",
    "guarded",
]
THING = [
    "bridge",
    "canal",
    "tower",
    "market",
    "garden",
    "station",
    "archive",
    "meadow",
    "quay",
    "chapel",
    "mill",
    "lighthouse",
]
PLACE = [
    "Northbrook",
    "Eastford",
    "Wexley",
    "Haldon",
    "Marsh",
    "Oakvale",
    "Riverton",
    "Stonebay",
    "Kelmar",
    "Dunmore",
]
RULES = compile_rules([])

Paper = Callable[[random.Random, int], Sequence[str]]
"""The lines of a paper's n-th article."""


def sentence(chance: random.Random) -> str:
    """Some news."""
    who, what, thing, place = (chance.choice(words) for words in (WHO, WHAT, THING, PLACE))
    more = " ".join(chance.sample(WHO + WHAT + THING, 6))
    return f"The {who} of {place} {what} the old {thing} this week although {more} stood in the way."


def paragraph(chance: random.Random) -> str:
    return " ".join(sentence(chance) for _ in range(3))


def lines_of(texts: Sequence[str]) -> tuple[Line, ...]:
    return tuple(Line(number, text) for number, text in enumerate(texts, 1) if text.strip())


def habits_after(articles: Sequence[Sequence[str]]) -> Habits:
    """What a paper's habits are taken for after these articles; frozen anew for each, so that what is
    suspected is watched."""
    tallies, habits = MemoryTallies(), NO_HABITS
    for number, texts in enumerate(articles):
        edges = edges_of(lines_of(texts), habits.watched)
        tallies.note([Sighting("paper", f"article {number}", edges.units, edges.middle)])
        (tally,) = tallies.tallies(["paper"])
        habits = habits_of(tally.articles, tally.units, tally.middle)
    return habits


def learned_from(paper: Paper, articles: int = 40, seed: int = 1) -> Habits:
    chance = random.Random(seed)
    return habits_after([paper(chance, number) for number in range(articles)])


def cleaned(texts: Sequence[str], habits: Habits, title: str | None = None) -> Cleaned:
    """An article cleaned by what was learned alone."""
    document = Document(lines_of(texts), "text", title=title, language="en")
    return clean_document(document, with_habits(RULES, habits), lambda text: "en")
