"""Redis is emptied between two halves of a stream: after `winnow dedupe rebuild` nobody can tell."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pytest
from kafka import TopicPartition
from kafka.admin import KafkaAdminClient
from kafka.structs import OffsetAndMetadata

from tests.chaos.violence import everything_in
from tests.contract.texts import edited, report
from tests.integration.test_worker import send
from tests.services.commands import in_a_process, winnow
from worker.adapters.redis_inventory import Claimed, RedisInventory
from worker.adapters.redis_scripts import RedisScripts
from worker.bootstrap import layout_of, redis_claims, scripts_of
from worker.settings import load_settings

pytestmark = pytest.mark.kafka

FIRST = "2026-03-01T08:00:00Z"


def raw(name: str, text: str, **more: Any) -> bytes:
    """Sentences of eight words, so that it reads like an article."""
    words = text.split()
    lines = [" ".join(words[at : at + 8]).capitalize() + "." for at in range(0, len(words), 8)]
    told = {"id": name, "text": "\n".join(lines), "published_at": FIRST, "fetched_at": FIRST}
    return json.dumps({**told, **more}).encode()


def first_half() -> list[bytes]:
    """Articles, a version, a part, reports of three events."""
    texts = [raw(f"a{n}", edited(10 + n, words=160)) for n in range(20)]
    texts.append(raw("a0", edited(50, words=160), fetched_at="2026-03-01T09:00:00Z"))
    texts.append(raw("part", " ".join(edited(11, words=160).split()[:80])))
    texts += [raw(f"e{event}-{n}", report(event, n)) for event in (61, 62, 63) for n in range(3)]
    texts += [raw(f"twin{n}", edited(10, words=160)) for n in range(60)]  # claims that are no articles
    return texts


def second_half() -> list[bytes]:
    """Copies of all of it, edited; updates; more reports."""
    texts = [raw(f"copy{n}", edited(10 + n, words=160, edits=5)) for n in range(20)]
    texts.append(raw("a0", edited(51, words=160), fetched_at="2026-03-01T10:00:00Z"))
    texts.append(raw("a0", edited(52, words=160), fetched_at="2026-03-01T08:30:00Z"))
    texts += [raw(f"e{event}-late", report(event, 9)) for event in (61, 62, 63)]
    return texts


@pytest.mark.parametrize("layout", ["strings", "packed"])
def test_after_a_rebuild_claims_versions_and_stories_are_what_they_were(
    environment: Mapping[str, str], layout: str
) -> None:
    world = {
        **environment,
        "WINNOW_DEDUPE__LAYOUT": layout,
        "WINNOW_DEDUPE__EXPECTED_ARTICLES": "1000",
        "WINNOW_TOPICS__PARTITIONS": "1",
        "WINNOW_WORKER__PROCESSES": "1",
    }
    winnow(world, "topics", "create")
    send(world, [(b"k", value, []) for value in first_half()])
    winnow(world, "run", "--until-caught-up")
    settings = load_settings(None, world)
    scripts = scripts_of(settings)
    inventory = RedisInventory(scripts, layout_of(settings))
    published = [json.loads(record.value) for record in everything_in(world, "CLEAN")]
    before = claims_of(inventory, published)
    empty(scripts)

    told = winnow(world, "dedupe", "rebuild")
    assert told.startswith(f"restored {len(published)}, known already 0, too old 0, not ours 0")
    assert winnow(world, "dedupe", "rebuild").startswith(f"restored 0, known already {len(published)},")
    assert claims_of(inventory, published) == before
    set_back(world)
    assert "the group was rewound" in in_a_process(world, "run", "--until-caught-up").stderr
    set_back(world, to=len(first_half()))

    send(world, [(b"k", value, []) for value in second_half()])
    winnow(world, "run", "--until-caught-up")
    assert redis_claims(settings, scripts).ledger().loss is None, "nobody reports a loss that is mended"
    duplicates = [json.loads(record.value) for record in everything_in(world, "DUPLICATES")]
    of = {one["id"]: one["duplicate_of"] for one in duplicates if one["kind"] == "near"}
    assert of == {f"copy{n}": f"a{n}" for n in range(20)}
    assert [one["id"] for one in duplicates if one["kind"] == "stale"] == ["a0"]
    clean = [json.loads(record.value) for record in everything_in(world, "CLEAN")]
    assert [one["version"] for one in clean if one["id"] == "a0"] == [1, 2, 3]
    story_of = {one["id"]: one["story_id"] for one in clean}
    for event in (61, 62, 63):
        assert story_of[f"e{event}-late"] == story_of[f"e{event}-0"] == f"e{event}-0"
    assert json.loads(winnow(world, "audit", "--json"))["ok"]


def set_back(world: Mapping[str, str], to: int = 0) -> None:
    """The group to an offset of the only partition, as an operator does it."""
    admin = KafkaAdminClient(bootstrap_servers=world["WINNOW_KAFKA__BOOTSTRAP_SERVERS"])
    place = TopicPartition(world["WINNOW_TOPICS__RAW"], 0)
    admin.alter_group_offsets(world["WINNOW_KAFKA__GROUP_ID"], {place: OffsetAndMetadata(to, "", -1)})
    admin.close()


def claims_of(inventory: RedisInventory, published: list[Any]) -> dict[str, Claimed | None]:
    return {one["id"]: inventory.article(one["id"]) for one in published}


def empty(scripts: RedisScripts) -> None:
    for key in set(scripts.keys()):
        scripts.ask("DEL", key)
