"""What sources repeat, counted in Redis by all replicas together."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from functools import lru_cache
from importlib.resources import files

from worker.adapters.redis_scripts import RedisScripts
from worker.ports import Sighting, Tally

_NOTE = files("worker.adapters").joinpath("sighting.lua").read_text(encoding="utf-8")
_TALLY = files("worker.adapters").joinpath("tally.lua").read_text(encoding="utf-8")

PLACES = 1 << 15
"""Bits (4 KiB) for what was seen once, and as many for the articles counted, per source. Some 3 % of them say
"seen before" wrongly, which only counts a unit or an article one time off."""
FORGET_ARTICLES = 128
"""What did not come a second time among so many articles of its source is forgotten."""
HALVE_ARTICLES = 1024
"""From here on all counts of a source are halved, so that what it no longer does fades."""


class RedisTallies:
    """The Tallies port. Every method raises TransientError when Redis is away."""

    def __init__(self, scripts: RedisScripts, ttl_s: float) -> None:
        """`ttl_s`: a source that publishes nothing for so long is forgotten."""
        self._redis = scripts
        self._ttl_ms = max(1, round(ttl_s * 1000))

    def note(self, sightings: Sequence[Sighting]) -> None:
        self._redis.run([(_NOTE, self._arguments(one)) for one in sightings])

    def tallies(self, sources: Sequence[str]) -> list[Tally]:
        replies = self._redis.run([(_TALLY, (key_of(source), source)) for source in sources])
        return [_tally(reply) for reply in replies]

    def sources(self) -> list[str]:
        return [name.decode("utf-8", "replace") for name in self._redis.ask("HKEYS", "k")]

    def _arguments(self, one: Sighting) -> tuple[str | int, ...]:
        units = [part for unit in one.units for part in (unit, place_of(unit))]
        return (
            one.source, key_of(one.source), place_of(one.article), self._ttl_ms,
            FORGET_ARTICLES, HALVE_ARTICLES, len(one.units), *units, *one.middle,
        )  # fmt: skip


def key_of(source: str) -> str:
    """Under which key a source is counted."""
    return hashlib.blake2b(source.encode("utf-8", "replace"), digest_size=12).hexdigest()


@lru_cache(maxsize=8192)  # what sources repeat comes again and again
def place_of(text: str) -> int:
    """Which bit stands for a text."""
    digest = hashlib.blake2b(text.encode("utf-8", "replace"), digest_size=4).digest()
    return int.from_bytes(digest, "big") % PLACES


def _tally(flat: Sequence[bytes]) -> Tally:
    counts = {
        name.decode("utf-8", "replace"): int(count) for name, count in zip(flat[::2], flat[1::2], strict=True)
    }
    return Tally(
        articles=counts.pop("n", 0),
        units={name[2:]: count for name, count in counts.items() if name.startswith("u ")},
        middle={name[2:]: count for name, count in counts.items() if name.startswith("m ")},
    )
