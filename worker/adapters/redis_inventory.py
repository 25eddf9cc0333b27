"""What is in the namespace of the claims: for the operator's commands, never for the worker."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import orjson

from worker.adapters.redis_claims import key_of, payload
from worker.adapters.redis_scripts import RedisScripts
from worker.dedupe.scripts import Layout, script
from worker.ports import Identity, Kept

KINDS = {
    "a": "articles",
    "i": "ids",
    "u": "urls",
    "c": "contents",
    "n2": "anchors",
    "k": "learned sources",
    "r": "announced replays",
    "m": "marks of workers",
    "p2:l": "packed articles",
    "p2:n": "article names",
    "p2:x": "article anchors",
    "p2:t": "topics",
    "s2:s": "stories",
    "s2:t": "story terms",
    "s2:l": "packed stories",
    "s2:n": "story names",
    "s2:x": "story index",
    "s2:terms": "term counts",
    "s2:stream": "story totals",
}
"""Kinds of keys, by what follows the prefix (worker/dedupe/*.lua)."""
PACKED = {"packed articles": "articles", "packed stories": "stories"}
"""Lists of many, and what they hold."""
SAMPLED = 200
"""Keys of each kind whose memory is measured; the rest is taken to be like them."""


@dataclass(frozen=True, slots=True)
class Claimed:
    """An article as the claims remember it."""

    owner: str
    article_id: str
    version: int
    content_hash: str
    url_key: str
    origin: str
    story_id: str | None
    signature: bytes


@dataclass(frozen=True, slots=True)
class Restored:
    """An article of the clean topic, as it was claimed."""

    identity: Identity
    version: int
    supersedes: Kept | None
    relation: tuple[str, str] | None
    similarity: float
    story_id: str | None
    ttl_s: float


class RedisInventory:
    """Every method raises TransientError when Redis is away."""

    def __init__(self, scripts: RedisScripts, layout: Layout | None = None) -> None:
        self._redis = scripts
        self._peek = script("peek", layout or Layout())
        self._restore = script("restore", layout or Layout())

    def article(self, article_id: str) -> Claimed | None:
        """The latest version of an article, by its id."""
        (found,) = self._redis.run([(self._peek, (f"i:{key_of(article_id)}",))])
        if not found:
            return None
        *texts, signature = found
        owner, known_id, version, content, url, origin, story = (_text(value) for value in texts)
        return Claimed(owner, known_id, int(version), content, url, origin, story or None, signature)

    def sizes(self, tell: Callable[[int], None]) -> dict[str, tuple[int, int]]:
        """Keys and bytes of each kind; the bytes are estimated from a sample."""
        counts: dict[str, int] = {}
        samples: dict[str, list[str]] = {}
        for number, key in enumerate(self._redis.keys()):
            kind = KINDS.get(_kind(key), "other")
            counts[kind] = counts.get(kind, 0) + 1
            sample = samples.setdefault(kind, [])
            if len(sample) < SAMPLED:
                sample.append(key)
            if number % 1000 == 0:
                tell(number)
        sizes = {
            kind: (count, round(count * self._mean("MEMORY USAGE", samples[kind])))
            for kind, count in counts.items()
        }
        for lists, held in PACKED.items():
            if lists in counts:
                number = round(counts[lists] * self._mean("LLEN", samples[lists]))
                sizes[held] = (number, sizes.pop(lists)[1])
        return sizes

    def server(self) -> dict[str, str | int]:
        """Version, memory and policy of the whole server."""
        memory = self._redis.command("INFO", "memory")
        return {
            "version": self._redis.command("INFO", "server")["redis_version"],
            "used_memory": memory["used_memory"],
            "maxmemory": memory.get("maxmemory", 0),
            "maxmemory_policy": memory.get("maxmemory_policy", "unknown"),
        }

    def restore(self, articles: Sequence[Restored], story_ttl_s: float | None) -> int:
        """Claims these articles again; answers how many were not claimed."""
        calls = [(self._restore, _arguments(one, story_ttl_s)) for one in articles]
        return sum(self._redis.run(calls))

    def _mean(self, command: str, keys: Sequence[str]) -> float:
        sizes = [self._redis.ask(command, key) or 0 for key in keys]
        return sum(sizes) / len(sizes) if sizes else 0.0


def _kind(key: str) -> str:
    first, *rest = key.split(":")
    if first not in ("p2", "s2"):
        return first
    part = rest[1] if len(rest) > 1 and rest[0].isdecimal() else rest[0]
    return f"{first}:{part}"


def _text(value: bytes | int) -> str:
    return value.decode() if isinstance(value, bytes) else str(value)


def _arguments(one: Restored, story_ttl_s: float | None) -> tuple[bytes | int, ...]:
    superseded = ""
    if kept := one.supersedes:
        origin = ":".join(map(str, kept.origin))
        told = {"id": kept.article_id, "version": kept.version, "origin": origin}
        superseded = orjson.dumps(told).decode()
    facts = {
        **orjson.loads(payload(one.identity)),
        "version": one.version,
        "superseded": superseded,
        "relation": orjson.dumps(one.relation).decode() if one.relation else "",
        "similarity": one.similarity,
        "story": one.story_id or "",
    }
    return (
        orjson.dumps(facts),
        max(1, round(one.ttl_s * 1000)),
        one.identity.signature,
        one.identity.terms if story_ttl_s is not None else b"",
        max(1, round((story_ttl_s or 0) * 1000)),
    )
