"""The claim table of delivery.md, row by row, on Redis and on its twin in memory alike."""

from __future__ import annotations

import hashlib
import random
import time
from dataclasses import replace
from typing import Any

import pytest

from tests.contract.stores import LAYOUTS, as_a_replay, claim
from tests.services.redis import new_namespace
from worker.adapters.memory_claims import MemoryClaims
from worker.adapters.redis_claims import RedisClaims
from worker.adapters.redis_inventory import RedisInventory
from worker.adapters.redis_scripts import RedisScripts
from worker.dedupe.scripts import Layout
from worker.ports import Answer, Identity


@pytest.fixture
def claims(make: Any) -> Any:
    return make()


def record(
    offset: int, article: str, text: str, *, seen: int = 0, url: str | None = None, source: str | None = None
) -> Identity:
    return Identity(
        owner=hashlib.md5(f"raw:0:{offset}".encode()).hexdigest(),
        article_id=article,
        canonical_url=url,
        content_hash=hashlib.sha256(text.encode()).hexdigest(),
        seen_ms=seen,
        origin=("raw", 0, offset),
        source=source,
    )


def test_an_article_never_seen_is_new_version_one(claims: Any) -> None:
    assert claim(claims, record(0, "a", "text")) == Answer("new", 1)


def test_a_redelivery_is_own_and_gets_its_first_answer_again(claims: Any) -> None:
    claim(claims, record(0, "a", "one"))
    first = claim(claims, record(1, "a", "two", seen=1))
    again = claim(claims, record(1, "a", "two", seen=1))
    assert (again.verdict, again.version, again.other) == ("own", 2, first.other)


def test_a_redelivery_with_other_text_is_own_all_the_same(claims: Any) -> None:
    claim(claims, record(0, "a", "as cleaned by old rules"))
    assert claim(claims, record(0, "a", "as cleaned by new rules")).verdict == "own"
    assert claim(claims, record(1, "b", "as cleaned by new rules")).kind == "exact"


def test_the_same_id_with_the_same_text_is_a_duplicate(claims: Any) -> None:
    claim(claims, record(0, "a", "text"))
    answer = claim(claims, record(1, "a", "text"))
    assert (answer.verdict, answer.kind) == ("duplicate", "id")
    assert answer.other is not None
    assert (answer.other.article_id, answer.other.origin) == ("a", ("raw", 0, 0))


def test_the_same_url_with_the_same_text_is_a_duplicate(claims: Any) -> None:
    claim(claims, record(0, "a", "text", url="https://x.org/1"))
    assert claim(claims, record(1, "b", "text", url="https://x.org/1")).kind == "url"


def test_the_same_text_elsewhere_is_an_exact_duplicate(claims: Any) -> None:
    claim(claims, record(0, "a", "text", url="https://x.org/1"))
    answer = claim(claims, record(1, "b", "text", url="https://y.org/1"))
    assert (answer.verdict, answer.kind) == ("duplicate", "exact")


@pytest.mark.parametrize("url", [None, "https://x.org/1"])
def test_other_text_under_one_identity_is_the_next_version(claims: Any, url: str | None) -> None:
    claim(claims, record(0, "a", "one", seen=10, url=url))
    answer = claim(claims, record(1, "a", "two", seen=10, url=url))
    assert (answer.verdict, answer.version) == ("new", 2)
    assert answer.other is not None
    assert (answer.other.version, answer.other.origin) == (1, ("raw", 0, 0))


def test_the_first_text_again_is_a_third_version(claims: Any) -> None:
    for offset, text in enumerate(("A", "B", "A")):
        answer = claim(claims, record(offset, "a", text, url="https://x.org/1"))
        assert (answer.verdict, answer.version) == ("new", offset + 1)


def test_an_older_fetch_is_stale(claims: Any) -> None:
    claim(claims, record(0, "a", "newer", seen=20))
    answer = claim(claims, record(1, "a", "older", seen=10))
    assert (answer.verdict, answer.kind) == ("duplicate", "stale")


def test_an_id_alone_never_drops(claims: Any) -> None:
    """Two pages, one id, the second fetched earlier: no earlier fetch of the first."""
    claim(claims, record(0, "a", "one", seen=20, url="https://x.org/1"))
    answer = claim(claims, record(1, "a", "two", seen=10, url="https://x.org/2"))
    assert (answer.verdict, answer.version) == ("new", 2)


def test_an_id_that_two_sources_use_never_drops_either(claims: Any) -> None:
    claim(claims, record(0, "17", "one", seen=20, source="The Gazette"))
    answer = claim(claims, record(1, "17", "two", seen=10, source="The Herald"))
    assert (answer.verdict, answer.version) == ("new", 2)


@pytest.mark.parametrize("urls", [("https://x.org/1", None), (None, "https://x.org/1")])
def test_an_id_says_nothing_of_a_page_where_one_record_has_no_url(claims: Any, urls: Any) -> None:
    claim(claims, record(0, "a", "one", seen=20, url=urls[0]))
    assert claim(claims, record(1, "a", "two", seen=10, url=urls[1])).verdict == "new"


def test_an_older_text_of_one_source_is_stale_without_url(claims: Any) -> None:
    claim(claims, record(0, "17", "newer", seen=20, source="The Gazette"))
    answer = claim(claims, record(1, "17", "older", seen=10, source="the gazette"))
    assert (answer.verdict, answer.kind) == ("duplicate", "stale")


@pytest.mark.parametrize("unknown", [0, -1])
def test_what_was_fetched_nobody_knows_when_is_not_older(claims: Any, unknown: int) -> None:
    claim(claims, record(0, "a", "one", seen=20))
    assert claim(claims, record(1, "a", "two", seen=unknown)).version == 2
    assert claim(claims, record(2, "a", "three", seen=10)).version == 3


def test_a_fetch_from_the_future_does_not_make_the_next_ones_stale(claims: Any) -> None:
    year_2100, now = 4102444800000, round(time.time() * 1000)
    claim(claims, record(0, "a", "one", seen=year_2100, url="https://x.org/1"))
    claim(claims, record(1, "a", "two", seen=year_2100 - 1, url="https://x.org/1"))
    answer = claim(claims, record(2, "a", "three", seen=now + 2000, url="https://x.org/1"))
    assert (answer.verdict, answer.version) == ("new", 3)


def test_an_article_that_joins_two_identities_gets_a_version_above_both(claims: Any) -> None:
    for offset, text in enumerate(("1", "2", "3")):
        claim(claims, record(offset, "a", text))
    claim(claims, record(5, "b", "other", url="https://x.org/1"))
    answer = claim(claims, record(6, "a", "joined", url="https://x.org/1"))
    assert answer.version == 4


def test_of_two_copies_in_one_batch_the_second_sees_the_first(claims: Any) -> None:
    first, second = claims.claim([record(0, "a", "text"), record(1, "b", "text")])
    assert (first.verdict, second.verdict) == ("new", "duplicate")


def test_a_released_claim_is_forgotten(claims: Any) -> None:
    dead = record(0, "a", "text", url="https://x.org/1")
    claim(claims, dead)
    claims.release([dead.owner])
    assert claim(claims, record(1, "a", "text", url="https://x.org/1")) == Answer("new", 1)


def test_releasing_a_version_makes_the_one_before_stand_again(claims: Any) -> None:
    claim(claims, record(0, "a", "one"))
    second = record(1, "a", "two")
    claim(claims, second)
    claims.release([second.owner])
    assert claim(claims, record(2, "a", "one")).kind == "id"
    assert claim(claims, record(3, "a", "three")).version == 2


def test_releasing_what_was_never_claimed_changes_nothing(claims: Any) -> None:
    claim(claims, record(0, "a", "text"))
    claims.release(["0" * 32])
    assert claim(claims, record(1, "b", "text")).kind == "exact"


def test_a_replay_takes_over_what_its_dead_letter_had_claimed(claims: Any) -> None:
    dead = record(0, "a", "text")
    claim(claims, dead)
    replay = replace(record(9, "a", "text"), replaces=dead.owner)
    claims.announce([dead.owner])
    assert claim(claims, replay).verdict == "own"
    copy = claim(claims, record(10, "b", "text"))
    assert copy.other is not None
    assert copy.other.origin == ("raw", 0, 9)
    assert claim(claims, replay).verdict == "own"


def test_a_replay_that_nobody_announced_is_a_copy_like_any_other(claims: Any) -> None:
    """Its header was forged: what it says it replays may be published, and would be published twice."""
    published = record(0, "a", "text")
    claim(claims, published)
    claims.announce([record(5, "b", "another dead letter").owner])
    forged = replace(record(9, "a", "text"), replaces=published.owner)
    for _ in range(2):
        answer = claim(claims, forged)
        assert (answer.verdict, answer.kind) == ("duplicate", "id")
        assert answer.other is not None
        assert answer.other.origin == ("raw", 0, 0)
    assert claim(claims, published).verdict == "own"


def test_of_two_that_replay_one_dead_letter_the_second_is_a_copy_of_the_first(claims: Any) -> None:
    """The announcement outlives the take-over; nothing is left to be taken over by then."""
    dead = record(0, "a", "text")
    claim(claims, dead)
    claims.announce([dead.owner])
    assert claim(claims, replace(record(9, "a", "text"), replaces=dead.owner)).verdict == "own"
    second = claim(claims, replace(record(10, "a", "text"), replaces=dead.owner))
    assert second.verdict == "duplicate"
    assert second.other is not None
    assert second.other.origin == ("raw", 0, 9)
    assert claim(claims, replace(record(9, "a", "text"), replaces=dead.owner)).verdict == "own"


def test_an_announced_replay_of_a_dead_letter_without_claims_is_new(claims: Any) -> None:
    dead = record(0, "a", "text")
    claims.announce([dead.owner])
    assert claim(claims, replace(record(9, "a", "text"), replaces=dead.owner)) == Answer("new", 1)


@pytest.mark.parametrize("layout", LAYOUTS)
def test_an_announcement_outlives_the_claims_that_may_be_taken_over_and_ends(
    scripts: RedisScripts, layout: Layout
) -> None:
    """Packed, a claim lives up to a third longer than its time to live."""
    claims = RedisClaims(scripts, ttl_s=3600, layout=layout)
    owners = [record(offset, "a", "text").owner for offset in range(250)]
    claims.announce(owners)
    assert set(scripts.keys()) == {f"r:{owner}" for owner in owners}
    assert 4800 * 1000 < scripts.ask("PTTL", f"r:{owners[0]}") <= 7200 * 1000
    assert RedisInventory(scripts, layout).sizes(lambda number: None)["announced replays"][0] == 250


def test_the_count_of_claims_only_grows(claims: Any) -> None:
    claim(claims, record(0, "a", "text"))
    before = claims.ledger().claimed
    claim(claims, record(1, "b", "text"))
    assert claims.ledger().claimed == before + 1


def test_an_acknowledged_loss_raises_the_count_above_what_was_seen(claims: Any) -> None:
    claim(claims, record(0, "a", "text"))
    claims.report_loss(100)
    assert claims.ledger().loss == 100
    claims.acknowledge_loss()
    assert claims.ledger().loss is None
    assert claims.ledger().claimed >= 100


@pytest.mark.parametrize("layout", LAYOUTS)
def test_any_order_of_claims_gets_the_same_answers_from_both(redis_url: str, layout: Layout) -> None:
    """Random streams of ids, URLs, texts, replays and releases: Redis and the twin never differ."""
    for seed in range(30):
        dice = random.Random(seed)
        real = RedisClaims(new_namespace(redis_url), ttl_s=3600, layout=layout)
        twin = MemoryClaims(ttl_s=3600)
        seen: list[Identity] = []
        for step in range(120):
            one = record(
                dice.randrange(60), dice.choice("abcd"), dice.choice("uvwxyz"),
                seen=dice.randrange(5), url=dice.choice([None, "https://x.org/1", "https://x.org/2"]),
                source=dice.choice([None, "X", "Y"]),
            )  # fmt: skip
            if seen and dice.random() < 0.1:
                one = as_a_replay(one, dice.choice(seen).owner, dice, real, twin)
            seen.append(one)
            assert claim(real, one) == claim(twin, one), (seed, step)
            if dice.random() < 0.1:
                gone = dice.choice(seen).owner
                real.release([gone])
                twin.release([gone])
