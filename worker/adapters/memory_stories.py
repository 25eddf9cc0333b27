"""The twin of the stories in Redis: what the stream has told so far, in memory."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence

from worker.dedupe.stories import STORY_LIMITS, Vector

BUCKETS = 2**18
"""Counters of terms, in tenths: terms that fall together share one (four bytes each in Redis)."""
BROUGHT = 10
"""Tenths that a term counts for which an article brings to its story."""


class MemoryStories:
    """StoryState; a story lives for `ttl_s` since its last article."""

    def __init__(self, ttl_s: float, clock: Callable[[], float] = lambda: 0.0) -> None:
        self._ttl_s = ttl_s
        self._clock = clock
        self._articles = self._begun = 0
        self._counts: dict[int, int] = {}
        self._under: dict[int, list[str]] = {}
        self._stories: dict[str, tuple[float, Vector]] = {}

    def known(self, terms: Sequence[int]) -> tuple[int, int, list[int]]:
        """Of two terms that share a counter, the second one finds it raised by the first."""
        counts, met = [], Counter[int]()
        for counter in (term % BUCKETS for term in terms):
            counts.append(self._counts.get(counter, 0) + BROUGHT * met[counter])
            met[counter] += 1
        return self._articles, self._begun, counts

    def learn(self, brought: Sequence[int], repeated: Sequence[int], began: bool) -> None:
        self._articles, self._begun = self._articles + 1, self._begun + began
        for terms, tenths in ((brought, BROUGHT), (repeated, STORY_LIMITS.repeated)):
            for term in terms:
                self._counts[term % BUCKETS] = self._counts.get(term % BUCKETS, 0) + tenths

    def under(self, term: int) -> list[str]:
        return list(self._under.get(term, ()))

    def story(self, story_id: str) -> Vector | None:
        expires, terms = self._stories.get(story_id, (0.0, None))
        return terms if expires > self._clock() else None

    def put(self, story_id: str, terms: Vector, listed: Sequence[int]) -> None:
        self._stories[story_id] = (self._clock() + self._ttl_s, terms)
        for term in listed:
            held = self._under.setdefault(term, [])
            if story_id not in held:
                held.insert(0, story_id)
                del held[STORY_LIMITS.postings :]
