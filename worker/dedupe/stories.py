"""Stories: articles of one event get one story id, in a single pass, with bounded memory.

An article is the few terms of it that weigh most: frequent in it, rare in the news so far. A story is the
sum of its articles, cut to its heaviest terms. An article joins the story whose direction is nearest
(cosine), if it is near enough; else it begins one, and its id is the story's for ever.

How rare a term is, is counted per story rather than per article, or a great event would make its own
names common: an article counts for the terms that it brings to its story, and for a part (`repeated`) for
those that are there already. Without that part the words that every text has would stay rare while all is
in one story, and everything would join that one.

Pure: what is known so far stands behind StoryState. stories.lua does the same inside Redis, operation
by operation; the contract suite holds the two together.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from itertools import islice
from typing import Protocol

from worker.dedupe.terms import SCALE, TERM_BITS

Vector = list[tuple[int, int]]
"""Terms and weights, heaviest first. Weights are whole numbers: sums of them are the same everywhere."""

_UNIT = 4096
"""Length of an article's vector."""
_MOST = 2**20
"""Weights stay below: with a term they fit into 53 bits, by which Lua can sort them at once."""
_TERM = 2**TERM_BITS
_FINE = 10_000
"""Steps of weight times rarity."""
_STEPS = 255
"""Of the weights of a story's terms, which are kept in a byte each, as parts of the heaviest."""


@dataclass(frozen=True, slots=True)
class StoryLimits:
    """Chosen on labelled stories in many orders of arrival (benchmarks/dedupe.py)."""

    joined: float = 0.21
    """Cosine from which an article belongs to a story of one article."""
    grown: float = 0.06
    """On top for a story of very many: a sum of articles has something in common with everything."""
    cold: float = 0.16
    """On top while it is hardly known what is rare, the less the more articles have come, up to
    `cold_articles`; and the less the fewer stories (up to `cold_stories`) there are to confuse."""
    cold_articles: int = 60
    cold_stories: int = 5
    article_terms: int = 50
    story_terms: int = 64
    single_terms: int = 40
    """Of a story of one article, as most are: they take the most memory, and grow when a second one comes."""
    asked: int = 16
    """Heaviest terms of an article under which stories are looked up."""
    listed: int = 8
    """Heaviest terms of a story under which it can be found."""
    postings: int = 24
    """Latest stories kept per term."""
    compared: int = 4
    """Stories compared with an article, those found under most terms first."""
    smoothing: int = 40
    """Articles assumed before the first: the first ones would otherwise have no rare word."""
    repeated: int = 6
    """Tenths that a term counts for which the story had before."""


STORY_LIMITS = StoryLimits()


class StoryState(Protocol):
    """What the stream has told so far. A story is named by its id."""

    def known(self, terms: Sequence[int]) -> tuple[int, int, list[int]]:
        """Articles and stories so far, and how often each term counted, in tenths."""

    def learn(self, brought: Sequence[int], repeated: Sequence[int], began: bool) -> None:
        """One article more: the terms that it brought to its story, those that were there; whether it
        began the story."""

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
) -> str:
    """The id of the story that this article belongs to; the article's own id begins one.

    `joins`: the story of an article that this one shares its text with: nothing is compared.
    """
    articles, stories, counts = state.known([term for term, _ in terms])
    article = weighed(terms, articles, counts)
    story_id = joins or _nearest(article, _least(articles, stories), state) or article_id
    before = state.story(story_id) or []
    known = {term for term, _ in before}
    after = _stored(_added(before, article) if before else article[: STORY_LIMITS.single_terms])
    state.put(story_id, after, [term for term, _ in after[: STORY_LIMITS.listed]])
    state.learn(
        [term for term, _ in terms if term not in known],
        [term for term, _ in terms if term in known],
        began=not before,
    )
    return story_id


def weighed(terms: Sequence[tuple[int, int]], articles: int, counts: Sequence[int]) -> Vector:
    """The article's heaviest terms as a vector of one length. `counts` are in tenths."""
    seen = articles + 1 + STORY_LIMITS.smoothing
    heaviest = _heaviest(
        [
            (term, math.floor(weight / SCALE * math.log(max(1.0, seen / (count / 10 + 1))) * _FINE))
            for (term, weight), count in zip(terms, counts, strict=True)
        ],
        STORY_LIMITS.article_terms,
    )
    length = math.sqrt(_squares(heaviest))
    return [(term, math.floor(weight * _UNIT / length + 0.5)) for term, weight in heaviest] if length else []


def _least(articles: int, stories: int) -> float:
    cold = max(0.0, 1 - articles / STORY_LIMITS.cold_articles) * min(1.0, stories / STORY_LIMITS.cold_stories)
    return STORY_LIMITS.joined + STORY_LIMITS.cold * cold


def _nearest(article: Vector, least: float, state: StoryState) -> str | None:
    """The story that the article belongs to, if any: its cosine is over `least`."""
    best, most = None, 0.0
    for story_id, story in islice(_candidates(article, state), STORY_LIMITS.compared):
        over = _cosine(article, story) - least - STORY_LIMITS.grown * _grown(story)
        if over > most:
            best, most = story_id, over
    return best


def _grown(story: Vector) -> float:
    """0 for one article, towards 1 for many."""
    return max(0.0, 1 - _UNIT / math.sqrt(_squares(story)))


def _candidates(article: Vector, state: StoryState) -> Iterator[tuple[str, Vector]]:
    """The living stories found under the article's terms, those under most first."""
    votes: dict[str, int] = {}
    for term, _ in article[: STORY_LIMITS.asked]:
        for story_id in state.under(term):
            votes[story_id] = votes.get(story_id, 0) + 1
    for story_id in sorted(votes, key=lambda story_id: -votes[story_id]):
        if story := state.story(story_id):
            yield story_id, story


def _cosine(article: Vector, story: Vector) -> float:
    weights = dict(article)
    product = sum(weight * weights.get(term, 0) for term, weight in story)
    lengths = math.sqrt(_squares(article)) * math.sqrt(_squares(story))
    return product / lengths if lengths else 0.0


def _added(story: Vector, article: Vector) -> Vector:
    """The heaviest terms of the sum; all are halved when one grows too heavy."""
    total = dict(story)
    for term, weight in article:
        total[term] = total.get(term, 0) + weight
    heaviest = _heaviest(list(total.items()), STORY_LIMITS.story_terms)
    while heaviest and heaviest[0][1] >= _MOST // 2:
        heaviest = [(term, weight // 2) for term, weight in heaviest]
    return heaviest


def _stored(story: Vector) -> Vector:
    """As it is kept: weights in steps of the heaviest one; a term under half a step is left out."""
    heavy = story[0][1] if story else 0
    steps = [(term, (weight * _STEPS + heavy // 2) // heavy) for term, weight in story]
    return [(term, step * heavy // _STEPS) for term, step in steps if step]


def _heaviest(vector: Vector, most: int) -> Vector:
    keys = sorted((min(weight, _MOST - 1) * _TERM + term for term, weight in vector), reverse=True)
    return [(key % _TERM, key // _TERM) for key in keys[:most]]


def _squares(vector: Vector) -> int:
    return sum(weight * weight for _, weight in vector)


def story_limits_for_lua() -> str:
    """The same limits as the Lua table that stories.lua reads."""
    pairs = ", ".join(f"{name} = {value!r}" for name, value in asdict(STORY_LIMITS).items())
    return f"local STORY = {{{pairs}, scale = {SCALE}}}\n"
