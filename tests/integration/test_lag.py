"""The lag of real groups: killed, paused, starved, rewound, never there; beside Kafka's own tool."""

from __future__ import annotations

import itertools
import json
import os
import re
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from kafka import KafkaProducer, TopicPartition
from kafka.admin import KafkaAdminClient, NewTopic
from kafka.structs import OffsetAndMetadata

from tests.services import processes
from tests.services.commands import WINNOW, in_a_process, in_here
from tests.services.kafka import CACHE
from tests.services.processes import repeating, wait_until
from worker.adapters.kafka_lag import KafkaLag
from worker.errors import FatalError, TransientError
from worker.ops.lag import GroupLag, LagWindow
from worker.settings import Settings

pytestmark = pytest.mark.kafka

MEMBER = Path(__file__).with_name("group_member.py")
WINDOW_S = 3.0
EVERY_S = 0.3

Look = Callable[[], GroupLag]


@pytest.fixture
def client(settings: Settings) -> Iterator[KafkaAdminClient]:
    """The raw topic, two partitions, and somebody to change it with."""
    client = KafkaAdminClient(bootstrap_servers=settings.kafka.bootstrap_servers)
    client.create_topics([NewTopic(settings.topics.raw, 2, 1)])
    yield client
    client.close()


@pytest.fixture
def look(settings: Settings, client: KafkaAdminClient) -> Iterator[Look]:
    """One more look at the group, through one window."""
    window = LagWindow(settings.kafka.group_id, settings.topics.raw, WINDOW_S)
    kafka = KafkaLag(settings, settings.kafka.group_id)
    yield lambda: window.add(kafka.now())
    kafka.close()


def send(settings: Settings, count: int, partition: int = 0, **more: Any) -> None:
    """Records of half a kilobyte: a member fetches few of them, and soon turns to the next partition."""
    producer = KafkaProducer(bootstrap_servers=settings.kafka.bootstrap_servers)
    for number in range(count):
        producer.send(settings.topics.raw, value=b"%-500d" % number, partition=partition, **more)
    producer.flush(30)
    producer.close()


def commit(settings: Settings, client: KafkaAdminClient, offsets: Mapping[int, int]) -> None:
    wanted = {
        TopicPartition(settings.topics.raw, p): OffsetAndMetadata(offset, "", -1)
        for p, offset in offsets.items()
    }
    client.alter_group_offsets(settings.kafka.group_id, wanted)


@contextmanager
def member(
    settings: Settings, folder: Path, batch: int, pause_s: float, session_s: int = 6
) -> Iterator[subprocess.Popen[bytes]]:
    """A member of the group in a process of its own; silent for longer than `session_s`, it is expelled."""
    arguments = [settings.kafka.bootstrap_servers, settings.topics.raw, settings.kafka.group_id]
    command = [sys.executable, str(MEMBER), *arguments, str(batch), str(pause_s), str(session_s)]
    process = processes.start(command, folder / "member.log")
    try:
        yield process
    finally:
        process.kill()
        process.wait()


@contextmanager
def inflow(settings: Settings, per_s: int) -> Iterator[None]:
    """Records that keep coming, to both partitions."""
    producer = KafkaProducer(bootstrap_servers=settings.kafka.bootstrap_servers)
    partitions = itertools.cycle((0, 1))

    def feed() -> None:
        time.sleep(1 / per_s)
        producer.send(settings.topics.raw, value=b"x", partition=next(partitions))

    try:
        with repeating(feed):
            yield
    finally:
        producer.close()


def becomes(look: Look, status: str) -> GroupLag:
    """The first look that says so."""
    last: list[GroupLag] = []

    def says_so() -> bool:
        last[:] = [look()]
        time.sleep(EVERY_S - 0.1)
        return last[0].verdict == status

    wait_until(says_so, f"{status} (last: {last})")
    return last[0]


def test_a_group_that_never_committed_lags_from_the_log_start_and_is_stopped(
    settings: Settings, client: KafkaAdminClient, look: Look
) -> None:
    send(settings, 10)
    send(settings, 4, partition=1)
    client.delete_records({TopicPartition(settings.topics.raw, 0): 3})
    group = becomes(look, "stopped")
    assert group.never_committed
    assert [one.standing.lag for one in group.partitions] == [7, 4]
    assert [one.standing.committed for one in group.partitions] == [None, None]
    assert group.members == 0
    assert group.lag_s is not None
    assert 0 < group.lag_s < 1800


def keeps_up(look: Look) -> bool:
    """Both partitions are owned and committed, and a whole window of looks says ok."""
    time.sleep(EVERY_S)
    group = look()
    standings = [one.standing for one in group.partitions]
    is_working = all(one.owner is not None and one.committed is not None for one in standings)
    return is_working and group.window_s >= WINDOW_S and group.verdict == "ok"


def test_a_group_that_keeps_up_is_ok_and_when_it_is_killed_it_is_stopped(
    settings: Settings, look: Look, tmp_path: Path
) -> None:
    send(settings, 50)
    with inflow(settings, 20), member(settings, tmp_path, 500, 0.1) as process:
        wait_until(lambda: look().members == 1, "a member")
        wait_until(lambda: keeps_up(look), "a full window of a group that keeps up")
        process.kill()
        group = becomes(look, "stopped")
        assert group.members == 0
        assert group.lag > 0
        assert any(one.rate_in and one.rate_in > 1 for one in group.partitions)


def test_a_group_that_is_paused_is_stalled(settings: Settings, look: Look, tmp_path: Path) -> None:
    send(settings, 20)
    with member(settings, tmp_path, 0, 0.1):
        group = becomes(look, "stalled")
        assert group.members == 1
        assert group.partitions[0].verdict == "stalled"
        assert group.partitions[1].verdict == "ok", "there is nothing to read in it"


def test_a_group_that_is_starved_is_behind(settings: Settings, look: Look, tmp_path: Path) -> None:
    send(settings, 300)
    send(settings, 300, partition=1)
    with inflow(settings, 100), member(settings, tmp_path, 4, 0.2):
        group = becomes(look, "behind")
        assert any(one.rate_out and one.rate_in and one.rate_in > one.rate_out for one in group.partitions)
        assert all(one.catch_up_s is None for one in group.partitions if one.verdict == "behind")


def test_a_group_that_is_set_back_is_rewound(
    settings: Settings, client: KafkaAdminClient, look: Look
) -> None:
    send(settings, 20)
    commit(settings, client, {0: 20})
    assert look().verdict == "ok"
    commit(settings, client, {0: 5})
    group = look()
    assert group.verdict == "rewound"
    assert group.lag == 15


def test_markers_and_aborted_records_are_no_lag(
    settings: Settings, client: KafkaAdminClient, look: Look
) -> None:
    producer = KafkaProducer(
        bootstrap_servers=settings.kafka.bootstrap_servers, transactional_id=settings.topics.raw
    )
    producer.init_transactions()
    for count, ends_well in ((3, True), (2, False), (4, True)):
        producer.begin_transaction()
        for _ in range(count):
            producer.send(settings.topics.raw, value=b"x", partition=0)
        producer.flush(30)
        (producer.commit_transaction if ends_well else producer.abort_transaction)()
    # offsets: 0–2, marker 3, aborted 4–5, marker 6, 7–10, marker 11
    assert look().lag == 7, "three and four records, none of the markers and of the aborted"
    commit(settings, client, {0: 3})
    assert look().lag == 4
    commit(settings, client, {0: 11})
    group = look()
    assert (group.lag, group.lag_s, group.verdict) == (0, 0, "ok"), "only a marker is left"

    producer.begin_transaction()
    producer.send(settings.topics.raw, value=b"x", partition=0).get(30)
    standing = look().partitions[0].standing
    assert (standing.lag, standing.held) == (0, 1), "nobody can read it yet"
    producer.commit_transaction()
    producer.close()
    wait_until(lambda: look().lag == 1, "the record can be read")


def test_a_log_that_moved_on_and_partitions_that_come_and_go_are_said(
    settings: Settings, client: KafkaAdminClient, look: Look
) -> None:
    send(settings, 10)
    commit(settings, client, {0: 2, 1: 0})
    client.delete_records({TopicPartition(settings.topics.raw, 0): 6})
    standing = look().partitions[0].standing
    assert (standing.lag, standing.unread) == (4, 4)
    client.create_partitions({settings.topics.raw: 3})
    wait_until(lambda: len(look().partitions) == 3, "the new partition")
    send(settings, 5, partition=2)
    assert look().partitions[2].standing.lag == 5

    client.delete_topics([settings.topics.raw])
    wait_until(lambda: _exists(look) is False, "the topic is gone")
    with pytest.raises(FatalError, match="winnow topics create"):
        look()
    client.create_topics([NewTopic(settings.topics.raw, 2, 1)])
    wait_until(lambda: _exists(look) is True, "the topic is back")

    def is_rewound() -> bool:
        """Kafka forgets the offsets of a deleted topic some time after it, this new commit among them."""
        commit(settings, client, {0: 2, 1: 0})
        return look().partitions[0].verdict == "rewound"

    wait_until(is_rewound, "rewound: offset 2 is committed, the new log ends at 0")


def _exists(look: Look) -> bool | None:
    """None: it comes or goes just now, and one broker's answers do not fit together."""
    try:
        look()
    except FatalError:
        return False
    except TransientError:
        return None
    return True


def test_the_age_of_the_oldest_record_is_read_from_the_log(
    settings: Settings, client: KafkaAdminClient, look: Look
) -> None:
    hour_ago_ms = round((time.time() - 3600) * 1000)
    send(settings, 1, timestamp_ms=hour_ago_ms - 3_600_000)
    send(settings, 1, timestamp_ms=hour_ago_ms)
    send(settings, 1)
    commit(settings, client, {0: 1})
    assert look().lag_s == pytest.approx(3600, abs=900)
    commit(settings, client, {0: 2})
    age_s = look().lag_s
    assert age_s is not None
    assert age_s < 900


@pytest.fixture
def beside(settings: Settings, look: Look) -> Callable[[], None]:
    """Holds what we say of a group against what Kafka's own tool says of it."""
    if not list((CACHE / "libs").glob("kafka-tools-*.jar")):
        pytest.skip("Kafka's tools are not in .cache/kafka (they come with the local broker's artifacts)")
    return lambda: _compare(look(), theirs(settings))


def _compare(ours: GroupLag, theirs: Mapping[int, tuple[int | None, int, int | None]]) -> None:
    assert {
        one.partition: (one.standing.committed, one.standing.end, one.standing.lag) for one in ours.partitions
    } == theirs


def test_the_numbers_are_those_of_kafkas_own_tool_where_that_is_right(
    settings: Settings, client: KafkaAdminClient, beside: Callable[[], None]
) -> None:
    send(settings, 30)
    send(settings, 7, partition=1)
    commit(settings, client, {0: 11, 1: 7})
    assert theirs(settings) == {0: (11, 30, 19), 1: (7, 7, 0)}
    beside()


def test_the_numbers_of_a_group_at_work_are_those_of_kafkas_own_tool(
    settings: Settings, look: Look, beside: Callable[[], None], tmp_path: Path
) -> None:
    send(settings, 2000)
    send(settings, 1000, partition=1)
    with member(settings, tmp_path, 5, 0.1, session_s=60) as process:
        wait_until(lambda: all(one.standing.committed for one in look().partitions), "commits to both")
        process.send_signal(signal.SIGSTOP)  # the two must look at the same moment, and a JVM is slow
        beside()
        first = look().lag
        process.send_signal(signal.SIGCONT)
        wait_until(lambda: look().lag < first - 20, "progress")
        process.kill()
        process.wait()
    assert 0 < look().lag < first, "still amid the work"
    beside()


def test_where_kafkas_own_tool_is_wrong_we_are_not(
    settings: Settings, client: KafkaAdminClient, look: Look
) -> None:
    if not list((CACHE / "libs").glob("kafka-tools-*.jar")):
        pytest.skip("Kafka's tools are not in .cache/kafka (they come with the local broker's artifacts)")
    producer = KafkaProducer(
        bootstrap_servers=settings.kafka.bootstrap_servers, transactional_id=settings.topics.raw
    )
    producer.init_transactions()
    producer.begin_transaction()
    producer.send(settings.topics.raw, value=b"x", partition=0)
    producer.commit_transaction()  # 0 is a record, 1 the marker
    producer.close()
    send(settings, 3, partition=1)
    commit(settings, client, {0: 1})
    assert theirs(settings) == {0: (1, 2, 1)}, (
        "a marker is lag to it, and it does not show the other partition"
    )
    assert [one.standing.lag for one in look().partitions] == [0, 3]


def theirs(settings: Settings) -> dict[int, tuple[int | None, int, int | None]]:
    """What kafka-consumer-groups says: GROUP TOPIC PARTITION CURRENT-OFFSET LOG-END-OFFSET LAG …"""
    tool = "org.apache.kafka.tools.consumer.group.ConsumerGroupCommand"
    command = ["java", "-cp", f"{CACHE}/libs/*", tool, "--bootstrap-server", settings.kafka.bootstrap_servers]
    command += ["--describe", "--offsets", "--group", settings.kafka.group_id]
    done = subprocess.run(command, capture_output=True, text=True, timeout=processes.GIVE_UP_S, check=True)
    rows = [line.split() for line in done.stdout.splitlines() if settings.topics.raw in line]
    return {int(row[2]): (_number(row[3]), int(row[4]), _number(row[5])) for row in rows}


def _number(text: str) -> int | None:
    return None if text == "-" else int(text)


def test_the_service_exports_while_no_worker_lives_and_stops_on_sigterm(
    settings: Settings, client: KafkaAdminClient, environment: Mapping[str, str], tmp_path: Path
) -> None:
    send(settings, 6)
    port = processes.free_port()
    command = [*WINNOW, "lag", "--serve", str(port), "--every", "200ms"]
    service = processes.start(command, tmp_path / "lag.log", env={**os.environ, **environment})

    def exported() -> str:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=5) as answer:
                return str(answer.read().decode())
        except OSError:
            return ""

    labels = f'consumergroup="{settings.kafka.group_id}",partition="0"'
    topic = f'topic="{settings.topics.raw}"'
    wait_until(lambda: f'status="stopped",{topic}}} 1.0' in exported(), "the verdict")
    assert f"kafka_consumergroup_lag{{{labels},{topic}}} 6.0" in exported()
    service.terminate()
    assert service.wait(processes.GIVE_UP_S) == 0


def test_the_command_answers_programs_and_fails_over_a_limit(
    settings: Settings, client: KafkaAdminClient, environment: Mapping[str, str]
) -> None:
    send(settings, 2, timestamp_ms=round((time.time() - 600) * 1000))
    done = in_a_process(environment, "lag", "--json", "--fail-over", "5m")
    assert done.returncode == 1
    assert re.search(r"waits for 1\dm \(--fail-over 5m\)", done.stderr)
    told = json.loads(done.stdout)
    assert (told["lag"], told["status"], told["members"]) == (2, "stopped", 0)
    assert told["lag_seconds"] >= 600
    assert in_here(environment, "lag", "--fail-over", "1h").returncode == 0
    assert in_here(environment, "lag", "--fail-over", "soon").returncode == 2
