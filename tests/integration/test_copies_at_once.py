"""Two workers get two copies of one article at the same moment: exactly one is published, always."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable, Sequence
from functools import cache

import pytest
import redis

from tests.contract.texts import article, edited
from worker.adapters.redis_claims import RedisClaims
from worker.adapters.redis_scripts import RedisScripts, connect
from worker.dedupe.scripts import Layout
from worker.dedupe.signature import read_signature
from worker.ports import Answer, Identity

TRIALS = 2000
LAYOUTS = [Layout("strings", 3600), Layout("packed", 3600, articles=2 * TRIALS)]
Claim = Callable[[Identity], Answer]
Pair = tuple[Identity, Identity]


@cache
def copies(trials: int) -> list[Pair]:
    return [
        (article(2 * n, f"a{n}", edited(n)), article(2 * n + 1, f"b{n}", edited(n, edits=5)))
        for n in range(trials)
    ]


def race(pairs: Sequence[Pair], claim: Callable[[], Claim]) -> list[tuple[Answer, Answer]]:
    """Each side of each pair is claimed by a worker of its own, both at once."""
    start = threading.Barrier(2)
    answers: list[list[Answer]] = [[], []]

    def worker(side: int) -> None:
        mine = claim()
        for pair in pairs:
            start.wait(30)
            answers[side].append(mine(pair[side]))

    threads = [threading.Thread(target=worker, args=(side,)) for side in (0, 1)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    assert len(answers[0]) == len(answers[1]) == len(pairs)
    return list(zip(*answers, strict=True))


@pytest.mark.redis
@pytest.mark.parametrize("layout", LAYOUTS)
def test_of_two_copies_at_the_same_moment_exactly_one_is_published(redis_url: str, layout: Layout) -> None:
    namespace = f"test-{random.getrandbits(64):x}"

    def claim() -> Claim:
        scripts = RedisScripts(connect(redis_url, 5), namespace)
        claims = RedisClaims(scripts, ttl_s=3600, story_ttl_s=3600, layout=layout)
        return lambda identity: claims.claim([identity])[0]

    pairs = copies(TRIALS)
    told = race(pairs, claim)
    # Given that each worker was the first now and then, the two did race:
    assert 0 < sum(one.verdict == "new" for one, _ in told) < TRIALS
    for (one, other), pair in zip(told, pairs, strict=True):
        winner, loser, kept = (one, other, pair[0]) if one.verdict == "new" else (other, one, pair[1])
        assert (winner.verdict, loser.verdict, loser.kind) == ("new", "duplicate", "near")
        assert loser.other is not None
        assert loser.other.origin == kept.origin


@pytest.mark.redis
def test_mutant_anchor_by_anchor_from_the_client_drops_both_copies(redis_url: str) -> None:
    """What everybody writes first, and why the claim is one script."""
    namespace = f"test-{random.getrandbits(64):x}"

    def claim() -> Claim:
        client = redis.Redis.from_url(redis_url)

        def anchor_by_anchor(identity: Identity) -> Answer:
            anchors = read_signature(identity.signature).anchors
            free = [client.set(f"{namespace}:{anchor}", identity.owner, nx=True, ex=60) for anchor in anchors]
            return Answer("new" if all(free) else "duplicate")

        return anchor_by_anchor

    told = race(copies(300), claim)
    assert sum(one.verdict == other.verdict == "duplicate" for one, other in told) > 0
