"""What Redis lost comes back from the clean articles: the same claims, versions and stories as before."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest

from tests.contract.stores import LAYOUTS
from tests.contract.texts import DAY, article, edited, report
from tests.services.redis import new_namespace
from worker.adapters.memory_claims import MemoryClaims
from worker.adapters.redis_claims import RedisClaims
from worker.adapters.redis_inventory import RedisInventory, Restored
from worker.dedupe.scripts import Layout
from worker.ops.dedupe_explain import explain
from worker.ops.dedupe_forget import forget
from worker.ops.dedupe_stats import stats
from worker.ports import Answer, Identity


class World:
    """Claims in a namespace of their own."""

    def __init__(
        self, redis_url: str, layout: Layout | None = None, story_ttl_s: float | None = 3600
    ) -> None:
        self.scripts = new_namespace(redis_url)
        self.claims = RedisClaims(self.scripts, ttl_s=3600, story_ttl_s=story_ttl_s, layout=layout)
        self.story_ttl_s = story_ttl_s
        self.inventory = RedisInventory(self.scripts, layout)
        self.published: list[tuple[Identity, Answer]] = []

    def claim(self, identity: Identity) -> Answer:
        (answer,) = self.claims.claim([identity])
        if answer.verdict == "new":
            self.published.append((identity, answer))
        return answer

    def lose_everything(self) -> None:
        for key in set(self.scripts.keys()):
            self.scripts.ask("DEL", key)

    def restore(self) -> int:
        return self.inventory.restore([_told(*one) for one in self.published], self.story_ttl_s)


def _told(identity: Identity, answer: Answer) -> Restored:
    return Restored(
        identity, answer.version, answer.other, answer.relation, answer.similarity, answer.story_id, 3600
    )


@pytest.mark.parametrize("layout", LAYOUTS)
def test_after_a_loss_every_redelivery_gets_the_answer_it_had(redis_url: str, layout: Layout) -> None:
    world = World(redis_url, layout)
    for offset in range(60):
        dice = random.Random(offset)
        text = report(dice.randrange(1, 6), dice.randrange(9))
        world.claim(
            article(offset, dice.choice("abcdefghijklmnopq"), text, url=f"https://x.org/{offset % 25}")
        )
    world.lose_everything()
    assert world.restore() == len(world.published) > 20
    assert world.restore() == 0
    for identity, answer in world.published:
        assert world.claim(identity) == replace(answer, verdict="own")


@pytest.mark.parametrize("layout", LAYOUTS)
def test_after_a_loss_copies_are_copies_and_updates_are_the_next_version(
    redis_url: str, layout: Layout
) -> None:
    world = World(redis_url, layout)
    world.claim(article(0, "a", edited(1)))
    world.claim(article(1, "a", edited(2), seen=5))
    world.claim(article(2, "b", edited(3)))
    world.lose_everything()
    world.restore()
    assert world.claim(article(3, "c", edited(3, edits=4))).kind == "near"
    assert world.claim(article(4, "d", edited(1))).kind == "exact"
    assert world.claim(article(5, "a", edited(4), seen=2)).kind == "stale"
    assert world.claim(article(6, "a", edited(4), seen=6)).version == 3


@pytest.mark.parametrize("layout", LAYOUTS)
def test_versions_restored_in_the_wrong_order_stand_in_the_right_one(redis_url: str, layout: Layout) -> None:
    world = World(redis_url, layout)
    world.claim(article(0, "a", edited(1)))
    world.claim(article(1, "a", edited(2)))
    world.lose_everything()
    world.published.reverse()
    world.restore()
    assert world.claim(article(2, "a", edited(3))).version == 3


@pytest.mark.parametrize("layout", LAYOUTS)
def test_stories_go_on_where_they_were(redis_url: str, layout: Layout) -> None:
    world = World(redis_url, layout)
    for n in range(4):
        world.claim(article(n, f"a{n}", report(1, n)))
    world.lose_everything()
    world.restore()
    assert world.claim(article(9, "late", report(1, 9))).story_id == "a0"


@pytest.mark.parametrize("layout", LAYOUTS)
def test_after_a_loss_every_claim_is_decided_as_by_one_that_lost_nothing(
    redis_url: str, layout: Layout
) -> None:
    """Random streams of texts, edits, parts, versions, dates: the twin in memory never loses anything."""
    kinds = set()
    for seed in range(12):
        dice = random.Random(seed)
        world, twin = World(redis_url, layout, story_ttl_s=None), MemoryClaims(ttl_s=3600)
        for step in range(80):
            if step == 50:
                world.lose_everything()
                world.restore()
            text = edited(dice.randrange(6), words=dice.choice((120, 300)), edits=dice.randrange(40))
            one = article(
                step, dice.choice("abcdefghijklmnopqrst"), " ".join(text.split()[: dice.choice((60, 400))]),
                seen=dice.randrange(5), hour=dice.choice((None, 0, 9 * DAY)),
                url=dice.choice([None, "https://x.org/1", "https://x.org/2"]),
            )  # fmt: skip
            (answer,) = twin.claim([one])
            assert world.claim(one) == answer, (seed, step)
            if step > 50:
                kinds |= {answer.kind, answer.relation and answer.relation[0], answer.version}
    assert {"near", "stale", "contained_in", 3} <= kinds


@pytest.mark.parametrize("layout", LAYOUTS)
def test_a_forgotten_article_is_new_again(redis_url: str, layout: Layout) -> None:
    world = World(redis_url, layout)
    world.claim(article(0, "a", edited(1)))
    world.claim(article(1, "a", edited(2)))
    assert forget("a", world.inventory, world.claims) == 2
    assert forget("a", world.inventory, world.claims) == 0
    assert world.claim(article(2, "b", edited(2, edits=3))) == Answer("new", 1, story_id="b")


@pytest.mark.parametrize("layout", LAYOUTS)
def test_stats_count_what_is_there(redis_url: str, layout: Layout) -> None:
    world = World(redis_url, layout)
    for n in range(30):
        world.claim(article(n, f"a{n}", edited(n)))
    told = stats("test", world.inventory, world.claims.ledger(), lambda number: None)
    assert (told.keys["articles"], told.claimed) == (30, 30)
    assert told.bytes_per_article is not None
    assert 1000 < told.bytes_per_article < 50_000


@pytest.mark.parametrize("layout", LAYOUTS)
def test_explain_gives_the_reason_of_a_pair(redis_url: str, layout: Layout) -> None:
    world = World(redis_url, layout)
    world.claim(article(0, "a", edited(1) + " 11 22 33"))
    world.claim(article(1, "b", edited(1) + " 44 55 66"))
    world.claim(article(2, "c", edited(9)))
    assert explain("a", "b", world.inventory).reason.endswith("they name different numbers")
    assert explain("a", "c", world.inventory).verdict == "different"
    assert explain("a", "a", world.inventory).verdict == "exact"


@pytest.mark.parametrize("layout", LAYOUTS)
def test_what_an_older_winnow_claimed_is_compared_again_after_a_rebuild(
    redis_url: str, layout: Layout
) -> None:
    """Its signature cannot be read; the names that it claimed stand all the same."""
    world = World(redis_url, layout)
    original, text = article(0, "a", edited(1)), edited(1, edits=5)
    answer = world.claim(replace(original, signature=b"\0" + original.signature[1:]))
    world.published = [(original, answer)]
    assert world.claim(article(1, "b", text)).verdict == "new"
    assert explain("a", "b", world.inventory).verdict == "unknown"
    assert world.claim(article(2, "c", edited(1))).kind == "exact"
    assert world.restore() == 1
    assert world.restore() == 0
    copy = world.claim(article(3, "d", f"{edited(1)} more"))
    assert (copy.kind, copy.other and copy.other.article_id) == ("near", "a")
    assert world.claims.claim([original])[0].story_id == answer.story_id
