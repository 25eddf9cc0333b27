"""What the doctor makes of facts: each fault is found, named and has a remedy; health is no alarm."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import pytest

from worker.adapters.kafka_doctor import KafkaFacts, TopicFacts
from worker.adapters.redis_doctor import RedisFacts
from worker.ops.doctor import (
    Finding,
    kafka_findings,
    learning_finding,
    ledger_findings,
    library_findings,
    redis_findings,
    setting_findings,
)
from worker.ports import Ledger
from worker.settings import KafkaSettings, Settings

NOW_MS = 1_700_000_000_000
SETTINGS = Settings()
NAMES = ("articles.raw", "articles.clean", "articles.duplicates", "articles.dead-letters")
TOPIC = TopicFacts(6, (), (), 3, frozenset({"READ", "WRITE", "DESCRIBE"}))
KAFKA = KafkaFacts((4, 2), 3, dict.fromkeys(NAMES, TOPIC), frozenset({"READ", "DESCRIBE"}), NOW_MS)
REDIS = RedisFacts((8, 0), "noeviction", 50, 100, True, 0, NOW_MS + 20)


def wrong(findings: Iterable[Finding]) -> list[tuple[str, str]]:
    """What is not ok; each has a remedy."""
    found = [one for one in findings if one.state != "ok"]
    assert all(one.remedy for one in found)
    return [(one.what, one.state) for one in found]


def test_a_healthy_system_has_nothing_wrong() -> None:
    assert wrong(kafka_findings(SETTINGS, KAFKA, NOW_MS)) == []
    assert wrong(redis_findings(REDIS, NOW_MS)) == []
    assert wrong(ledger_findings(Ledger(7))) == []
    assert wrong(library_findings([], True)) == []
    assert wrong(setting_findings(SETTINGS, kept("1000", "1000"))) == []


def with_raw(**facts: object) -> KafkaFacts:
    return replace(KAFKA, topics=KAFKA.topics | {"articles.raw": replace(TOPIC, **facts)})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("facts", "what", "state"),
    [
        (replace(KAFKA, version=(2, 4)), "Kafka", "broken"),
        (replace(KAFKA, topics=dict.fromkeys(NAMES[1:], TOPIC)), "topic articles.raw", "broken"),
        (with_raw(without_leader=(0, 3)), "topic articles.raw", "broken"),
        (with_raw(under_replicated=(5,)), "topic articles.raw", "warning"),
        (with_raw(replication=1), "topic articles.raw", "warning"),
        (with_raw(allowed=frozenset({"DESCRIBE", "WRITE"})), "permissions", "broken"),
        (replace(KAFKA, group_allowed=frozenset({"DESCRIBE"})), "permissions", "broken"),
        (replace(KAFKA, newest_ms=NOW_MS + 120_000), "crawlers' clocks", "warning"),
    ],
)
def test_each_fault_of_kafka_is_found(facts: KafkaFacts, what: str, state: str) -> None:
    assert wrong(kafka_findings(SETTINGS, facts, NOW_MS)) == [(what, state)]


def test_what_is_just_enough_or_cannot_be_known_is_no_fault() -> None:
    young = replace(KAFKA, version=(2, 5), newest_ms=NOW_MS + 60_000)
    assert wrong(kafka_findings(SETTINGS, young, NOW_MS)) == []
    alone = replace(with_raw(replication=1), brokers=1, group_allowed=None, newest_ms=None)
    assert wrong(kafka_findings(SETTINGS, alone, NOW_MS)) == []


@pytest.mark.parametrize(
    ("facts", "what", "state"),
    [
        (replace(REDIS, version=(5, 0)), "Redis", "warning"),
        (replace(REDIS, eviction="allkeys-lru"), "eviction", "broken"),
        (replace(REDIS, evicted=4), "eviction", "warning"),
        (replace(REDIS, used_bytes=95), "Redis memory", "warning"),
        (replace(REDIS, has_append_log=False), "Redis persistence", "warning"),
        (replace(REDIS, time_ms=NOW_MS - 6000), "clock", "warning"),
    ],
)
def test_each_fault_of_redis_is_found(facts: RedisFacts, what: str, state: str) -> None:
    assert wrong(redis_findings(facts, NOW_MS)) == [(what, state)]


def test_without_a_limit_redis_is_never_full() -> None:
    assert wrong(redis_findings(replace(REDIS, limit_bytes=0, used_bytes=10**12), NOW_MS)) == []


def test_a_loss_of_claims_that_nobody_acknowledged_is_broken() -> None:
    assert wrong(ledger_findings(Ledger(3, loss=90))) == [("claims", "broken")]


def test_what_the_installation_lacks_is_found() -> None:
    assert wrong(library_findings(["zstd"], True)) == [("codecs", "broken")]
    assert wrong(library_findings([], False)) == [("fast CRC", "warning")]


def test_settings_that_do_not_go_together_are_found() -> None:
    hasty = Settings(kafka=KafkaSettings(session_timeout_ms=6000, heartbeat_interval_ms=3000))
    assert wrong(setting_findings(hasty, {})) == [("heartbeats", "warning")]
    assert wrong(setting_findings(SETTINGS, kept("2000", "1000"))) == [("retention", "warning")]
    assert wrong(setting_findings(SETTINGS, kept("-1", "1000"))) == [("retention", "warning")]
    assert wrong(setting_findings(SETTINGS, kept("1000", "-1"))) == []


def test_remedies_can_be_typed_as_they_stand() -> None:
    hasty = Settings(kafka=KafkaSettings(session_timeout_ms=6000, heartbeat_interval_ms=3000))
    (beats,) = setting_findings(hasty, {})
    assert beats.remedy == "kafka.heartbeat_interval_ms = 2000 or less"
    (short,) = setting_findings(SETTINGS, kept("2000", "2000") | {"articles.clean": {"retention.ms": "1000"}})
    assert short.remedy == (
        "`kafka-configs.sh --bootstrap-server localhost:9092 --alter --topic articles.clean "
        "--add-config retention.ms=2000`"
    )


def kept(raw_ms: str, outcomes_ms: str) -> dict[str, dict[str, str]]:
    return {n: {"retention.ms": raw_ms if n == "articles.raw" else outcomes_ms} for n in NAMES}


def test_it_says_of_how_many_sources_something_is_known_and_when_learning_is_off() -> None:
    assert "1,200 sources" in learning_finding(1200).said
    assert "off" in learning_finding(None).said
