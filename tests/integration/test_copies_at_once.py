"""Two workers get two copies of one article at the same moment: exactly one is published, always."""

from __future__ import annotations

import random
import threading

import pytest

from tests.contract.texts import article, edited
from worker.adapters.redis_claims import RedisClaims
from worker.adapters.redis_scripts import RedisScripts, connect
from worker.ports import Answer, Identity

TRIALS = 2000


@pytest.mark.redis
def test_of_two_copies_at_the_same_moment_exactly_one_is_published(redis_url: str) -> None:
    namespace = f"test-{random.getrandbits(64):x}"
    copies = [
        (article(2 * n, f"a{n}", edited(n)), article(2 * n + 1, f"b{n}", edited(n, edits=5)))
        for n in range(TRIALS)
    ]
    start = threading.Barrier(2)
    answers: list[list[Answer]] = [[], []]

    def worker(side: int) -> None:
        claims = RedisClaims(RedisScripts(connect(redis_url, 5), namespace), ttl_s=3600, story_ttl_s=3600)
        for pair in copies:
            mine: Identity = pair[side]
            start.wait(30)
            answers[side] += claims.claim([mine])

    threads = [threading.Thread(target=worker, args=(side,)) for side in (0, 1)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)

    first = [one.verdict == "new" for one in answers[0]]
    assert len(first) == len(answers[1]) == TRIALS
    # Given that each worker was the first now and then, the two did race:
    assert 0 < sum(first) < TRIALS
    for one, other, pair in zip(*answers, copies, strict=True):
        winner, loser, kept = (one, other, pair[0]) if one.verdict == "new" else (other, one, pair[1])
        assert (winner.verdict, loser.verdict, loser.kind) == ("new", "duplicate", "near")
        assert loser.other is not None
        assert loser.other.origin == kept.origin
