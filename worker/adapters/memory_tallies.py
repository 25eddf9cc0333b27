"""The twin in memory of the counts in Redis (sighting.lua): for runs without Redis, for the simulation."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from worker.adapters.redis_tallies import FORGET_ARTICLES, HALVE_ARTICLES, place_of
from worker.ports import Sighting, Tally


@dataclass
class _Source:
    articles: int = 0
    counted: set[int] = field(default_factory=set)
    once: set[int] = field(default_factory=set)
    units: dict[str, int] = field(default_factory=dict)
    middle: dict[str, int] = field(default_factory=dict)


class MemoryTallies:
    """The Tallies port; workers that share one of these learn together."""

    def __init__(self) -> None:
        self._sources: dict[str, _Source] = {}

    def note(self, sightings: Sequence[Sighting]) -> None:
        for one in sightings:
            self._note(self._sources.setdefault(one.source, _Source()), one)

    def tallies(self, sources: Sequence[str]) -> list[Tally]:
        known = [self._sources.get(source, _Source()) for source in sources]
        return [Tally(one.articles, dict(one.units), dict(one.middle)) for one in known]

    def sources(self) -> list[str]:
        return list(self._sources)

    def _note(self, source: _Source, one: Sighting) -> None:
        place = place_of(one.article)
        if place in source.counted:
            return
        source.counted.add(place)
        source.articles += 1
        for unit in one.units:
            if unit in source.units:
                source.units[unit] += 1
            elif place_of(unit) in source.once:
                source.units[unit] = 2
            else:
                source.once.add(place_of(unit))
        for pair in one.middle:
            source.middle[pair] = source.middle.get(pair, 0) + 1
        if source.articles % FORGET_ARTICLES == 0:
            source.once.clear()
        if source.articles >= HALVE_ARTICLES:
            _halve(source)


def _halve(source: _Source) -> None:
    source.articles //= 2
    source.counted.clear()
    source.units = {unit: count // 2 for unit, count in source.units.items() if count > 1}
    source.middle = {pair: count // 2 for pair, count in source.middle.items() if count > 1}
