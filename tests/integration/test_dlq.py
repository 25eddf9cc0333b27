"""`winnow dlq` on a real Kafka: a worker that dies on articles, an operator who sends them again."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from kafka import KafkaProducer

from tests.services.commands import in_a_process, in_here, winnow
from tests.services.topics import records_in, replays_in, with_topics
from worker.bootstrap import claims_of, scripts_of
from worker.outcome import DeadLetter, message_of, sha256_of
from worker.ports import Identity, RawRecord
from worker.settings import Settings
from worker.stages.fingerprint import owner_of

pytestmark = pytest.mark.kafka

TEXT = "The harbour reopened on Monday after two weeks of repairs to its northern quay.\n" * 3
ARTICLE = json.dumps({"id": "harbour", "source": "The Gazette", "title": "Harbour", "text": TEXT}).encode()


@pytest.fixture
def producer(settings: Settings) -> Iterator[Any]:
    """The topics are there, and somebody writes to them."""
    with_topics(settings)
    producer = KafkaProducer(bootstrap_servers=settings.kafka.bootstrap_servers)
    yield producer
    producer.close()


@pytest.fixture
def environment(environment: Mapping[str, str]) -> Mapping[str, str]:
    """One process cleans what little there is."""
    return {**environment, "WINNOW_WORKER__PROCESSES": "1"}


def told(environment: Mapping[str, str], *arguments: str) -> Any:
    return json.loads(winnow(environment, *arguments, "--json"))


def catch_up(environment: Mapping[str, str]) -> None:
    """A worker does what there is to do."""
    winnow(environment, "run", "--until-caught-up")


def dead(settings: Settings, producer: Any, record: RawRecord, letter: DeadLetter) -> None:
    """A dead letter as a worker writes it."""
    message = message_of(letter, record, None)
    headers = [(name, content or b"") for name, content in message.headers]
    topic = settings.topics.dead_letters
    producer.send(topic, value=message.value, key=message.key, headers=headers, partition=0).get(30)


def announced(settings: Settings) -> set[str]:
    """The keys that let replays take over."""
    keys = scripts_of(settings).keys()
    return {key for key in keys if key.startswith("r:")}


def test_a_dead_letter_that_todays_rules_let_through_is_sent_again_once(
    settings: Settings, environment: Mapping[str, str], producer: Any
) -> None:
    raw = settings.topics.raw
    producer.send(raw, value=b"no json", key=b"b", partition=1).get(30)
    catch_up(environment)
    producer.send(raw, value=ARTICLE, key=b"harbour", headers=[("trace", b"t")], partition=0).get(30)
    record = RawRecord(raw, 0, 0, 1, b"harbour", ARTICLE, (("trace", b"t"),))
    dead(settings, producer, record, DeadLetter("extract", "timeout", "twice too late"))

    listing = told(environment, "dlq", "list")
    counts = {(one["stage"], one["code"]): one["count"] for one in listing["counts"]}
    assert counts == {("decode", "not_json"): 1, ("extract", "timeout"): 1}
    assert told(environment, "dlq", "list", "--source", "The Gazette")["total"] == 1
    assert told(environment, "dlq", "show", "0:0")["decoded"]["id"] == "harbour"
    assert "no json" in winnow(environment, "dlq", "show", listing["latest"][0]["place"])

    dry = told(environment, "dlq", "replay", "--dry-run")
    assert (dry["sent"], dry["still_dead"]) == (1, {"not_json": 1})
    assert replays_in(settings) == []
    assert announced(settings) == set()
    assert told(environment, "dlq", "replay")["sent"] == 1
    assert announced(settings) == {f"r:{owner_of(raw, 0, 0, sha256_of(ARTICLE))}"}
    assert told(environment, "dlq", "replay")["already"] == 1
    (sent,) = replays_in(settings)
    assert (sent.value, sent.key) == (ARTICLE, b"harbour")
    assert dict(sent.headers)["winnow.replay.origin"] == f"{raw}:0:0".encode()
    assert dict(sent.headers)["trace"] == b"t"
    assert {
        one["code"]: one["replayed"] for one in told(environment, "dlq", "list", "--replays")["counts"]
    } == {
        "not_json": 0,
        "timeout": 1,
    }


def test_a_replay_takes_over_claims_that_a_crash_left_and_a_forged_one_does_not(
    settings: Settings, environment: Mapping[str, str], producer: Any
) -> None:
    """0 died, and its worker before the release. 1 is published; 2 has its bytes and says it replays it."""
    raw, other = settings.topics.raw, ARTICLE.replace(b"harbour", b"station").replace(b"quay", b"track")
    producer.send(raw, value=ARTICLE, key=b"harbour", partition=0).get(30)
    producer.send(raw, value=other, key=b"station", partition=0).get(30)
    left = Identity(owner_of(raw, 0, 0, sha256_of(ARTICLE)), "harbour", None, "h" * 32, 0, (raw, 0, 0))
    claims_of(settings).claim([left])
    dead(
        settings, producer, RawRecord(raw, 0, 0, 1, b"harbour", ARTICLE), DeadLetter("extract", "crash", "x")
    )
    committed(settings, {0: 1})
    catch_up(environment)
    forged = [("winnow.replay.origin", f"{raw}:0:1".encode())]
    producer.send(raw, value=other, key=b"station", headers=forged, partition=0).get(30)
    assert told(environment, "dlq", "replay")["sent"] == 1
    catch_up(environment)
    clean = [json.loads(record.value or b"") for record in records_in(settings, settings.topics.clean)]
    assert sorted((one["id"], one["version"]) for one in clean) == [("harbour", 1), ("station", 1)]
    assert len(records_in(settings, settings.topics.duplicates)) == 1


def test_without_redis_nothing_is_sent_and_one_line_says_why(
    settings: Settings, environment: Mapping[str, str], producer: Any
) -> None:
    raw = settings.topics.raw
    dead(settings, producer, RawRecord(raw, 0, 0, 1, b"k", ARTICLE), DeadLetter("extract", "timeout", "late"))
    away = {**environment, "WINNOW_REDIS__URL": "redis://127.0.0.1:1/0"}
    refused = in_a_process(away, "dlq", "replay")
    assert (refused.returncode, refused.stderr.count("\n")) == (1, 1)
    assert "Redis" in refused.stderr
    assert replays_in(settings) == []
    assert told(away, "dlq", "replay", "--dry-run")["sent"] == 1


def test_what_dies_again_counts_its_attempts_and_is_left_alone_in_the_end(
    settings: Settings, environment: Mapping[str, str], producer: Any
) -> None:
    producer.send(settings.topics.raw, value=b"no json", key=b"b").get(30)
    catch_up(environment)
    for attempts in (1, 2):
        result = told(environment, "dlq", "replay", "--even-if-dead")
        assert (result["sent"], result["already"]) == (1, attempts - 1)
        catch_up(environment)
    result = told(environment, "dlq", "replay", "--even-if-dead")
    assert (result["sent"], result["already"], result["tired"]) == (0, 2, 1)
    latest = told(environment, "dlq", "list")["latest"]
    assert sorted(one["attempts"] for one in latest) == [1, 2, 3]
    assert told(environment, "audit")["counts"]["dead_letters"] == 3


def test_an_orphan_is_repaired_by_replaying_the_dead_original(
    settings: Settings, environment: Mapping[str, str], producer: Any
) -> None:
    """0 was claimed and then died; 1 had been dropped as its copy: the article is in clean nowhere."""
    topics = settings.topics
    copy = json.dumps({**json.loads(ARTICLE), "id": "copy"}).encode()
    producer.send(topics.raw, value=ARTICLE, key=b"harbour", partition=0).get(30)
    producer.send(topics.raw, value=copy, key=b"copy", partition=0).get(30)
    dead(
        settings,
        producer,
        RawRecord(topics.raw, 0, 0, 1, b"harbour", ARTICLE),
        DeadLetter("extract", "crash", "x"),
    )
    headers = message_of(
        DeadLetter("decode", "x", "x"), RawRecord(topics.raw, 0, 1, 1, b"c", copy), None
    ).headers
    pointer = {"id": "copy", "duplicate_of_origin": {"topic": topics.raw, "partition": 0, "offset": 0}}
    producer.send(
        topics.duplicates,
        value=json.dumps(pointer).encode(),
        key=b"copy",
        headers=[(name, content or b"") for name, content in headers],
    ).get(30)
    committed(settings, {0: 2})
    found = in_here(environment, "audit")
    assert found.returncode == 1
    assert "1 orphan" in found.stderr

    assert told(environment, "dlq", "replay")["sent"] == 1
    catch_up(environment)
    result = told(environment, "audit")
    assert result["ok"]
    assert (result["counts"]["repaired"], result["counts"]["clean"]) == (1, 1)


def committed(settings: Settings, offsets: Mapping[int, int]) -> None:
    from kafka import TopicPartition
    from kafka.admin import KafkaAdminClient
    from kafka.structs import OffsetAndMetadata

    client = KafkaAdminClient(bootstrap_servers=settings.kafka.bootstrap_servers)
    wanted = {
        TopicPartition(settings.topics.raw, p): OffsetAndMetadata(o, "", -1) for p, o in offsets.items()
    }
    client.alter_group_offsets(settings.kafka.group_id, wanted)
    client.close()


def test_purging_asks_first_deletes_up_to_a_moment_and_leaves_word_for_the_audit(
    settings: Settings, environment: Mapping[str, str], producer: Any
) -> None:
    producer.send(settings.topics.raw, value=b"no json", key=b"b").get(30)
    catch_up(environment)
    refused = in_a_process(environment, "dlq", "purge")
    assert refused.returncode == 2
    assert "--yes" in refused.stderr
    winnow(environment, "dlq", "purge", "--older-than", "1h", "--yes")
    assert told(environment, "dlq", "list")["total"] == 1, "it is not that old"
    assert told(environment, "dlq", "purge", "--yes")["topic"] == settings.topics.dead_letters
    assert told(environment, "dlq", "list")["total"] == 0
    result = told(environment, "audit")
    assert (result["ok"], result["counts"]["aged_out"]) == (True, 1)
    missing = in_a_process(environment, "dlq", "show")
    assert (missing.returncode, missing.stderr.count("\n")) == (1, 1)
