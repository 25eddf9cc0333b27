"""`winnow doctor` and `winnow top` against a real Kafka and a real Redis, healthy and not."""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import closing

import pytest

from tests.services.commands import Done, in_a_process, in_here
from tests.services.redis import Redis
from tests.services.topics import with_topics
from worker.adapters.kafka_admin import KafkaAdmin
from worker.adapters.redis_scripts import connect
from worker.ops.topics import create_topics
from worker.settings import Settings

pytestmark = pytest.mark.kafka


def broken(done: Done) -> dict[str, str]:
    """What the doctor found broken, and the remedy."""
    findings = json.loads(done.stdout)["findings"]
    return {one["what"]: one["remedy"] for one in findings if one["state"] == "broken"}


def test_a_healthy_system_is_ok(settings: Settings, environment: Mapping[str, str]) -> None:
    with_topics(settings)
    done = in_a_process(environment, "doctor")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "✓ transactions" in done.stdout
    assert "✓ permissions" in done.stdout


def test_missing_topics_and_a_redis_that_forgets_are_broken_and_have_remedies(
    environment: Mapping[str, str], own_redis: Redis
) -> None:
    with closing(connect(own_redis.url, 5)) as client:
        client.config_set("maxmemory-policy", "allkeys-lru")
    done = in_here({**environment, "WINNOW_REDIS__URL": own_redis.url}, "doctor", "--json")
    assert done.returncode == 1
    found = broken(done)
    assert found["eviction"] == "redis-cli config set maxmemory-policy noeviction"
    assert found[f"topic {environment['WINNOW_TOPICS__RAW']}"] == "winnow topics create"
    assert done.stderr.count("\n") == 1


def test_each_wrong_setting_of_a_topic_has_the_remedy_that_mends_it(
    settings: Settings, environment: Mapping[str, str]
) -> None:
    topics = settings.topics
    with closing(KafkaAdmin(settings)) as admin:
        list(create_topics(settings, admin))
        admin.configure(topics.clean, {"max.message.bytes": "1000", "cleanup.policy": "compact"})
        findings = json.loads(in_here(environment, "doctor", "--json").stdout)["findings"]
        size, policy = [one for one in findings if one["what"] == "topic settings"]
        assert "`winnow topics create --alter`" in size["remedy"]
        assert f"--alter --topic {topics.clean} --add-config cleanup.policy=delete`" in policy["remedy"]
        list(create_topics(settings, admin, alter=True))
        (left,) = broken(in_here(environment, "doctor", "--json")).items()
        assert left == ("topic settings", policy["remedy"])
        admin.configure(topics.clean, {"cleanup.policy": "delete"})
    assert in_here(environment, "doctor").returncode == 0


def test_who_does_not_answer_is_named(
    environment: Mapping[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("worker.adapters.kafka_client.BOOTSTRAP_MS", 1000)
    nobody = {"WINNOW_KAFKA__BOOTSTRAP_SERVERS": "127.0.0.1:1", "WINNOW_REDIS__URL": "redis://127.0.0.1:1"}
    done = in_here({**environment, **nobody}, "doctor", "--json")
    assert done.returncode == 1
    assert set(broken(done)) == {"Kafka", "Redis"}


def test_top_shows_the_pipeline_though_no_worker_answers(
    settings: Settings, environment: Mapping[str, str]
) -> None:
    with_topics(settings)
    done = in_a_process(environment, "top", "--json", "--every", "200ms")
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert (told["workers"], told["lag"]["status"], told["problems"]) == (0, "ok", [])
    assert told["redis"]["used_bytes"] > 0
