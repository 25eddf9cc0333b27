"""Proof by violence: workers, Redis and the broker are killed, frozen and cut off under load; both laws hold.

Every worker runs as its users run it, against a real Kafka and a real Redis. The moments are random; the seed
is printed, and an odd one takes the packed layout of the claims. A run that saw no redelivery and no refused
commit proves nothing, and fails.
"""

from __future__ import annotations

import json
import os
import random
import signal
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from tests.chaos.violence import Feeder, Worker, broken_laws_by_hand, everything_in, lag_of
from tests.conftest import missing, worker_environment
from tests.services.commands import in_a_process, winnow
from tests.services.kafka import Kafka, has_jars, local_broker
from tests.services.processes import wait_until
from tests.services.redis import Redis

RECORDS = 5000
KILLS = 6
MOST_KILLS = 24
"""Moments are random: we go on killing until some of them fell between a claim and its commit."""
SESSION_S = 6.0
"""The shortest that a broker allows by default."""


@pytest.fixture
def own_kafka() -> Iterator[Kafka]:
    """A broker that the test may kill."""
    if not has_jars():
        missing("no Kafka to kill (mvn and Java 17)")
    with local_broker() as kafka:
        yield kafka


@pytest.mark.chaos
def test_both_laws_hold_whatever_is_killed(own_kafka: Kafka, own_redis: Redis, tmp_path: Path) -> None:
    seed = int(os.environ.get("WINNOW_TEST_SEED", random.SystemRandom().randrange(10**6)))
    print(f"WINNOW_TEST_SEED={seed}")
    dice = random.Random(seed)
    environment = {
        **worker_environment(own_kafka.bootstrap, own_redis.url),
        "WINNOW_KAFKA__SESSION_TIMEOUT_MS": str(round(SESSION_S * 1000)),
        "WINNOW_KAFKA__HEARTBEAT_INTERVAL_MS": "1000",
        "WINNOW_KAFKA__REQUEST_TIMEOUT_MS": "15000",
        "WINNOW_WORKER__PROCESSES": "1",
        "WINNOW_WORKER__MAX_BATCH": "100",
        "WINNOW_LOG__FORMAT": "json",
        "WINNOW_DEDUPE__LAYOUT": ("strings", "packed")[seed % 2],
    }
    winnow(environment, "topics", "create")
    feeder = Feeder(environment, seed, RECORDS)
    feeding = feeder.start()
    workers = [Worker(f"w{number}", environment, tmp_path) for number in range(3)]
    try:
        for worker in workers:
            worker.start()
        wait_until(lambda: (lag_of(environment) or 10**9) < len(feeder.sent) > 0, "the first commits")
        kills = 0
        while kills < KILLS or (redelivered(workers) < 3 and kills < MOST_KILLS):
            under_load(environment)
            time.sleep(dice.uniform(0.2, 2.0))
            victim = dice.choice(workers)
            victim.kill()
            time.sleep(dice.uniform(0, 1))
            victim.start()
            kills += 1
        freeze(dice.choice(workers), environment)
        under_load(environment)
        workers.append(Worker("w3", environment, tmp_path))
        workers[-1].start()
        time.sleep(dice.uniform(1, 3))
        own_redis.freeze()
        time.sleep(4)
        own_redis.thaw()
        under_load(environment)
        own_kafka.kill()
        time.sleep(1)
        own_kafka.start()
        under_load(environment)
        feeder.stopped.set()
        feeding.join(120)
        wait_until(lambda: lag_of(environment) == 0, "the lag ends")
        assert [worker.stop() for worker in workers] == [0, 0, 0, 0]
    finally:
        feeder.stopped.set()
        for worker in workers:
            if worker.process and worker.process.poll() is None:
                worker.kill()
    assert feeder.failed == []
    judge(environment, workers, len(feeder.sent))


def under_load(environment: Mapping[str, str]) -> None:
    """Waits until there is something to lose."""
    wait_until(lambda: (lag_of(environment) or 0) > 1000, "a lag over 1,000")


def freeze(worker: Worker, environment: Mapping[str, str]) -> None:
    """SIGSTOP longer than the session, then SIGCONT: a zombie comes back."""
    under_load(environment)
    worker.signal(signal.SIGSTOP)
    time.sleep(SESSION_S + 3)
    worker.signal(signal.SIGCONT)


def judge(environment: Mapping[str, str], workers: list[Worker], sent: int) -> None:
    """Both laws, by the audit and by hand; and that the run saw what it claims to have survived."""
    again, refused = redelivered(workers), refused_commits(workers)
    audit = in_a_process(environment, "audit", "--json")
    assert audit.stdout, audit.stderr
    result = json.loads(audit.stdout)
    print({"sent": sent, "redelivered batches": again, "refused commits": refused, **result["counts"]})
    assert result["ok"], result
    assert result["counts"]["raw"] == sent
    assert broken_laws_by_hand(environment) == {}
    kinds = Counter(json.loads(one.value)["kind"] for one in everything_in(environment, "DUPLICATES"))
    assert kinds["near"] > 50, f"hardly a near-duplicate, so nothing is proved about them: {kinds}"
    assert sent >= RECORDS
    assert again >= 3, "fewer than three redelivered batches: this run proved nothing"
    assert refused >= 1, "no refused commit: this run proved nothing"


def redelivered(workers: list[Worker]) -> int:
    """Batches with records that had been claimed by a delivery before."""
    return sum(event.get("event") == "redelivered" for worker in workers for event in worker.events())


def refused_commits(workers: list[Worker]) -> int:
    """Commits that the broker refused."""
    return sum(event.get("kind") == "CommitFailed" for worker in workers for event in worker.events())
