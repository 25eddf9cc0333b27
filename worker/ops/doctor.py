"""`winnow doctor`: what is not as it should be, and what to do about it. Facts are judged here, not asked."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from worker.adapters.kafka_doctor import KafkaFacts
from worker.adapters.redis_doctor import RedisFacts
from worker.ops.figures import listed, plural
from worker.ops.redis_checks import KEEPS
from worker.ops.topics import configs_command
from worker.ports import Ledger
from worker.settings import Settings

State = Literal["ok", "warning", "broken"]

OLDEST_KAFKA = (2, 5)
"""The first that fences a transactional offset commit by the member's generation (KIP-447)."""
OLDEST_REDIS = (6, 2)
"""The oldest that the scripts are tested with."""
SKEW_MS = 5_000
"""Ages and retention are off by as much; NTP keeps machines within milliseconds."""
FUTURE_MS = 60_000
"""A crawler's clock that is ahead by more makes its records look younger than they are."""
FULL = 0.9
"""Of Redis' memory limit: then the next articles are refused, and the workers wait."""
NEEDED = {"raw": {"READ", "DESCRIBE"}, "outcomes": {"WRITE", "DESCRIBE"}, "group": {"READ", "DESCRIBE"}}
"""What a worker must be allowed to do (Kafka's names of operations)."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at."""

    what: str
    state: State
    said: str
    remedy: str = ""


def library_findings(missing_codecs: list[str], fast_crc: bool) -> Iterator[Finding]:
    """What is installed here."""
    install = "pip install 'kafka-python[crc32c,lz4,snappy,zstd]'"
    if missing_codecs:
        said = f"cannot read records compressed with {', '.join(missing_codecs)}"
        yield Finding("codecs", "broken", said, install)
    else:
        yield Finding("codecs", "ok", "gzip, snappy, lz4, zstd")
    if fast_crc:
        yield Finding("fast CRC", "ok", "crc32c is installed")
    else:
        yield Finding("fast CRC", "warning", "crc32c is missing: a twelfth of the speed", install)


def kafka_findings(settings: Settings, facts: KafkaFacts, now_ms: int) -> Iterator[Finding]:
    """Version, topics, replicas, permissions, and the crawlers' clocks."""
    version = ".".join(map(str, facts.version))
    if facts.version < OLDEST_KAFKA:
        oldest = ".".join(map(str, OLDEST_KAFKA))
        said = f"Kafka {version} does not fence the commits of expelled workers"
        yield Finding("Kafka", "broken", said, f"upgrade the brokers to {oldest} or later")
    else:
        yield Finding("Kafka", "ok", f"{version}, {plural(facts.brokers, 'broker')}")
    yield from _topic_findings(settings, facts)
    yield from _permission_findings(settings, facts)
    if facts.newest_ms is not None and facts.newest_ms > now_ms + FUTURE_MS:
        ahead_s = (facts.newest_ms - now_ms) // 1000
        said = f"a raw record bears a time {ahead_s} s ahead of this machine's clock"
        yield Finding(
            "crawlers' clocks", "warning", said, "run NTP there, or message.timestamp.type=LogAppendTime"
        )


def _topic_findings(settings: Settings, facts: KafkaFacts) -> Iterator[Finding]:
    for name in _roles(settings):
        topic = facts.topics.get(name)
        if topic is None:
            yield Finding(f"topic {name}", "broken", "it does not exist", "winnow topics create")
        elif topic.without_leader:
            said = f"no leader for partitions {listed(topic.without_leader)}"
            yield Finding(f"topic {name}", "broken", said, "bring the brokers back that hold them")
        elif topic.under_replicated:
            said = f"partitions {listed(topic.under_replicated)} lack replicas"
            yield Finding(f"topic {name}", "warning", said, "look at the brokers that are behind or down")
        elif topic.replication < 2 and facts.brokers > 1:
            said = f"one replica on {facts.brokers} brokers: a lost disk loses records"
            yield Finding(f"topic {name}", "warning", said, "kafka-reassign-partitions.sh, to 3 replicas")
        else:
            yield Finding(f"topic {name}", "ok", plural(topic.partitions, "partition"))


def _permission_findings(settings: Settings, facts: KafkaFacts) -> Iterator[Finding]:
    lacking = [
        f"{'/'.join(sorted(missing))} on {name}"
        for name, role in _roles(settings).items()
        if name in facts.topics and (missing := NEEDED[role] - facts.topics[name].allowed)
    ]
    if facts.group_allowed is not None and (missing := NEEDED["group"] - facts.group_allowed):
        lacking.append(f"{'/'.join(sorted(missing))} on group {settings.kafka.group_id}")
    if lacking:
        said = f"not allowed: {', '.join(lacking)}"
        yield Finding("permissions", "broken", said, "kafka-acls.sh --add for this user")
    else:
        yield Finding("permissions", "ok", "read raw, write outcomes, commit as the group")


def redis_findings(facts: RedisFacts, now_ms: int) -> Iterator[Finding]:
    """Version, and whether claims can get lost: evicted, out of memory, or with a restart."""
    version = ".".join(map(str, facts.version))
    if facts.version < OLDEST_REDIS:
        yield Finding(
            "Redis", "warning", f"{version} is older than what is tested", "upgrade to 6.2 or later"
        )
    else:
        yield Finding("Redis", "ok", version)
    if facts.eviction != KEEPS:
        said = f"maxmemory-policy is {facts.eviction}: claims are thrown away, copies come through"
        yield Finding("eviction", "broken", said, "redis-cli config set maxmemory-policy noeviction")
    elif facts.evicted:
        said = f"{facts.evicted:,} keys were evicted before it was set to noeviction"
        yield Finding("eviction", "warning", said, "winnow dedupe rebuild")
    else:
        yield Finding("eviction", "ok", KEEPS)
    if facts.limit_bytes and facts.used_bytes > FULL * facts.limit_bytes:
        said = f"{facts.used_bytes / facts.limit_bytes:.0%} of maxmemory are used; when full, workers wait"
        yield Finding(
            "Redis memory", "warning", said, "redis-cli config set maxmemory MORE, or lower dedupe.ttl"
        )
    if not facts.has_append_log:
        said = "no append-only file: a restart forgets the claims since the last snapshot"
        yield Finding(
            "Redis persistence", "warning", said, "redis-cli config set appendonly yes; its data on a volume"
        )
    skew_ms = abs(facts.time_ms - now_ms)
    if skew_ms > SKEW_MS:
        said = f"this machine and Redis are {skew_ms / 1000:.0f} s apart"
        yield Finding("clock", "warning", said, "run NTP on both")
    else:
        yield Finding("clock", "ok", f"{skew_ms} ms apart from Redis")


def ledger_findings(ledger: Ledger) -> Iterator[Finding]:
    """Whether Redis lost claims that nobody has acknowledged."""
    if ledger.loss is None:
        yield Finding("claims", "ok", f"{ledger.claimed:,} made so far")
    else:
        said = f"{ledger.loss:,} had been made before a loss, {ledger.claimed:,} are counted now"
        yield Finding("claims", "broken", said, "winnow dedupe rebuild")


def learning_finding(sources: int | None) -> Finding:
    """Of how many sources it is counted what they repeat; None: learning is off."""
    said = "off (cleaning.learn)" if sources is None else f"what {sources:,} sources repeat is counted"
    return Finding("learning", "ok", said)


def setting_findings(
    settings: Settings, configurations: Mapping[str, Mapping[str, str]]
) -> Iterator[Finding]:
    """Settings that are each fine and do not go together."""
    kafka = settings.kafka
    if kafka.heartbeat_interval_ms * 3 > kafka.session_timeout_ms:
        third = kafka.session_timeout_ms // 3
        said = "fewer than three heartbeats per kafka.session_timeout_ms: a lost packet may expel a worker"
        yield Finding("heartbeats", "warning", said, f"kafka.heartbeat_interval_ms = {third} or less")
    kept_ms = {
        name: int(told["retention.ms"]) % 2**63 for name, told in configurations.items()
    }  # -1: for ever
    raw = settings.topics.raw
    short = [name for name, age in kept_ms.items() if age < kept_ms.get(raw, 0)]
    if short:
        said = f"{', '.join(short)}: kept for a shorter time than {raw}; the audit cannot judge what is gone"
        wanted = configurations[raw]["retention.ms"]
        remedy = ", ".join(configs_command(settings, name, f"retention.ms={wanted}") for name in short)
        yield Finding("retention", "warning", said, remedy)


def _roles(settings: Settings) -> dict[str, str]:
    topics = settings.topics
    return {topics.raw: "raw"} | dict.fromkeys(
        (topics.clean, topics.duplicates, topics.dead_letters), "outcomes"
    )
