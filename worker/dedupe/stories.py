"""Stories: articles of one event get one story id, in a single pass, with bounded memory.

An article is the few terms of it that weigh most: frequent in it, rare in the news so far. A story is the
sum of its articles, cut to its heaviest terms. An article joins the story whose direction is nearest
(cosine), if it is near enough; else it begins one, and its id is the story's for ever.

How rare a term is, is counted per story, not per article: or a great event would make its own names common.

Pure: what is known so far stands behind StoryState. stories.lua does the same inside Redis, operation
by operation; the contract suite holds the two together.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Protocol

from worker.dedupe.terms import SCALE

Vector = list[tuple[int, float]]
"""Terms and weights, heaviest first."""


@dataclass(frozen=True, slots=True)
class StoryLimits:
    """Chosen on labelled stories in many orders of arrival (benchmarks/dedupe.py)."""

    joined: float = 0.27
    """Cosine from which an article belongs to a story."""
    article_terms: int = 60
    story_terms: int = 80
    asked: int = 16
    """Heaviest terms of an article under which stories are looked up."""
    listed: int = 8
    """Heaviest terms of a story under which it can be found."""
    postings: int = 24
    """Latest stories kept per term."""
    compared: int = 24
    """Stories compared with an article, those found under most terms first."""
    smoothing: int = 30
    """Stories assumed before the first: the first ones would otherwise have no rare word."""
    again: float = 0.3
    """What an article that joins a story counts for, beside 1 for one that begins a story."""


STORY_LIMITS = StoryLimits()


class StoryState(Protocol):
    """What the stream has told so far. A story is named by its id."""

    def known(self, terms: Sequence[int]) -> tuple[int, int, list[int]]:
        """Stories begun, articles that joined one, and in how many stories each term was."""

    def learn(self, terms: Sequence[int], began: bool) -> None:
        """One article more, which began a story or joined one and brought these terms."""

    def under(self, term: int) -> list[str]:
        """Stories listed under a term, the latest first."""

    def story(self, story_id: str) -> Vector | None:
        """The terms of a story that still lives."""

    def put(self, story_id: str, terms: Vector, listed: Sequence[int]) -> None:
        """Keep a story, and list it under these terms."""


def story_of(
    terms: Sequence[tuple[int, int]],
    article_id: str,
    state: StoryState,
    joins: str | None = None,
    limits: StoryLimits = STORY_LIMITS,
) -> str:
    """The id of the story that this article belongs to; the article's own id begins one.

    `joins`: the story of an article that this one shares its text with: nothing is compared.
    """
    begun, again, counts = state.known([term for term, _ in terms])
    article = weighed(terms, begun + limits.again * again, counts, limits)
    story_id = joins or nearest(article, state, limits) or article_id
    before = state.story(story_id) or []
    known = {term for term, _ in before}
    after = _added(before, article)[: limits.story_terms]
    state.put(story_id, after, [term for term, _ in after[: limits.listed]])
    state.learn([term for term, _ in terms if term not in known], began=not before)
    return story_id


def weighed(
    terms: Sequence[tuple[int, int]], stories: float, counts: Sequence[int], limits: StoryLimits
) -> Vector:
    """The article's heaviest terms as a vector of length 1."""
    rare = [
        (term, weight / SCALE * math.log(max(1.0, (stories + 1 + limits.smoothing) / (count + 1))))
        for (term, weight), count in zip(terms, counts, strict=True)
    ]
    heaviest = _heaviest_first(rare)[: limits.article_terms]
    length = _length(heaviest)
    return [(term, weight / length) for term, weight in heaviest] if length > 0 else []


def nearest(article: Vector, state: StoryState, limits: StoryLimits) -> str | None:
    """The story that the article belongs to, if any."""
    best, most = None, limits.joined
    for story_id in _candidates(article, state, limits):
        story = state.story(story_id)
        if story and (near := _cosine(article, story)) > most:
            best, most = story_id, near
    return best


def _candidates(article: Vector, state: StoryState, limits: StoryLimits) -> list[str]:
    votes: dict[str, int] = {}
    for term, _ in article[: limits.asked]:
        for story_id in state.under(term):
            votes[story_id] = votes.get(story_id, 0) + 1
    return sorted(votes, key=lambda story_id: -votes[story_id])[: limits.compared]


def _cosine(article: Vector, story: Vector) -> float:
    weights = dict(story)
    product = 0.0
    for term, weight in article:
        product += weight * weights.get(term, 0.0)
    return product / _length(story)


def _added(story: Vector, article: Vector) -> Vector:
    total = dict(story)
    for term, weight in article:
        total[term] = total.get(term, 0.0) + weight
    return _heaviest_first([(term, _single(weight)) for term, weight in total.items()])


def _heaviest_first(vector: Vector) -> Vector:
    return sorted(vector, key=lambda entry: (-entry[1], entry[0]))


def _length(vector: Vector) -> float:
    squares = 0.0
    for _, weight in vector:
        squares += weight * weight
    return math.sqrt(squares)


def _single(weight: float) -> float:
    """As four bytes hold it."""
    return float(struct.unpack("<f", struct.pack("<f", weight))[0])


def story_limits_for_lua(limits: StoryLimits = STORY_LIMITS) -> str:
    """The same limits as the Lua table that stories.lua reads."""
    pairs = ", ".join(f"{name} = {value!r}" for name, value in asdict(limits).items())
    return f"local STORY = {{{pairs}, scale = {SCALE}}}\n"
