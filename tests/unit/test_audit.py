"""The laws of the audit, on worlds small enough to see: what was sent, what came out, what is said of it."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from tests.screen import printed
from worker.commands.audit import table_of
from worker.ops.audit_findings import APART, Findings, Offset
from worker.ops.audit_laws import CLAIM_TO_PUBLISH_MS, Frame, Laws
from worker.ops.audit_outcomes import judge_outcome, judge_raw, replayed_place
from worker.ops.audit_states import CLEAN, DEAD, DUPLICATE
from worker.ports import RawRecord

DAY_MS = 24 * 3600 * 1000
MINUTE_MS = 60_000


@dataclass
class World:
    """Four topics. An article is named by its bytes; outcomes are published at `at_ms`."""

    raw: dict[Offset, RawRecord] = field(default_factory=dict)
    outcomes: list[tuple[int, RawRecord]] = field(default_factory=list)
    spans: dict[int, tuple[int, int]] = field(default_factory=lambda: {0: (0, 10), 1: (0, 10)})
    ends: dict[int, int] = field(default_factory=lambda: {0: 10, 1: 10})
    horizon_ms: int | None = None
    emptied: tuple[str, ...] = ()
    from_latest: bool = False
    acknowledged_ms: int = 0
    rebuilt_ms: int = 0

    def send(self, *offsets: int, partition: int = 0, replays: Offset | None = None) -> None:
        for offset in offsets:
            headers: Any = ()
            value = f"{partition}@{offset}".encode()
            if replays:
                headers = (("winnow.replay.origin", f"raw:{replays[0]}:{replays[1]}".encode()),)
                value = self.raw[replays].value or b""
            self.raw[partition, offset] = RawRecord("raw", partition, offset, 0, b"k", value, headers)

    def publish(self, role: int, place: Offset, value: Any, at_ms: int = 0, *more: tuple[str, bytes]) -> None:
        received = self.raw[place].value if place in self.raw else b"?"
        headers = (
            ("winnow.origin.topic", b"raw"),
            ("winnow.origin.partition", b"%d" % place[0]),
            ("winnow.origin.offset", b"%d" % place[1]),
            ("winnow.origin.sha256", hashlib.sha256(received or b"").hexdigest().encode()),
            *more,
        )
        wire = value if isinstance(value, bytes | None) else json.dumps(value).encode()
        self.outcomes.append((role, RawRecord("out", 0, len(self.outcomes), at_ms, b"k", wire, headers)))

    def clean(self, *offsets: int, partition: int = 0, at_ms: int = 0, **fields: Any) -> None:
        for offset in offsets:
            article = {"id": f"{partition}@{offset}", "canonical_url": None, "version": 1} | fields
            self.publish(CLEAN, (partition, offset), article, at_ms)

    def duplicate(
        self, offset: int, of: Offset, partition: int = 0, topic: str = "raw", kind: str = "exact"
    ) -> None:
        original = {"topic": topic, "partition": of[0], "offset": of[1]}
        told = {"id": "x", "kind": kind, "duplicate_of_origin": original}
        self.publish(DUPLICATE, (partition, offset), told)

    def dead(self, *offsets: int, partition: int = 0) -> None:
        for offset in offsets:
            place = (partition, offset)
            self.publish(DEAD, place, self.raw[place].value if place in self.raw else b"?")

    def judged(self) -> Findings:
        known = (self.horizon_ms, self.emptied, self.from_latest, self.acknowledged_ms, self.rebuilt_ms)
        laws = Laws(Frame(self.spans, self.ends, 7 * DAY_MS, *known))
        for wanted in (CLEAN, DEAD, DUPLICATE):
            for role, record in self.outcomes:
                if role == wanted:
                    judge_outcome(laws, role, record, "raw")
        for place, record in sorted(self.raw.items()):
            start, end = self.spans.get(place[0], (0, 0))
            if start <= place[1] < end:
                judge_raw(laws, record, "raw")
        found = laws.finish(self.ends)
        assert set(found.counts) <= {"raw", "clean", "duplicates", "dead_letters", *APART}
        return found


def three_sent() -> World:
    """Raw records 0, 1, 2 of partition 0; nothing came out yet."""
    world = World()
    world.send(0, 1, 2)
    return world


def test_a_clean_article_a_copy_of_it_and_a_dead_letter_are_lawful() -> None:
    world = three_sent()
    world.clean(0)
    world.duplicate(1, of=(0, 0))
    world.dead(2)
    found = world.judged()
    assert found.ok
    assert found.counts == {"raw": 3, "clean": 1, "duplicates": 1, "dead_letters": 1}


def test_gaps_that_markers_leave_are_no_records() -> None:
    world = World()
    world.send(0, 5, 9)
    world.clean(0, 5, 9)
    assert world.judged().ok


def lost(world: World) -> None:
    world.clean(0, 2)


def doubled_in_one_topic(world: World) -> None:
    world.clean(0, 1, 2, 1)


def doubled_in_two_topics(world: World) -> None:
    world.clean(0, 1, 2)
    world.dead(1)


def invented_in_a_gap(world: World) -> None:
    world.clean(0, 1, 2, 7)


def invented_behind_the_log(world: World) -> None:
    world.clean(0, 1, 2, 10)


def invented_in_a_partition_that_is_not_there(world: World) -> None:
    world.clean(0, 1, 2)
    world.clean(0, partition=9)


def changed_hash(world: World) -> None:
    world.clean(0, 1, 2)
    world.raw[0, 1] = replace(world.raw[0, 1], value=b"other bytes")


def changed_dead_letter(world: World) -> None:
    world.clean(0, 2)
    world.publish(DEAD, (0, 1), b"other bytes")


def dead_letter_without_its_bytes(world: World) -> None:
    world.clean(0, 2)
    world.publish(DEAD, (0, 1), None, 0, ("winnow.error.code", b"not_json"))


def dead_letter_that_would_have_fitted(world: World) -> None:
    world.clean(0, 2)
    told = hashlib.sha256(world.raw[0, 1].value or b"").hexdigest().encode()
    world.publish(DEAD, (0, 1), None, 0, ("winnow.error.code", b"schema"), ("winnow.value.sha256", told))


def duplicate_of_a_partition_without_end(world: World) -> None:
    world.clean(0, 2)
    world.duplicate(1, of=(2**40, 0))


def dead_letter_too_large_of_other_bytes(world: World) -> None:
    world.clean(0, 2)
    told = (("winnow.error.code", b"too_large"), ("winnow.value.sha256", b"0" * 64))
    world.publish(DEAD, (0, 1), None, 0, *told)


def duplicate_of_itself(world: World) -> None:
    world.clean(0, 2)
    world.duplicate(1, of=(0, 1))


def two_duplicates_of_each_other(world: World) -> None:
    world.clean(0)
    world.duplicate(1, of=(0, 2))
    world.duplicate(2, of=(0, 1))


def duplicate_of_what_never_was(world: World) -> None:
    world.clean(0, 2)
    world.duplicate(1, of=(0, 8))


def duplicate_of_what_the_log_never_reached(world: World) -> None:
    world.clean(0, 2)
    world.duplicate(1, of=(0, 2**62))


def duplicate_of_another_topic(world: World) -> None:
    world.clean(0, 2)
    world.duplicate(1, of=(0, 0), topic="elsewhere")


def one_version_twice(world: World) -> None:
    world.clean(0, 1)
    world.clean(2, at_ms=MINUTE_MS, id="0@0")


def one_url_and_version_twice(world: World) -> None:
    world.clean(1)
    world.clean(0, 2, canonical_url="https://a.example/1")


def clean_that_is_no_json(world: World) -> None:
    world.clean(0, 2)
    world.publish(CLEAN, (0, 1), b"{")


def clean_without_version(world: World) -> None:
    world.clean(0, 2)
    world.publish(CLEAN, (0, 1), {"id": "x"})


def clean_that_says_another_origin(world: World) -> None:
    world.clean(0, 2)
    world.clean(1, origin={"topic": "raw", "partition": 0, "offset": 2})


def outcome_without_origin(world: World) -> None:
    world.clean(0, 1, 2)
    world.outcomes.append((CLEAN, RawRecord("out", 0, 3, 0, b"k", b"{}", ())))


@pytest.mark.parametrize(
    ("breach", "kind", "place"),
    [
        (lost, "lost", (0, 1)),
        (doubled_in_one_topic, "doubled", (0, 1)),
        (doubled_in_two_topics, "doubled", (0, 1)),
        (invented_in_a_gap, "invented", (0, 7)),
        (invented_behind_the_log, "invented", (0, 10)),
        (invented_in_a_partition_that_is_not_there, "invented", (9, 0)),
        (changed_hash, "changed", (0, 1)),
        (changed_dead_letter, "changed", (0, 1)),
        (dead_letter_without_its_bytes, "changed", (0, 1)),
        (dead_letter_too_large_of_other_bytes, "changed", (0, 1)),
        (dead_letter_that_would_have_fitted, "changed", (0, 1)),
        (duplicate_of_a_partition_without_end, "dangling", (0, 1)),
        (duplicate_of_itself, "self", (0, 1)),
        (duplicate_of_what_never_was, "dangling", (0, 1)),
        (duplicate_of_what_the_log_never_reached, "dangling", (0, 1)),
        (duplicate_of_another_topic, "dangling", (0, 1)),
        (one_version_twice, "repeated_version", (0, 2)),
        (one_url_and_version_twice, "repeated_version", (0, 2)),
        (clean_that_is_no_json, "malformed", (0, 1)),
        (clean_without_version, "malformed", (0, 1)),
        (clean_that_says_another_origin, "malformed", (0, 1)),
        (outcome_without_origin, "malformed", (0, 3)),
    ],
)
def test_each_breach_is_found_and_named_by_its_origin(
    breach: Callable[[World], None], kind: str, place: Offset
) -> None:
    world = three_sent()
    breach(world)
    found = world.judged()
    assert [(v.kind, (v.partition, v.offset)) for v in found.violations] == [(kind, place)]
    assert found.broken == {kind: 1}
    assert not found.ok


def test_a_duplicate_of_a_duplicate_of_another_topic_leads_nowhere_either() -> None:
    world = three_sent()
    duplicate_of_another_topic(world)
    world.send(3)
    world.duplicate(3, of=(0, 1))
    assert world.judged().broken == {"dangling": 2}


def test_duplicates_in_a_circle_are_found_each_and_so_is_what_leads_into_it() -> None:
    world = three_sent()
    world.send(3)
    two_duplicates_of_each_other(world)
    world.duplicate(3, of=(0, 1))
    assert world.judged().broken == {"cycle": 3}


def test_a_dead_letter_may_lose_its_bytes_only_when_they_do_not_fit() -> None:
    world = three_sent()
    world.clean(0, 2)
    told = hashlib.sha256(world.raw[0, 1].value or b"").hexdigest().encode()
    world.publish(DEAD, (0, 1), None, 0, ("winnow.error.code", b"too_large"), ("winnow.value.sha256", told))
    assert world.judged().ok


def test_a_raw_record_without_value_has_a_dead_letter_without_value() -> None:
    world = three_sent()
    world.raw[0, 1] = replace(world.raw[0, 1], value=None)
    world.clean(0, 2)
    world.publish(DEAD, (0, 1), None, 0, ("winnow.error.code", b"undecodable"))
    assert world.judged().ok


def test_chains_of_duplicates_end_in_clean_in_either_order_and_across_partitions() -> None:
    world = three_sent()
    world.send(0, partition=1)
    world.clean(0, partition=1)
    world.duplicate(0, of=(0, 1))
    world.duplicate(1, of=(0, 2))
    world.duplicate(2, of=(1, 0))
    assert world.judged().ok


def test_a_duplicate_of_a_record_not_committed_yet_waits_for_it() -> None:
    world = World(spans={0: (0, 10), 1: (0, 0)})
    world.send(0)
    world.send(4, partition=1)
    world.duplicate(0, of=(1, 4))
    found = world.judged()
    assert found.ok
    assert found.counts["original_pending"] == 1


def test_a_duplicate_whose_original_died_is_an_orphan_and_so_are_its_copies() -> None:
    world = three_sent()
    world.dead(0)
    world.duplicate(1, of=(0, 0))
    world.duplicate(2, of=(0, 1))
    found = world.judged()
    assert not found.ok
    assert not found.broken
    assert found.counts["orphan"] == 2
    assert found.ranges["orphan"] == {0: (1, 2)}
    assert found.orphans == [((0, 1), (0, 0)), ((0, 2), (0, 0))]


def orphaned() -> World:
    """0 died after 1 had been dropped as its copy."""
    world = World()
    world.send(0, 1)
    world.dead(0)
    world.duplicate(1, of=(0, 0))
    return world


def test_an_orphan_whose_replay_is_clean_is_repaired() -> None:
    world = orphaned()
    world.send(2, replays=(0, 1))
    world.clean(2)
    found = world.judged()
    assert found.ok
    assert found.counts["repaired"] == 1


def test_an_orphan_is_repaired_when_its_dead_original_is_replayed_to_a_good_end() -> None:
    world = orphaned()
    world.send(2, 3, partition=1)
    world.send(4, partition=1, replays=(0, 0))
    world.clean(2, partition=1)
    world.duplicate(3, of=(1, 2), partition=1)
    world.duplicate(4, of=(1, 3), partition=1)
    found = world.judged()
    assert found.ok
    assert found.counts["repaired"] == 1  # the replay itself and its original never were orphans


def test_an_orphan_whose_replay_died_is_an_orphan_still_until_that_is_replayed_well() -> None:
    world = orphaned()
    world.send(2, replays=(0, 1))
    world.dead(2)
    assert world.judged().orphans == [((0, 1), (0, 0))]
    world.send(3, replays=(0, 2))
    world.clean(3)
    assert world.judged().ok


def test_a_replay_of_other_bytes_repairs_nothing() -> None:
    world = orphaned()
    world.send(2, replays=(0, 1))
    world.raw[0, 2] = replace(world.raw[0, 2], value=b"a forged header")
    world.clean(2)
    assert world.judged().counts["orphan"] == 1


def test_the_clean_one_of_two_replays_counts() -> None:
    world = orphaned()
    world.send(2, 3, replays=(0, 1))
    world.clean(2)
    world.dead(3)
    assert world.judged().ok


def test_a_replay_that_is_a_duplicate_of_the_orphan_repairs_nothing() -> None:
    world = orphaned()
    world.send(2, replays=(0, 1))
    world.duplicate(2, of=(0, 1))
    assert world.judged().counts["orphan"] == 2


def test_a_replay_that_is_a_copy_of_the_dead_letter_it_replays_makes_orphans_and_no_circle() -> None:
    """Sent by hand, it takes over nothing; what the dead one had claimed still stood."""
    world = orphaned()
    world.send(2, replays=(0, 0))
    world.duplicate(2, of=(0, 0))
    found = world.judged()
    assert not found.broken
    assert found.orphans == [((0, 1), (0, 0)), ((0, 2), (0, 0))]


def test_one_more_replay_that_dies_undoes_no_repair() -> None:
    world = orphaned()
    world.send(2, 3, replays=(0, 0))
    world.send(4)
    world.clean(4)
    world.duplicate(2, of=(0, 4))
    world.dead(3)
    assert world.judged().ok


def stale_after_death() -> World:
    """0 died after 1 had been dropped as its copy; sent again (3) it gave way to a newer text (2)."""
    world = orphaned()
    world.send(2)
    world.send(3, replays=(0, 0))
    world.clean(2)
    world.duplicate(3, of=(0, 2), kind="stale")
    return world


def test_a_copy_of_what_is_stale_when_it_is_replayed_is_an_orphan_still() -> None:
    found = stale_after_death().judged()
    assert found.orphans == [((0, 1), (0, 0))], "its text is in clean nowhere"


def test_an_orphan_may_be_stale_itself_when_it_is_sent_again() -> None:
    world = stale_after_death()
    world.send(4, replays=(0, 1))
    world.duplicate(4, of=(0, 2), kind="stale")
    found = world.judged()
    assert found.ok, "a newer text of the same article is in clean"
    assert found.counts["repaired"] == 1


def test_a_stale_fetch_is_lawful_and_a_copy_of_one_is_an_orphan() -> None:
    world = three_sent()
    world.clean(0)
    world.duplicate(1, of=(0, 0), kind="stale")
    assert world.judged().broken == {"lost": 1}
    world.duplicate(2, of=(0, 1))
    assert world.judged().orphans == [((0, 2), (0, 1))]


def test_the_same_version_is_a_known_miss_once_the_claim_had_expired() -> None:
    world = three_sent()
    world.clean(0, 1)
    world.clean(2, at_ms=7 * DAY_MS + 1, id="0@0")
    found = world.judged()
    assert found.ok
    assert found.counts["miss"] == 1


def test_just_before_a_claim_expires_the_same_version_is_a_violation() -> None:
    world = three_sent()
    world.clean(0, 1)
    world.clean(2, at_ms=7 * DAY_MS - CLAIM_TO_PUBLISH_MS, id="0@0")
    assert world.judged().broken == {"repeated_version": 1}
    world.outcomes.pop()
    world.clean(2, at_ms=7 * DAY_MS - CLAIM_TO_PUBLISH_MS + 1, id="0@0")
    assert world.judged().counts["miss"] == 1


def test_an_article_that_comes_twice_with_the_same_id_and_url_is_said_once() -> None:
    world = three_sent()
    world.clean(0, 1, id="a", canonical_url="https://a.example/1")
    world.clean(2)
    assert world.judged().broken == {"repeated_version": 1}


def twice_after_a_loss(*at_ms: int, **remedy: int) -> Findings:
    """One article, published at these two times; what the operator did about it and when."""
    world = replace(three_sent(), **remedy)  # type: ignore[arg-type]
    world.clean(0, at_ms=at_ms[0])
    world.clean(1)
    world.clean(2, at_ms=at_ms[1], id="0@0")
    return world.judged()


def test_copies_that_came_through_after_an_acknowledged_loss_are_counted_apart() -> None:
    found = twice_after_a_loss(1000, 9000, acknowledged_ms=5000)
    assert found.ok
    assert found.ranges["acknowledged"] == {0: (2, 2)}
    later = twice_after_a_loss(6000, 9000, acknowledged_ms=5000)
    assert later.broken == {"repeated_version": 1}, "the claim of what came after was never lost"


def test_once_the_claims_are_rebuilt_no_copy_may_come_through_any_more() -> None:
    assert twice_after_a_loss(1000, 4000, rebuilt_ms=5000).counts["acknowledged"] == 1
    assert twice_after_a_loss(1000, 9000, rebuilt_ms=5000).broken == {"repeated_version": 1}


def test_versions_of_one_identity_are_told_apart() -> None:
    world = three_sent()
    world.clean(0, id="a", canonical_url="https://a.example/1")
    world.clean(1, id="a", canonical_url="https://a.example/1", version=2)
    world.clean(2, id="https://a.example/1")
    assert world.judged().ok


def test_below_the_horizon_a_missing_outcome_has_aged_and_above_it_is_lost() -> None:
    world = World(horizon_ms=1000)
    world.send(0, 1, 2, 3, 4)
    world.clean(1, at_ms=900)
    world.clean(3, at_ms=1000)
    found = world.judged()
    assert found.counts["aged_out"] == 2
    assert found.ranges["aged_out"] == {0: (0, 2)}
    assert [(v.kind, v.offset) for v in found.violations] == [("lost", 4)]


def test_each_partition_has_an_order_of_its_own() -> None:
    world = World(horizon_ms=1000)
    world.send(0, 1)
    world.send(0, 1, partition=1)
    world.clean(0, at_ms=2000)
    world.clean(0, partition=1, at_ms=500)
    found = world.judged()
    assert found.counts["aged_out"] == 1
    assert found.ranges["aged_out"] == {1: (1, 1)}
    assert [(v.kind, v.partition, v.offset) for v in found.violations] == [("lost", 0, 1)]


def test_what_is_missing_though_retention_cannot_have_taken_it_is_unexplained() -> None:
    world = World(horizon_ms=1000, emptied=("dead-letters-3",))
    world.send(0, 1, 2)
    world.clean(0, at_ms=500)
    world.clean(1, at_ms=1500)
    found = world.judged()
    assert found.broken == {"unexplained": 1}
    assert "dead-letters-3" in found.violations[0].detail


def test_a_duplicate_of_what_retention_took_cannot_be_judged() -> None:
    world = World(spans={0: (5, 10)}, horizon_ms=1000)
    world.send(5, 6, 7, 8)
    world.clean(7, at_ms=1500)
    world.duplicate(8, of=(0, 2))  # its raw record is gone
    world.duplicate(6, of=(0, 5))  # its outcome is gone
    found = world.judged()
    assert found.ok
    assert found.counts["original_aged_out"] == 2


def test_outcomes_of_raw_records_that_retention_took_are_counted_apart() -> None:
    world = World(spans={0: (5, 10)})
    world.clean(2, 4)
    found = world.judged()
    assert found.ok
    assert found.ranges["aged_out"] == {0: (2, 4)}


def test_outcomes_of_records_that_workers_go_on_with_are_not_judged() -> None:
    world = World(spans={0: (0, 3)}, ends={0: 10})
    world.send(0, 1, 2, 3, 4)
    world.clean(0, 1, 2, 3, 4)
    found = world.judged()
    assert found.ok
    assert found.counts["raw"] == 3
    assert found.counts["published_meanwhile"] == 2


def test_records_before_the_start_of_a_group_that_began_at_the_end_are_counted_apart() -> None:
    world = World(from_latest=True)
    world.send(0, 1, 2, 3)
    world.clean(2)
    found = world.judged()
    assert found.ranges["before_start"] == {0: (0, 1)}
    assert [(v.kind, v.offset) for v in found.violations] == [("lost", 3)]


def test_outcomes_of_other_raw_topics_are_not_ours_to_judge() -> None:
    world = three_sent()
    world.clean(0, 1, 2)
    role, record = world.outcomes[0]
    other = (("winnow.origin.topic", b"elsewhere"), *record.headers[1:])
    world.outcomes.append((role, replace(record, headers=other)))
    found = world.judged()
    assert found.ok
    assert found.counts["foreign"] == 1


def test_offsets_may_be_as_large_as_kafka_counts() -> None:
    far = 2**63 - 10
    world = World(spans={0: (far, far + 8)}, ends={0: far + 8})
    world.send(far, far + 1, far + 2, far + 3)
    world.clean(far)
    world.duplicate(far + 1, of=(0, far + 2))
    world.duplicate(far + 2, of=(0, far))
    found = world.judged()
    assert [(v.kind, v.offset) for v in found.violations] == [("lost", far + 3)]


def test_a_chain_of_ten_thousand_duplicates_is_followed_to_its_end() -> None:
    long = 10_000
    world = World(spans={0: (0, long)}, ends={0: long})
    world.send(*range(long))
    world.clean(long - 1)
    for offset in range(long - 1):
        world.duplicate(offset, of=(0, offset + 1))
    assert world.judged().ok


def test_what_a_malformed_outcome_holds_is_neither_quoted_at_length_nor_taken_for_markup() -> None:
    world = three_sent()
    world.clean(0, 2)
    world.publish(CLEAN, (0, 1), {"id": "x", "version": "[/] \x1b[2J" + "a whole article " * 99})
    found = world.judged()
    assert found.broken == {"malformed": 1}
    assert len(found.violations[0].detail) < 200
    assert "\x1b[2J" not in printed(table_of(found), 200)


def test_only_the_first_violations_are_listed_and_all_are_counted() -> None:
    world = World(spans={0: (0, 3000)}, ends={0: 3000})
    world.send(*range(3000))
    found = world.judged()
    assert found.broken == {"lost": 3000}
    assert len(found.violations) == 1000


@pytest.mark.parametrize(
    ("told", "place"),
    [
        ("raw:3:17", (3, 17)),
        ("elsewhere:3:17", None),
        ("raw:3:x", None),
        ("raw:-1:3", None),
        ("raw:3:99999999999999999999999", None),
        ("raw", None),
        ("", None),
    ],
)
def test_what_a_replay_says_it_replays_is_read_with_suspicion(told: str, place: Offset | None) -> None:
    headers: Iterable[tuple[str, bytes]] = (("winnow.replay.origin", told.encode()),)
    assert replayed_place(RawRecord("raw", 0, 0, 0, None, None, tuple(headers)), "raw") == place


@pytest.mark.parametrize(
    ("counts", "spans", "title"),
    [
        ({"pending": 40}, {0: (0, 0), 1: (7, 7)}, "nothing to judge: the group has committed nothing"),
        ({"pending": 40}, {0: (0, 0), 1: (7, 9)}, "the conservation law holds"),
        ({}, {0: (0, 0)}, "the conservation law holds"),
    ],
)
def test_a_group_that_committed_nothing_is_not_said_to_hold_the_law(
    counts: dict[str, int], spans: dict[int, tuple[int, int]], title: str
) -> None:
    """As where its name was mistyped."""
    assert title in str(table_of(Findings(spans, Counter(counts))).title)
