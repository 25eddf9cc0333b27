"""The Broker port on a real Kafka: the rules P1 to P10 of delivery.md that are Kafka's."""

from __future__ import annotations

import random
import signal
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import replace
from typing import Any

import pytest
from kafka import KafkaConsumer, KafkaProducer, TopicPartition
from kafka.admin import KafkaAdminClient
from kafka.coordinator.assignors.range import RangePartitionAssignor
from kafka.errors import KafkaConnectionError
from kafka.protocol.consumer import SyncGroupRequest
from kafka.structs import OffsetAndMetadata
from prometheus_client import CollectorRegistry

from tests.services.kafka import Kafka
from tests.services.processes import repeating, wait_until
from tests.services.topics import records_in, with_topics
from worker.adapters import kafka_worker_clients
from worker.adapters.kafka import KafkaBroker
from worker.adapters.kafka_admin import KafkaAdmin
from worker.adapters.kafka_coordinator import GroupCoordinator
from worker.adapters.kafka_offsets import BEGAN_WITH
from worker.adapters.kafka_producer import OutcomeProducer, WireName
from worker.errors import CommitFailed, FatalError, Rebalanced, RecordRefused, TransientError
from worker.observe.metrics import Metrics
from worker.outcome import DeadLetter, message_of
from worker.ports import Batch, Message, RawRecord
from worker.settings import Settings

pytestmark = pytest.mark.kafka

Broker = Callable[..., KafkaBroker]


@pytest.fixture
def topics(settings: Settings) -> Settings:
    """The four topics, one partition each: order is then the order of sending."""
    return with_topics(settings, partitions=1)


@pytest.fixture
def broker(topics: Settings) -> Iterator[Broker]:
    """Makes members of the group, with settings of [kafka] that differ."""
    members: list[KafkaBroker] = []

    def make(name: str, **kafka: Any) -> KafkaBroker:
        own = topics.model_copy(update={"kafka": topics.kafka.model_copy(update=kafka)})
        members.append(KafkaBroker(own, name, Metrics(CollectorRegistry())))
        return members[-1]

    yield make
    for member in members:
        member.close(2)


def send(settings: Settings, *values: bytes | None, **more: Any) -> None:
    producer = KafkaProducer(bootstrap_servers=settings.kafka.bootstrap_servers, acks="all", linger_ms=50)
    futures = [producer.send(settings.topics.raw, value=value, key=b"k", **more) for value in values]
    producer.flush(30)
    assert all(future.succeeded() for future in futures)
    producer.close()


def send_transaction(settings: Settings, value: bytes) -> None:
    producer = KafkaProducer(
        bootstrap_servers=settings.kafka.bootstrap_servers, transactional_id=settings.topics.raw
    )
    producer.init_transactions()
    producer.begin_transaction()
    producer.send(settings.topics.raw, key=b"k", value=value)
    producer.commit_transaction()
    producer.close()


def polled(member: KafkaBroker, count: int = 1) -> Batch:
    """The next batch of so many records, through the rebalances of joining."""
    found: list[Batch] = []

    def has_come() -> bool:
        try:
            batch = member.poll(0.3, 500)
        except Rebalanced:
            member.rewind()
            found.clear()
            return False
        except TransientError:
            return False
        if batch.records:
            found.append(batch)
        return sum(len(one.records) for one in found) >= count

    wait_until(has_come, f"{count} records")
    return replace(found[-1], records=tuple(r for one in found for r in one.records))


def outcomes(batch: Batch) -> list[Message]:
    return [message_of(DeadLetter("decode", "not_json", "x"), record, None) for record in batch.records]


def dead_letters(settings: Settings) -> list[RawRecord]:
    return records_in(settings, settings.topics.dead_letters)


def add_partitions(settings: Settings, total: int) -> None:
    with closing(KafkaAdmin(settings)) as admin:
        admin.add_partitions(settings.topics.raw, total)


def delete_topic(settings: Settings, topic: str) -> None:
    with closing(KafkaAdminClient(bootstrap_servers=settings.kafka.bootstrap_servers)) as admin:
        admin.delete_topics([topic])
        wait_until(lambda: topic not in admin.list_topics(), "the topic is gone")


@pytest.fixture
def quick_metadata(monkeypatch: pytest.MonkeyPatch) -> None:
    """Members learn of changed topics within half a second."""
    monkeypatch.setattr(kafka_worker_clients, "METADATA_MS", 500)


def committed(settings: Settings) -> dict[int, int]:
    with closing(KafkaAdmin(settings)) as admin:
        return admin.committed(settings.kafka.group_id, settings.topics.raw)


def test_outcomes_and_offsets_become_visible_together(topics: Settings, broker: Broker) -> None:
    send(topics, b"1", b"2")
    member = broker("a")
    batch = polled(member, 2)
    assert dead_letters(topics) == []
    member.commit(outcomes(batch), batch, 7)
    assert [record.value for record in dead_letters(topics)] == [b"1", b"2"]
    assert committed(topics) == {0: 2}
    member.rewind()
    assert member.claimed_before() == 7


def test_a_group_that_starts_at_the_end_passes_over_nothing_once_it_has_started(
    topics: Settings, broker: Broker
) -> None:
    send(topics, b"before", b"before too")
    member = broker("a", start="latest")
    wait_until(lambda: polls_nothing(member) and committed(topics) == {0: 2}, "the start is remembered")
    send(topics, b"1")
    assert [record.value for record in polled(member).records] == [b"1"]
    member.rewind()  # the batch was lost
    assert [record.value for record in polled(member).records] == [b"1"]


def test_what_was_written_to_a_partition_before_a_worker_saw_it_is_read(
    topics: Settings, broker: Broker
) -> None:
    """`latest` says where the group begins, and it has begun."""
    send(topics, b"before")
    first = broker("a", start="latest")
    wait_until(lambda: polls_nothing(first) and committed(topics) == {0: 1}, "the start is remembered")
    first.close(2)
    add_partitions(topics, 3)
    send(topics, b"early", partition=2)
    second = broker("b", start="latest")
    assert [record.value for record in polled(second).records] == [b"early"]


def test_members_of_a_group_that_begins_all_begin_at_the_end(topics: Settings, broker: Broker) -> None:
    """Another one has remembered the start of its partition a moment before."""
    add_partitions(topics, 2)
    send(topics, b"before", partition=0)
    send(topics, b"before", partition=1)
    begun = {TopicPartition(topics.topics.raw, 0): OffsetAndMetadata(1, f"{BEGAN_WITH}2", -1)}
    with closing(KafkaAdminClient(bootstrap_servers=topics.kafka.bootstrap_servers)) as client:
        client.alter_group_offsets(topics.kafka.group_id, begun)
    member = broker("a", start="latest")
    wait_until(lambda: polls_nothing(member) and committed(topics) == {0: 1, 1: 1}, "both are at the end")


def test_amid_a_backlog_no_partition_waits_until_the_others_are_done(
    topics: Settings, broker: Broker
) -> None:
    add_partitions(topics, 3)
    text = random.Random(1).randbytes(5000)  # does not compress: so large is an article on the wire
    producer = KafkaProducer(bootstrap_servers=topics.kafka.bootstrap_servers, acks="all")
    for number in range(1500):
        producer.send(topics.topics.raw, value=text, partition=number % 3)
    producer.flush(30)
    producer.close()
    served = Counter(record.partition for record in polled(broker("a"), 450).records)
    assert min(served[partition] for partition in range(3)) >= 50, served


def test_a_join_that_ends_between_two_polls_is_not_made_again(topics: Settings, broker: Broker) -> None:
    member = broker("a")

    def is_given_its_partition() -> bool:
        with suppress(Rebalanced, TransientError):
            member.poll(0.001, 10)  # too short to see the end of a join, which ends until the next one
        return member.assigned() == 1

    wait_until(is_given_its_partition, "a partition")
    assert member._consumer.group_metadata().generation_id == 1


class SlowAssignor(RangePartitionAssignor):  # type: ignore[misc]
    """A leader that takes its time: the others know their generation long before their partitions."""

    @classmethod
    def assign(cls, cluster: Any, members: Any) -> Any:
        time.sleep(1)
        return super().assign(cluster, members)


@contextmanager
def slow_leader(settings: Settings) -> Iterator[None]:
    """Another member of the group, which shares the partitions out and gets none where there is one."""
    leader = KafkaConsumer(
        settings.topics.raw,
        bootstrap_servers=settings.kafka.bootstrap_servers,
        group_id=settings.kafka.group_id,
        client_id="zz-leader",
        heartbeat_interval_ms=500,
        partition_assignment_strategy=[SlowAssignor],
        auto_offset_reset="earliest",
        enable_auto_commit=False,
    )
    GroupCoordinator.take_over(leader)
    wait_until(lambda: leader.poll(timeout_ms=100) is not None and bool(leader.assignment()), "the leader")
    try:
        with repeating(lambda: leader.poll(timeout_ms=50)):
            yield
    finally:
        leader.close(autocommit=False)


def test_a_leader_that_learns_of_new_partitions_while_it_joins_gets_them(topics: Settings) -> None:
    """It joined before it knew the topic's partitions: it joins again, and shares them out between polls."""
    with slow_leader(topics):
        pass  # it has the partition


@pytest.mark.usefixtures("quick_metadata")
def test_partitions_that_are_added_while_it_runs_are_soon_a_members(topics: Settings, broker: Broker) -> None:
    send(topics, b"before")
    member = broker("w1")
    polled(member)
    add_partitions(topics, 2)
    send(topics, b"behind", partition=1)
    begun = time.monotonic()
    assert {record.value for record in polled(member, 2).records} == {b"before", b"behind"}
    assert time.monotonic() - begun < 60, "the client's own way is to look every five minutes"


def test_a_member_goes_back_to_what_is_committed_once_it_knows_its_partitions(
    topics: Settings, broker: Broker
) -> None:
    rewound: list[Any] = []

    def is_given_its_partition() -> bool:
        try:
            member.poll(0.05, 10)
        except Rebalanced:
            rewound.append(member.rewind())
        except TransientError:
            pass
        return bool(member.assigned() and rewound)

    with slow_leader(topics):
        member = broker("a")
        wait_until(is_given_its_partition, "a partition")
    assert rewound == [{(topics.topics.raw, 0): 0}]


def test_a_leader_whose_join_failed_half_done_joins_again(topics: Settings, broker: Broker) -> None:
    """New partitions called for the join; once they were shared out nothing does."""
    member = broker("a")
    wait_until(lambda: polls_nothing(member) and member.assigned() == 1, "the first partition")
    answers = iter([KafkaConnectionError("the connection broke")])
    instead_of_sync(member, lambda: next(answers, None), lambda: True)
    add_partitions(topics, 2)
    member._consumer._manager.cluster.request_update()  # or it looks after five minutes
    wait_until(lambda: polls_nothing(member) and member.assigned() == 2, "both partitions")


def instead_of_sync(
    member: KafkaBroker, failure: Callable[[], Exception | None], may_leave: Callable[[], bool]
) -> None:
    """The request for its partitions (SyncGroup) leaves late, or fails."""
    manager = member._consumer._coordinator._manager
    honest = manager.send

    async def sync(request: Any, **more: Any) -> Any:
        while not may_leave():
            await manager._net.sleep(0.05)
        if error := failure():
            raise error
        return await honest(request, **more)

    def send(request: Any, *place: Any, **more: Any) -> Any:
        return (
            sync(request, **more)
            if isinstance(request, SyncGroupRequest)
            else honest(request, *place, **more)
        )

    manager.send = send


def test_a_member_that_is_joining_commits_no_position_of_the_partitions_it_had(
    topics: Settings, broker: Broker
) -> None:
    """With its new generation the broker would take it, and rewind whoever has the partition now."""
    send_transaction(topics, b"1")
    member = broker("a")
    batch = polled(member)
    place = (topics.topics.raw, 0)
    member.commit(outcomes(batch), replace(batch, positions={place: 1}), 0)
    wait_until(lambda: member.poll(0.2, 10).positions == {place: 2}, "past the marker")
    joined = threading.Event()
    instead_of_sync(member, lambda: None, joined.is_set)
    member._consumer._coordinator.request_rejoin()
    positions: list[Any] = []

    def has_its_new_generation() -> bool:
        positions.append(member.poll(0.2, 10).positions)
        return bool(member._consumer.group_metadata().generation_id > batch.fence.generation_id)

    wait_until(has_its_new_generation, "the join")
    positions += [member.poll(0.2, 10).positions for _ in range(3)]
    assert positions == [{}] * len(positions)
    joined.set()


def test_the_batch_of_a_member_that_lost_its_generation_is_refused(topics: Settings, broker: Broker) -> None:
    send(topics, b"1")
    first = broker("a")
    batch = polled(first)
    second = broker("b")
    with repeating(lambda: polls_nothing(second)):
        wait_until(lambda: loses_its_generation(first), "the rebalance")
        with pytest.raises(CommitFailed):
            first.commit(outcomes(batch), batch, 0)
    first._ready_producer()  # settles the transaction, which readers would else wait for until it times out
    assert dead_letters(topics) == []


def amid_a_transaction(member: KafkaBroker) -> tuple[Batch, OutcomeProducer]:
    """A batch whose outcomes are written, and not committed yet."""
    batch = polled(member)
    producer = member._ready_producer()
    producer.begin_transaction()
    for message in outcomes(batch):
        member._sent(producer, message, [])
    producer.flush(10)
    return batch, producer


def loses_its_generation(member: KafkaBroker) -> bool:
    try:
        member.keep_alive()
    except Rebalanced:
        return True
    time.sleep(0.1)
    return False


@pytest.mark.parametrize("isolation", ["read_committed", "read_uncommitted"])
def test_offsets_are_read_only_when_they_are_stable(
    topics: Settings, broker: Broker, isolation: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """P3: between the offsets and the commit of its owner a partition changes hands. The mutant that reads
    uncommitted finds the old offset, and would publish the record a second time."""
    honest = KafkaConsumer
    monkeypatch.setattr(
        kafka_worker_clients, "KafkaConsumer", lambda **more: honest(**{**more, "isolation_level": isolation})
    )
    send(topics, b"1")
    first = broker("a", transaction_timeout_ms=300_000)
    batch, producer = amid_a_transaction(first)
    place = TopicPartition(topics.topics.raw, 0)
    producer.add_offsets({place: OffsetAndMetadata(1, "", -1)}, batch.fence, 10)
    first._consumer.close(autocommit=False)  # it leaves the group; its transaction is still open
    second = broker("b")
    wait_until(lambda: is_rebalanced(second), "an assignment")
    is_known = threading.Event()

    def end() -> None:
        is_known.wait(3)
        producer.end(10)

    commit = threading.Thread(target=end)
    commit.start()
    (position,) = second.rewind().values()
    is_known.set()
    commit.join()
    assert position == (1 if isolation == "read_committed" else 0)


def is_rebalanced(member: KafkaBroker) -> bool:
    try:
        member.poll(0.2, 1)
    except Rebalanced:
        return True
    return False


def test_a_worker_that_dies_inside_its_transaction_leaves_nothing_behind(
    topics: Settings, broker: Broker
) -> None:
    send(topics, b"1")
    first = broker("a")
    amid_a_transaction(first)
    first._consumer.close(autocommit=False)
    again = broker("a")  # the same name: the same transactional id settles what was left open
    second = polled(again)
    assert [record.value for record in second.records] == [b"1"]
    again.commit(outcomes(second), second, 0)
    assert [record.value for record in dead_letters(topics)] == [b"1"]


def test_outcomes_of_a_clock_that_is_two_hours_ahead_are_taken_and_bear_the_brokers_time(
    topics: Settings,
) -> None:
    producer = KafkaProducer(bootstrap_servers=topics.kafka.bootstrap_servers)
    ahead_ms = round((time.time() + 7200) * 1000)
    producer.send(topics.topics.dead_letters, value=b"x", timestamp_ms=ahead_ms).get(30)
    producer.close()
    assert abs(dead_letters(topics)[0].timestamp_ms / 1000 - time.time()) < 600


def test_whatever_was_received_can_be_written_as_a_dead_letter(topics: Settings, broker: Broker) -> None:
    """Header keys that are not UTF-8, neither key nor value, null header values (written empty)."""
    headers = [(WireName(b"\xff\xfe".decode("utf-8", "surrogateescape")), b"v"), ("plain", b"\x00")]
    send(topics, b"1", None, b"3", headers=headers)
    member = broker("a")
    batch = polled(member, 3)
    assert [record.value for record in batch.records] == [b"1", None, b"3"]
    nothing = replace(batch.records[1], key=None, headers=(("empty", None), *batch.records[1].headers))
    batch = replace(batch, records=(batch.records[0], nothing, batch.records[2]))
    member.commit(outcomes(batch), batch, 0)
    letters = dead_letters(topics)
    assert [letter.value for letter in letters] == [b"1", None, b"3"]
    assert letters[1].key is None
    assert ("empty", b"") in letters[1].headers
    assert ("\udcff\udcfe", b"v") in letters[0].headers


def test_a_record_that_the_topic_refuses_is_named(topics: Settings, broker: Broker) -> None:
    send(topics, b"1")
    member = broker("a")
    batch = polled(member)
    big = replace(outcomes(batch)[0], value=incompressible(topics.topics.raw_max_message_bytes + 2**20))
    with pytest.raises(RecordRefused) as refused:
        member.commit([big], batch, 0)
    assert refused.value.origin == (topics.topics.raw, 0, 0)
    assert refused.value.was_dead_letter
    member.commit(outcomes(batch), batch, 0)
    assert len(dead_letters(topics)) == 1


def test_a_transaction_that_may_not_last_so_long_stops_the_worker(topics: Settings, broker: Broker) -> None:
    send(topics, b"{}")
    member = broker("a", transaction_timeout_ms=3_600_000)
    batch = polled(member)
    with pytest.raises(FatalError, match=r"kafka\.transaction_timeout_ms is more than the brokers allow"):
        member.commit([], batch, 0)


def test_a_clean_topic_made_anew_under_a_worker_stops_it(topics: Settings, broker: Broker) -> None:
    """What the claims call a copy from then on would point at an article that went with the old one."""
    send(topics, b"1", b"2")
    member = broker("a", request_timeout_ms=6000)
    batch = polled(member, 2)
    member.commit([], Batch((), {}, batch.fence), 0)
    delete_topic(topics, topics.topics.clean)
    clean = [replace(message, role="clean") for message in outcomes(batch)]
    with pytest.raises(CommitFailed):
        member.commit(clean, batch, 0)
    with_topics(topics)
    with pytest.raises(FatalError, match=rf"{topics.topics.clean} was made anew"):
        member.commit(clean, batch, 0)
    assert not records_in(topics, topics.topics.clean)


@pytest.mark.usefixtures("quick_metadata")
def test_who_has_nothing_because_the_raw_topic_is_gone_is_no_spare(topics: Settings, broker: Broker) -> None:
    send(topics, b"1")
    member = broker("a")
    polled(member)
    spare = broker("b")

    def step(one: KafkaBroker) -> int | None:
        with suppress(Rebalanced, TransientError):
            one.poll(0.1, 1)
        return one.assigned()

    wait_until(lambda: {step(member), step(spare)} == {1, 0}, "one of two has the partition")
    delete_topic(topics, topics.topics.raw)
    wait_until(lambda: {step(member), step(spare)} == {None}, "neither is ready")


def test_a_commit_that_a_missing_topic_keeps_back_says_that_nobody_answered(
    topics: Settings, broker: Broker
) -> None:
    """And not that our producer was closed, which is what became of it."""
    send(topics, b"1", b"2")
    member = broker("a", request_timeout_ms=6000)
    batch = polled(member, 2)
    member.commit(outcomes(batch), batch, 0)
    send(topics, b"3")
    batch = polled(member)
    delete_topic(topics, topics.topics.dead_letters)
    with pytest.raises(CommitFailed) as caught:
        member.commit(outcomes(batch), batch, 0)
    assert "Timeout" in str(caught.value)


def test_of_many_records_the_refused_one_is_named_not_those_that_wait_behind_it(
    topics: Settings, broker: Broker
) -> None:
    """The client tells the error of the transaction to every record that it had not sent yet."""
    send(topics, *[b"%d" % number for number in range(60)])
    member = broker("a")
    batch = polled(member, 60)
    limit = topics.topics.raw_max_message_bytes
    messages = [replace(one, value=incompressible(limit // 2)) for one in outcomes(batch)]
    messages[5] = replace(messages[5], value=incompressible(limit + 2**20))
    with pytest.raises(RecordRefused) as refused:
        member.commit(messages, batch, 0)
    assert refused.value.origin == messages[5].origin


def test_a_commit_that_nobody_answers_is_a_lost_batch(topics: Settings, broker: Broker, kafka: Kafka) -> None:
    """Nobody knows whether it was committed: a new producer settles it, then the broker is asked (P2)."""
    if not kafka.is_ours:
        pytest.skip("this Kafka cannot be frozen from here")
    send(topics, b"1")
    member = broker("a", request_timeout_ms=5000)
    batch = polled(member)
    member._ready_producer()  # or it would only fail to connect
    kafka.signal(signal.SIGSTOP)
    try:
        with pytest.raises(CommitFailed):
            member.commit(outcomes(batch), batch, 0)
    finally:
        kafka.signal(signal.SIGCONT)
    wait_until(lambda: rewinds(member), "the broker is back")

    def settles() -> bool:
        if committed(topics) == {0: 1}:
            return True
        again = polled(member)
        try:
            member.commit(outcomes(again), again, 0)
        except CommitFailed:  # the frozen broker expelled the member meanwhile: as the runner does, once more
            rewinds(member)
            return False
        return True

    wait_until(settles, "the batch is committed")
    assert [record.value for record in dead_letters(topics)] == [b"1"]


def polls_nothing(member: KafkaBroker) -> bool:
    try:
        return not member.poll(0.3, 500).records
    except Rebalanced:
        return rewinds(member)


def rewinds(member: KafkaBroker) -> bool:
    try:
        member.rewind()
    except TransientError:
        return False
    return True


def incompressible(size: int) -> bytes:
    return random.Random(1).randbytes(size)


def test_a_batch_that_fails_its_crc_is_one_dead_letter_for_each_offset(
    topics: Settings, broker: Broker, kafka: Kafka
) -> None:
    if not kafka.is_ours or kafka.folder is None:
        pytest.skip("this Kafka's log cannot be reached from here")
    send(topics, b"good")
    send(topics, b"first" * 100, b"second" * 100)
    send(topics, b"good again")
    (segment,) = (kafka.folder / "data" / f"{topics.topics.raw}-0").glob("*.log")
    content = bytearray(segment.read_bytes())
    content[content.index(b"secondsecond")] ^= 0xFF
    segment.write_bytes(content)
    records = polled(broker("a"), 4).records
    assert [record.value for record in records] == [b"good", None, None, b"good again"]
    assert [record.undecodable for record in records][1:3] == ["the batch fails its CRC check"] * 2
    assert [record.offset for record in records] == [0, 1, 2, 3]


def test_retention_that_overtook_the_group_stops_the_worker_and_says_the_range(
    topics: Settings, broker: Broker
) -> None:
    send(topics, b"1", b"2", b"3")
    member = broker("a")
    batch = replace(polled(member, 3), positions={(topics.topics.raw, 0): 1})
    member.commit([], batch, 0)
    cut_log(topics, 2)
    member.rewind()
    with pytest.raises(FatalError, match="offset 1 is gone, the log holds 2 to 3"):
        polled(member)


def test_going_on_after_a_lost_range_is_a_setting(topics: Settings, broker: Broker) -> None:
    send(topics, b"1", b"2", b"3")
    member = broker("a", on_range_lost="continue")
    batch = replace(polled(member, 3), positions={(topics.topics.raw, 0): 1})
    member.commit([], batch, 0)
    cut_log(topics, 2)
    member.rewind()
    assert [record.value for record in polled(member).records] == [b"3"]


@pytest.mark.parametrize("on_range_lost", ["stop", "continue"])
def test_a_log_that_ends_before_what_is_committed_stops_the_worker(
    topics: Settings, broker: Broker, on_range_lost: str
) -> None:
    """A broker that lost its disk, or an unclean election: it was not retention, and to begin again at the
    start of the log would publish all of it a second time."""
    send(topics, b"1", b"2", b"3")
    member = broker("a", on_range_lost=on_range_lost)
    batch = replace(polled(member, 3), positions={(topics.topics.raw, 0): 9})
    member.commit([], batch, 0)
    member.rewind()
    with pytest.raises(FatalError, match="offset 9 is committed, the log ends at 3"):
        polled(member)


def cut_log(settings: Settings, before: int) -> None:
    with closing(KafkaAdmin(settings)) as admin:
        admin.delete_records(settings.topics.raw, {0: before})


def test_markers_at_the_end_do_not_keep_a_group_from_being_caught_up(
    topics: Settings, broker: Broker
) -> None:
    """P5: crawlers may be transactional; the marker behind their last record is no lag."""
    send_transaction(topics, b"1")
    member = broker("a")
    batch = polled(member)
    member.commit(outcomes(batch), batch, 0)

    def is_caught_up() -> bool:
        idle = member.poll(0.2, 10)
        if idle.positions and not idle.records:
            member.commit([], idle, 0)
        return member.caught_up()

    wait_until(is_caught_up, "the end")
    assert committed(topics) == {0: 2}
