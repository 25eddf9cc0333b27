"""What the claims leave in Redis: every key expires, and memory stays flat once the window is full."""

from __future__ import annotations

import random

import pytest

from tests.contract.texts import DAY, article, edited, report
from tests.services.processes import wait_until
from tests.services.redis import new_namespace
from worker.adapters.redis_claims import RedisClaims
from worker.adapters.redis_hands import RedisHands
from worker.adapters.redis_inventory import RedisInventory
from worker.dedupe.scripts import Layout

pytestmark = pytest.mark.redis

LAYOUTS = [Layout("strings", 3600), Layout("packed", 3600, articles=1000)]
LASTING = {"claims", "loss", "settled"}
"""A counter, a note about it, an offset per partition: they say whether anything was lost, and stay."""


def stream(claims: RedisClaims, dice: random.Random) -> None:
    """Articles, copies, parts, versions, redeliveries, replays, reports of events, releases."""
    seen = []
    for step in range(300):
        text = report(dice.randrange(5), step) if step % 3 else edited(dice.randrange(9), edits=step % 30)
        url = dice.choice((None, f"https://x.org/{step % 20}"))
        one = article(
            step if step % 7 else step // 2, f"a{step % 90}", text, seen=step, url=url, hour=step % 3 * DAY
        )
        claims.claim([one])
        seen.append(one.owner)
        if step % 40 == 39:
            claims.release([dice.choice(seen)])


@pytest.mark.parametrize("layout", LAYOUTS)
def test_every_key_expires_but_for_those_that_say_whether_anything_was_lost(
    redis_url: str, layout: Layout
) -> None:
    scripts = new_namespace(redis_url)
    claims = RedisClaims(scripts, ttl_s=3600, story_ttl_s=1800, layout=layout)
    stream(claims, random.Random(1))
    claims.report_loss(7)
    hands = RedisHands(scripts, "w/1", 6000, "topic")
    hands.take({("raw", 0): (0, 9), ("raw", 1): (0, 9)})
    hands.put_down({("raw", 0): 9})
    kept = {key: scripts.ask("PTTL", key) for key in set(scripts.keys())}
    assert {key for key, left_ms in kept.items() if left_ms < 0} == LASTING
    longest_ms = max(kept.values())
    assert longest_ms <= 24 * 3600 * 1000  # a note of what is in hand
    ours = [left_ms for key, left_ms in kept.items() if not key.startswith("h:")]
    assert max(ours) <= 3600 * 1000 * 4 / 3 + 5000  # packed: an epoch, a third of the lifetime, on top


@pytest.mark.parametrize("layout", LAYOUTS)
def test_what_is_measured_is_what_is_there(redis_url: str, layout: Layout) -> None:
    """The sizes that `winnow dedupe stats` tells, of every kind of key."""
    scripts = new_namespace(redis_url)
    stream(RedisClaims(scripts, ttl_s=3600, story_ttl_s=1800, layout=layout), random.Random(2))
    sizes = RedisInventory(scripts, layout).sizes(lambda number: None)
    total = sum(scripts.ask("MEMORY USAGE", key) for key in set(scripts.keys()))
    assert sum(size for _, size in sizes.values()) == pytest.approx(total, rel=0.1)
    assert all(size >= count * 10 for kind, (count, size) in sizes.items() if kind != "other"), sizes


@pytest.mark.parametrize("name", ["strings", "packed"])
def test_what_has_expired_leaves_nothing_behind(redis_url: str, name: str) -> None:
    scripts = new_namespace(redis_url)
    layout = Layout(name, 1.5, articles=200)  # type: ignore[arg-type]
    claims = RedisClaims(scripts, ttl_s=1.5, story_ttl_s=1.5, layout=layout)
    for window in range(2):
        first = 1000 * window
        claims.claim([article(n, f"a{n}", edited(n, words=60)) for n in range(first, first + 100)])
        assert len(set(scripts.keys())) > 50
        wait_until(lambda: set(scripts.keys()) <= LASTING, "all have expired")
