"""`winnow run` as its users run it: real processes, a real Kafka, a real Redis."""

from __future__ import annotations

import json
import os
import re
import signal
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from kafka import KafkaProducer, TopicPartition
from kafka.admin import KafkaAdminClient
from kafka.structs import OffsetAndMetadata

from tests.chaos.violence import Worker, article, everything_in, lag_of
from tests.services.commands import in_a_process, winnow
from tests.services.processes import GIVE_UP_S, free_port, wait_until
from tests.services.topics import records_in
from worker.adapters.kafka_producer import WireName
from worker.adapters.redis_scripts import connect
from worker.settings import load_settings

pytestmark = pytest.mark.kafka

MIB = 1024 * 1024


@pytest.fixture
def topics(environment: Mapping[str, str]) -> Mapping[str, str]:
    """A world with topics that take records of 3 MiB."""
    world = {
        **environment,
        "WINNOW_TOPICS__RAW_MAX_MESSAGE_BYTES": str(3 * MIB),
        "WINNOW_WORKER__PROCESSES": "1",
        "WINNOW_LOG__FORMAT": "json",
    }
    winnow(world, "topics", "create")
    return world


@pytest.fixture
def worker(topics: Mapping[str, str], tmp_path: Path) -> Iterator[Worker]:
    one = Worker("w1", {**topics, "WINNOW_METRICS__PORT": str(free_port())}, tmp_path)
    one.start()
    yield one
    if one.process and one.process.poll() is None:
        one.kill()


def send(environment: Mapping[str, str], records: list[tuple[bytes | None, bytes | None, list[Any]]]) -> None:
    producer = KafkaProducer(
        bootstrap_servers=environment["WINNOW_KAFKA__BOOTSTRAP_SERVERS"], max_request_size=64 * MIB
    )
    futures = [
        producer.send(environment["WINNOW_TOPICS__RAW"], value=value, key=key, headers=headers)
        for key, value, headers in records
    ]
    producer.flush(60)
    assert all(future.succeeded() for future in futures)
    producer.close()


def good(number: int, **more: Any) -> bytes:
    return json.dumps({**article(number), **more}).encode()


def test_broken_input_of_every_kind_is_a_dead_letter_and_stops_nothing(
    topics: Mapping[str, str], worker: Worker
) -> None:
    not_utf8 = WireName(b"caf\xe9".decode("utf-8", "surrogateescape"))
    nested = json.dumps({"id": "n", "html": "<div>" * 200_000 + "x"}).encode()
    largest = json.dumps({"id": "l", "text": "word " * ((3 * MIB - 2000) // 5)}).encode()
    broken: dict[str, list[bytes | None]] = {
        "empty": [b"", b"  ", None],
        "not_json": [b"no json", b"[" * 100_000, b'{"id": "cut o'],
        "not_utf8": [b"\xff\xfe\x00", b'{"text": "caf\xe9"}'],
        "schema": [b"[]", b"5", b'{"id": 5, "text": "x"}', b'{"html": ["x"]}', b"{}"],
        "no_text": [b'{"id": "m", "html": "<html></html>"}'],
        "too_large": [nested],
    }
    values = [value for values in broken.values() for value in values]
    send(topics, [(b"k", value, [(not_utf8, b"x"), ("trace", b"\xff")]) for value in values])
    send(topics, [(None, good(1), [(not_utf8, b"x")]), (b"k", largest, [])])
    wait_until(lambda: lag_of(topics) == 0, "everything is settled")
    assert worker.stop() == 0
    settings = load_settings(None, topics)
    letters = records_in(settings, settings.topics.dead_letters)
    codes = [dict(letter.headers)["winnow.error.code"] or b"" for letter in letters]
    assert sorted(codes) == sorted(code.encode() for code, listed in broken.items() for _ in listed)
    assert sorted((letter.value or b"") for letter in letters) == sorted((value or b"") for value in values)
    assert all((not_utf8, b"x") in letter.headers for letter in letters)
    clean = records_in(settings, settings.topics.clean)
    assert {json.loads(one.value or b"")["id"] for one in clean} == {"a1", "l"}
    assert json.loads(winnow(topics, "audit", "--json"))["ok"]


def test_a_stop_drains_commits_and_leaves_the_group(topics: Mapping[str, str], tmp_path: Path) -> None:
    send(topics, [(b"%d" % n, good(n), []) for n in range(3000)])
    port = free_port()
    many_commits = {"WINNOW_METRICS__PORT": str(port), "WINNOW_WORKER__MAX_BATCH": "5"}
    worker = Worker("w1", {**topics, **many_commits}, tmp_path)
    worker.start()
    wait_until(lambda: has_published(f"http://127.0.0.1:{port}/metrics"), "the first commits")
    assert worker.stop() == 0
    assert 0 < (lag_of(topics) or 0) < 3000, "it was stopped amid its work"
    assert json.loads(winnow(topics, "audit", "--json"))["violations"] == {}
    again = Worker("w1", topics, tmp_path)
    again.start()
    wait_until(lambda: lag_of(topics) == 0, "the rest")
    assert again.stop() == 0
    assert len(everything_in(topics, "CLEAN")) == 3000


def has_published(metrics_url: str) -> bool:
    return bool(re.search(r'winnow_outcomes_total{outcome="clean"} [1-9]', status(metrics_url)[1]))


def test_the_probes_and_metrics_tell_the_truth(topics: Mapping[str, str], worker: Worker) -> None:
    send(topics, [(b"1", good(1), []), (b"2", b"broken", [])])
    wait_until(lambda: lag_of(topics) == 0, "everything is settled")
    url = f"http://127.0.0.1:{worker.environment['WINNOW_METRICS__PORT']}"
    wait_until(lambda: status(f"{url}/readyz")[0] == 200, "readiness")
    assert status(f"{url}/healthz")[0] == 200
    metrics = status(f"{url}/metrics")[1]
    assert 'winnow_outcomes_total{outcome="clean"} 1.0' in metrics
    assert 'winnow_dead_letters_total{code="not_json",stage="decode"} 1.0' in metrics
    assert 'winnow_commits_total{result="committed"}' in metrics
    assert worker.process is not None
    os.kill(worker.process.pid, signal.SIGTERM)
    assert worker.process.wait(GIVE_UP_S) == 0


def test_a_spare_is_ready_and_takes_over(environment: Mapping[str, str], tmp_path: Path) -> None:
    world = {**environment, "WINNOW_TOPICS__PARTITIONS": "1", "WINNOW_WORKER__PROCESSES": "1"}
    winnow(world, "topics", "create")
    ports = {name: str(free_port()) for name in ("w1", "w2")}
    two = {
        name: Worker(name, {**world, "WINNOW_METRICS__PORT": port}, tmp_path) for name, port in ports.items()
    }

    def partitions(name: str) -> int | None:
        """None: not ready."""
        code, told = status(f"http://127.0.0.1:{ports[name]}/readyz")
        return json.loads(told)["partitions"] if code == 200 else None

    for worker in two.values():
        worker.start()
    try:
        wait_until(lambda: {partitions(name) for name in two} == {0, 1}, "both ready, one with nothing")
        busy, spare = sorted(two, key=lambda name: partitions(name) == 0)
        assert two[busy].stop() == 0
        wait_until(lambda: partitions(spare) == 1, "the spare takes over")
        assert two[spare].stop() == 0
    finally:
        for worker in two.values():
            if worker.process and worker.process.poll() is None:
                worker.kill()


def status(url: str) -> tuple[int, str]:
    try:
        with urllib.request.urlopen(url, timeout=5) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()
    except OSError:
        return 0, ""


def test_a_worker_waits_while_redis_is_away_and_says_so(topics: Mapping[str, str], tmp_path: Path) -> None:
    port = free_port()
    away = {
        **topics,
        "WINNOW_REDIS__URL": f"redis://127.0.0.1:{free_port()}/0",
        "WINNOW_METRICS__PORT": str(port),
    }
    worker = Worker("w1", away, tmp_path)
    send(topics, [(b"1", good(1), [])])
    worker.start()
    url = f"http://127.0.0.1:{port}/readyz"
    wait_until(lambda: status(url)[0] == 503 and "Redis" in status(url)[1], "not ready for want of Redis")
    assert lag_of(topics) == 1
    assert worker.stop() == 0
    assert everything_in(topics, "CLEAN") == everything_in(topics, "DEAD_LETTERS") == []
    assert "waiting" in {event.get("event") for event in worker.events()}


def test_a_loss_of_claims_is_seen_and_acknowledged(topics: Mapping[str, str], tmp_path: Path) -> None:
    """Even where everything was restarted: the count of claims stands beside the committed offsets."""
    send(topics, [(b"%d" % n, good(n), []) for n in range(20)])
    winnow(topics, "run", "--until-caught-up")
    client = connect(topics["WINNOW_REDIS__URL"], 5)
    for key in client.scan_iter(f"winnow:{{{topics['WINNOW_KAFKA__GROUP_ID']}}}:*"):
        client.delete(key)
    client.close()
    send(topics, [(b"%d" % n, good(n), []) for n in range(30, 35)])
    port = free_port()
    worker = Worker("w1", {**topics, "WINNOW_METRICS__PORT": str(port)}, tmp_path)
    worker.start()
    url = f"http://127.0.0.1:{port}/readyz"
    wait_until(lambda: "dedupe acknowledge" in status(url)[1], "the loss is said")
    assert "acknowledged: 20 claims" in winnow(topics, "dedupe", "acknowledge")
    send(topics, [(b"40", good(40), []), (b"1", good(1), [])])
    wait_until(lambda: status(url)[0] == 200, "ready again")
    wait_until(lambda: lag_of(topics) == 0, "everything is settled")
    assert worker.stop() == 0
    found = json.loads(winnow(topics, "audit", "--json"))
    assert (found["ok"], found["counts"]["acknowledged"]) == (True, 1), "a copy came through, as was said"


def test_a_topic_that_is_all_dead_letters_stops_the_worker(topics: Mapping[str, str], tmp_path: Path) -> None:
    worker = Worker("w1", {**topics, "WINNOW_WORKER__DEAD_LETTER_WINDOW": "50"}, tmp_path)
    send(topics, [(b"k", b"broken", [])] * 200)
    worker.start()
    assert worker.process is not None
    assert worker.process.wait(GIVE_UP_S) == 1
    assert "became dead letters (not_json)" in worker.log.read_text()


def test_a_group_that_was_rewound_is_refused(topics: Mapping[str, str], tmp_path: Path) -> None:
    send(topics, [(b"1", good(1), []), (b"1", good(2), [])])
    winnow(topics, "run", "--until-caught-up")
    admin = KafkaAdminClient(bootstrap_servers=topics["WINNOW_KAFKA__BOOTSTRAP_SERVERS"])
    group = topics["WINNOW_KAFKA__GROUP_ID"]
    (offsets,) = admin.list_group_offsets(group).values()
    (place,) = [place for place, found in offsets.items() if found.offset > 0]
    admin.alter_group_offsets(group, {TopicPartition(*place): OffsetAndMetadata(0, "", -1)})
    admin.close()
    assert "the group was rewound" in refused_to_run(topics)
    assert len(everything_in(topics, "CLEAN")) == 2


def test_a_group_that_was_deleted_is_not_a_new_one(topics: Mapping[str, str]) -> None:
    """Kafka forgets one a week after its last member left, too; what came since is not passed over."""
    topics = {**topics, "WINNOW_KAFKA__START": "latest"}
    winnow(topics, "run", "--until-caught-up")
    send(topics, [(b"1", good(1), [])])
    winnow(topics, "run", "--until-caught-up")
    admin = KafkaAdminClient(bootstrap_servers=topics["WINNOW_KAFKA__BOOTSTRAP_SERVERS"])
    admin.delete_groups([topics["WINNOW_KAFKA__GROUP_ID"]])
    admin.close()
    send(topics, [(b"1", good(2), [])])
    for _ in range(2):
        assert "outcomes are published up to 1" in refused_to_run(topics)


def refused_to_run(environment: Mapping[str, str]) -> str:
    """What a worker says that does not start."""
    done = in_a_process(environment, "run", "--until-caught-up")
    assert done.returncode == 1
    return done.stderr


@pytest.mark.parametrize("made_anew", [("CLEAN",), ("RAW", "CLEAN", "DUPLICATES", "DEAD_LETTERS")])
def test_topics_made_anew_are_refused(topics: Mapping[str, str], made_anew: tuple[str, ...]) -> None:
    """What was published to the old ones would be called a copy, and is nowhere."""
    send(topics, [(b"1", good(1), [])])
    winnow(topics, "run", "--until-caught-up")
    admin = KafkaAdminClient(bootstrap_servers=topics["WINNOW_KAFKA__BOOTSTRAP_SERVERS"])
    names = [topics[f"WINNOW_TOPICS__{role}"] for role in made_anew]
    admin.delete_topics(names)
    wait_until(lambda: not set(names) & set(admin.list_topics()), "the topics are gone")
    admin.close()
    winnow(topics, "topics", "create")
    send(topics, [(b"1", good(1), []), (b"1", good(1, id="again"), [])])
    assert f"made anew or renamed: {', '.join(names[:2])}" in refused_to_run(topics)
    assert everything_in(topics, "DUPLICATES") == []
    winnow({**topics, "WINNOW_DEDUPE__NAMESPACE": f"{names[0]}-2"}, "run", "--until-caught-up")
