"""`winnow doctor`: asks everybody, prints what was found, fails if anything is broken."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from dataclasses import asdict
from typing import TYPE_CHECKING

from rich.text import Text

from worker.commands.options import ConfigOption, JsonOption, settings_from
from worker.commands.output import print_json, screen
from worker.errors import FatalError, TransientError, WinnowError
from worker.ops.plain import plain
from worker.settings import Settings

if TYPE_CHECKING:
    from worker.adapters.kafka_admin import KafkaAdmin
    from worker.ops.doctor import Finding

MARKS = {"ok": ("✓", "green"), "warning": ("!", "yellow"), "broken": ("✗", "red")}

KAFKA_AWAY = (
    "start the brokers (`docker compose up -d kafka`), or say where they are: "
    "WINNOW_KAFKA__BOOTSTRAP_SERVERS=HOST:PORT; if they are there, look at kafka.security_protocol, "
    "and at the brokers' advertised listeners"
)
REDIS_AWAY = (
    "start Redis (`docker compose up -d redis`), or say where it is: WINNOW_REDIS__URL=redis://HOST:PORT/0; "
    "with a password redis://:PASSWORD@HOST:PORT/0; `redis-cli -u URL ping` answers PONG when it is right"
)


def doctor(json: JsonOption = False, config: ConfigOption = None) -> None:
    """Look at Kafka, Redis, the topics and this machine; a remedy for each finding.

    Exit 1 if anything is broken. Nothing is changed anywhere.
    """
    settings = settings_from(config)
    found: list[Finding] = []
    for finding in _findings(settings):
        found.append(finding)
        if not json:
            _print(finding)
    broken = [one.what for one in found if one.state == "broken"]
    if json:
        print_json({"ok": not broken, "findings": [asdict(one) for one in found]})
    if broken:
        raise FatalError(f"broken: {', '.join(broken)}")


def _findings(settings: Settings) -> Iterator[Finding]:
    from worker.adapters.kafka_doctor import has_fast_crc, missing_codecs
    from worker.ops.doctor import library_findings

    yield from library_findings(missing_codecs(), has_fast_crc())
    yield from _asked("rules", "mend the file that is named", _rules)
    yield from _asked("Kafka", KAFKA_AWAY, lambda: _kafka(settings))
    yield from _asked("Redis", REDIS_AWAY, lambda: _redis(settings))


def _asked(what: str, remedy: str, ask: Callable[[], Iterable[Finding]]) -> Iterator[Finding]:
    """What was found, or that nobody answered."""
    from worker.ops.doctor import Finding

    try:
        yield from ask()
    except WinnowError as error:
        yield Finding(what, "broken", str(error).removeprefix(f"{what}: "), remedy)


def _rules() -> Iterator[Finding]:
    from worker.adapters.packaged import config_folder
    from worker.adapters.rule_files import load_rules
    from worker.ops.doctor import Finding

    yield Finding("rules", "ok", f"version {load_rules(config_folder()).version} from {config_folder()}")


def _kafka(settings: Settings) -> Iterator[Finding]:
    from worker.adapters.kafka_admin import KafkaAdmin
    from worker.adapters.kafka_doctor import kafka_facts, try_transaction
    from worker.ops.doctor import Finding, kafka_findings, setting_findings
    from worker.ops.topics import wanted_topics

    facts = kafka_facts(settings, [one.name for one in wanted_topics(settings)])
    yield from kafka_findings(settings, facts, _now_ms())
    with closing(KafkaAdmin(settings)) as admin:
        yield from setting_findings(settings, {name: admin.configuration(name) for name in facts.topics})
        yield from _topic_settings(settings, admin)
    try:
        try_transaction(settings)
        yield Finding("transactions", "ok", "a transactional producer can be had")
    except TransientError as error:
        yield Finding(
            "transactions",
            "broken",
            str(error),
            "transaction.state.log.replication.factor must not exceed the brokers there are; with ACLs: "
            f"WRITE and DESCRIBE on transactional ids {settings.kafka.group_id}-*",
        )


def _topic_settings(settings: Settings, admin: KafkaAdmin) -> Iterator[Finding]:
    from worker.ops.doctor import Finding
    from worker.ops.topics import topic_faults

    faults = list(topic_faults(settings, admin))
    for name, fault in faults:
        yield Finding("topic settings", "broken", f"{name}: {fault.said}", fault.remedy)
    if not faults:
        yield Finding("topic settings", "ok", "sizes and cleanup policies fit")


def _redis(settings: Settings) -> Iterator[Finding]:
    from worker.adapters.redis_doctor import redis_facts
    from worker.bootstrap import claims_of, scripts_of, tallies_of
    from worker.ops.doctor import learning_finding, ledger_findings, redis_findings

    facts = redis_facts(settings.redis.url, settings.redis.timeout)
    yield from redis_findings(facts, _now_ms())
    yield from ledger_findings(claims_of(settings).ledger())
    tallies = tallies_of(settings, scripts_of(settings))
    yield learning_finding(None if tallies is None else len(tallies.sources()))


def _now_ms() -> int:
    return round(time.time() * 1000)


def _print(finding: Finding) -> None:
    mark, colour = MARKS[finding.state]
    line = Text(f"{mark} ", style=colour)
    line.append(f"{finding.what}: ", style="bold").append(plain(finding.said), style="default")
    screen.print(line, soft_wrap=True)
    if finding.remedy:
        screen.print(Text(f"  → {finding.remedy}", style="cyan"), soft_wrap=True)
