"""The audit and its repair on a real Kafka, with outcomes made by hand."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, replace
from typing import Any

import pytest
from kafka import KafkaProducer, TopicPartition
from kafka.admin import KafkaAdminClient
from kafka.errors import KafkaError
from kafka.structs import OffsetAndMetadata
from typer.testing import CliRunner

from tests.services.processes import wait_until
from tests.services.topics import replays_in, with_topics
from worker.adapters.kafka_admin import KafkaAdmin
from worker.adapters.kafka_reader import KafkaReader, LogMoved
from worker.adapters.kafka_replayer import Replay, Replayer
from worker.bootstrap import claims_of
from worker.cli import app
from worker.errors import FatalError
from worker.ops.audit import ACKNOWLEDGED, REBUILT, audit
from worker.ops.audit_findings import Findings
from worker.ops.audit_repair import repair
from worker.outcome import sha256_of
from worker.ports import Identity, RawRecord
from worker.settings import Settings
from worker.stages.fingerprint import owner_of

pytestmark = pytest.mark.kafka


@dataclass
class Topics:
    """The four topics of one test; what was sent where."""

    settings: Settings
    producer: Any
    client: KafkaAdminClient

    def send(self, value: bytes, partition: int = 0, **more: Any) -> int:
        """A raw record; its offset."""
        return self._sent(self.settings.topics.raw, value, partition, **more)

    def clean(self, offset: int, partition: int = 0, **fields: Any) -> None:
        name = f"{partition}@{offset}"
        article = {"id": name, "canonical_url": None, "version": 1} | fields
        self.publish(self.settings.topics.clean, (partition, offset), json.dumps(article).encode())

    def duplicate(self, offset: int, of: tuple[int, int], partition: int = 0) -> None:
        original = {"topic": self.settings.topics.raw, "partition": of[0], "offset": of[1]}
        value = json.dumps({"id": "x", "duplicate_of_origin": original}).encode()
        self.publish(self.settings.topics.duplicates, (partition, offset), value)

    def dead(self, offset: int, partition: int = 0, to: int = 0) -> None:
        value = f"{partition}@{offset}".encode()
        self.publish(self.settings.topics.dead_letters, (partition, offset), value, to)

    def publish(self, topic: str, place: tuple[int, int], value: bytes, to: int = 0) -> None:
        received = f"{place[0]}@{place[1]}".encode()
        headers = [
            ("winnow.origin.topic", self.settings.topics.raw.encode()),
            ("winnow.origin.partition", b"%d" % place[0]),
            ("winnow.origin.offset", b"%d" % place[1]),
            ("winnow.origin.sha256", hashlib.sha256(received).hexdigest().encode()),
        ]
        self._sent(topic, value, to, headers=headers)

    def commit(self, offsets: Mapping[int, int]) -> None:
        wanted = {
            TopicPartition(self.settings.topics.raw, p): OffsetAndMetadata(offset, "", -1)
            for p, offset in offsets.items()
        }

        def is_taken() -> bool:
            try:
                self.client.alter_group_offsets(self.settings.kafka.group_id, wanted)
            except KafkaError:  # the broker's very first group: it makes the offsets topic
                return False
            return True

        wait_until(is_taken, "a group coordinator")

    def delete(self, topic: str, before: int, partition: int = 0) -> None:
        self.client.delete_records({TopicPartition(topic, partition): before})

    def audited(self) -> Findings:
        with closing(KafkaAdmin(self.settings)) as admin, closing(KafkaReader(self.settings)) as reader:
            return audit(self.settings, admin, reader, lambda *_: None, round(time.time() * 1000))

    def _sent(self, topic: str, value: bytes | None, partition: int, **more: Any) -> int:
        more.setdefault("key", b"k")
        future = self.producer.send(topic, value=value, partition=partition, **more)
        self.producer.flush(30)
        return int(future.get(timeout=30).offset)


@pytest.fixture
def topics(settings: Settings) -> Iterator[Topics]:
    """Two partitions each, nothing in them."""
    two = with_topics(settings, partitions=2)
    servers = two.kafka.bootstrap_servers
    producer, client = KafkaProducer(bootstrap_servers=servers), KafkaAdminClient(bootstrap_servers=servers)
    yield Topics(two, producer, client)
    producer.close()
    client.close()


def raw_records(topics: Topics, count: int, partition: int = 0) -> None:
    for offset in range(count):
        assert topics.send(f"{partition}@{offset}".encode(), partition) == offset


def test_a_world_in_order_is_ok_and_what_is_not_committed_is_pending(topics: Topics) -> None:
    raw_records(topics, 4)
    raw_records(topics, 2, partition=1)
    topics.clean(0)
    topics.duplicate(1, of=(0, 0))
    topics.dead(2)
    topics.commit({0: 3})
    found = topics.audited()
    assert found.ok
    assert found.counts["raw"] == 3
    assert (found.counts["clean"], found.counts["duplicates"], found.counts["dead_letters"]) == (1, 1, 1)
    assert found.counts["pending"] == 3
    assert found.ranges["pending"] == {0: (3, 3), 1: (0, 1)}  # partition 1 was never committed


def test_markers_and_aborted_records_are_gaps_and_not_losses(topics: Topics) -> None:
    producer = KafkaProducer(
        bootstrap_servers=topics.settings.kafka.bootstrap_servers,
        transactional_id=topics.settings.topics.raw,
    )
    producer.init_transactions()
    for value, ends_well in ((b"0@0", True), (b"aborted", False), (b"0@4", True)):
        producer.begin_transaction()
        producer.send(topics.settings.topics.raw, value=value, partition=0)
        if ends_well:
            producer.commit_transaction()
        else:
            producer.flush(30)
            producer.abort_transaction()
    producer.close()
    topics.clean(0)
    topics.clean(4)
    topics.commit({0: 6})
    found = topics.audited()
    assert found.ok, found.violations
    assert found.counts["raw"] == 2
    topics.clean(2)  # an outcome of the aborted record
    assert topics.audited().broken == {"invented": 1}


def test_violations_are_named_by_origin_and_make_the_command_fail(
    topics: Topics, environment: Mapping[str, str]
) -> None:
    raw_records(topics, 7)
    topics.clean(0)
    topics.clean(1)
    topics.clean(1)
    topics.publish(topics.settings.topics.dead_letters, (0, 2), b"other bytes")
    topics.duplicate(3, of=(0, 3))
    topics.duplicate(4, of=(1, 9))
    topics.clean(5, id="0@0")
    topics.commit({0: 7})
    done = CliRunner().invoke(app, ["audit", "--json"], env=dict(environment))
    told = json.loads(done.stdout)
    assert isinstance(done.exception, FatalError)
    assert told["ok"] is False
    assert [(one["kind"], one["offset"]) for one in told["by_origin"]] == [
        ("doubled", 1),
        ("changed", 2),
        ("self", 3),
        ("dangling", 4),
        ("repeated_version", 5),
        ("lost", 6),
    ]


def test_what_retention_took_from_either_side_is_counted_apart(topics: Topics) -> None:
    raw_records(topics, 5)
    for offset in range(4):
        topics.clean(offset)
    topics.commit({0: 5})
    topics.delete(topics.settings.topics.raw, 1)
    topics.delete(topics.settings.topics.clean, 3)
    found = topics.audited()
    assert found.ranges["aged_out"] == {0: (1, 2)}
    assert [(v.kind, v.offset) for v in found.violations] == [("lost", 4)]


def test_an_emptied_topic_hides_what_was_purged_and_nothing_that_came_later(topics: Topics) -> None:
    raw_records(topics, 3)
    topics.dead(0)
    topics.clean(1)
    topics.commit({0: 3})
    topics.delete(topics.settings.topics.dead_letters, 1)
    found = topics.audited()
    assert found.ranges["aged_out"] == {0: (0, 0)}
    assert found.broken == {"unexplained": 1}, "retention did not take it; somebody may have deleted it"
    admin = KafkaAdmin(topics.settings)
    admin.note_purge(topics.settings.kafka.group_id, topics.settings.topics.dead_letters, {0: 1}, 1)
    admin.close()
    found = topics.audited()
    assert found.ranges["aged_out"] == {0: (0, 0)}
    assert found.broken == {"lost": 1}, "the purge was before"


def test_records_that_were_gone_before_they_were_read_are_counted_apart(topics: Topics) -> None:
    raw_records(topics, 4)
    topics.clean(0)
    topics.commit({0: 1})
    topics.delete(topics.settings.topics.raw, 3)
    found = topics.audited()
    assert found.ranges["unread"] == {0: (1, 2)}
    assert found.ranges["pending"] == {0: (3, 3)}


class Overtaken(KafkaReader):
    """The first time that it is asked where a topic begins, it tells what was true a moment ago."""

    asked = 0

    def bounds(self, topic: str) -> dict[int, tuple[int, int]]:
        found = super().bounds(topic)
        self.asked += 1
        return {p: (0 if self.asked <= 5 else start, end) for p, (start, end) in found.items()}


def test_retention_that_overtakes_the_reading_makes_it_begin_again(topics: Topics) -> None:
    raw_records(topics, 4)
    for offset in range(4):
        topics.clean(offset)
    topics.commit({0: 4})
    topics.delete(topics.settings.topics.raw, 2)
    reader, admin = Overtaken(topics.settings), KafkaAdmin(topics.settings)
    found = audit(topics.settings, admin, reader, lambda *_: None, round(time.time() * 1000))
    with pytest.raises(LogMoved, match="retention deleted records"):
        list(reader.read(topics.settings.topics.raw, {0: (0, 4)}))
    assert reader.one(topics.settings.topics.raw, 0, 1) is None
    reader.close()
    admin.close()
    assert found.ok
    assert (found.counts["raw"], found.counts["aged_out"]) == (2, 2)


def test_a_topic_made_anew_is_said_in_words(topics: Topics) -> None:
    raw_records(topics, 2)
    topics.commit({0: 7})
    with pytest.raises(FatalError, match=r"offset 7 is committed, the log ends at 2: .* was made anew"):
        topics.audited()


def test_a_topic_that_is_not_there_is_said_in_words(topics: Topics) -> None:
    topics.client.delete_topics([topics.settings.topics.duplicates])
    with pytest.raises(FatalError, match="winnow topics create"):
        topics.audited()


def repaired(topics: Topics, found: Findings) -> tuple[int, int]:
    """How many orphans were sent, and how many had been sent before."""
    settings, claims = topics.settings, claims_of(topics.settings)
    with closing(Replayer(settings)) as replayer, closing(KafkaReader(settings)) as reader:
        done = repair(found.orphans, settings.topics.raw, reader, claims, replayer, lambda *_: None)
    assert (done.gone, done.refused) == ([], [])
    return done.sent, done.already


def test_orphans_are_sent_again_once_and_are_repaired_when_that_ends_well(topics: Topics) -> None:
    raw = topics.settings.topics.raw
    topics.send(b"0@0")
    topics.send(b"0@1", key=b"its key", headers=[("trace", b"t"), ("winnow.forged", b"x")])
    topics.dead(0)
    topics.duplicate(1, of=(0, 0))
    topics.commit({0: 2})
    claims = claims_of(topics.settings)
    dead = Identity(owner_of(raw, 0, 0, sha256_of(b"0@0")), "a", None, "h" * 32, 0, (raw, 0, 0))
    late = Identity(owner_of(raw, 0, 1, sha256_of(b"0@1")), "c", None, "i" * 32, 0, (raw, 0, 1))
    claims.claim([dead, late])

    found = topics.audited()
    assert found.orphans == [((0, 1), (0, 0))]
    assert not found.ok
    assert repaired(topics, found) == (1, 0)
    assert repaired(topics, found) == (0, 1)

    sent = replays_in(topics.settings)
    assert [(r.value, r.key) for r in sent] == [(b"0@1", b"its key")]
    assert dict(sent[0].headers) == {
        "trace": b"t",
        "winnow.replay.origin": f"{raw}:0:1".encode(),
        "winnow.attempts": b"1",
    }
    copy = Identity(owner_of(raw, 0, 9, "x"), "b", None, "h" * 32, 0, (raw, 0, 9))
    assert [answer.verdict for answer in claims.claim([copy])] == ["new"], "the dead claim is released"
    again = replace(late, owner="f" * 32, replaces=late.owner)
    assert [answer.verdict for answer in claims.claim([again])] == ["own"], "a late claim is taken over"

    topics.publish(topics.settings.topics.clean, (sent[0].partition, sent[0].offset), b"{}")
    topics.commit({sent[0].partition: sent[0].offset + 1})
    assert topics.audited().counts["orphan"] == 0


def test_the_command_repairs_once_and_fails_as_long_as_orphans_are_left(
    topics: Topics, environment: Mapping[str, str]
) -> None:
    raw_records(topics, 2)
    topics.dead(0)
    topics.duplicate(1, of=(0, 0))
    topics.commit({0: 2})

    def repair_by_command() -> str:
        done = CliRunner().invoke(app, ["audit", "--repair"], env=dict(environment))
        assert isinstance(done.exception, FatalError)
        assert "1 orphan" in str(done.exception)
        return " ".join(done.stderr.split())

    assert "1 orphans sent through again, 0 had been sent before" in repair_by_command()
    assert "0 orphans sent through again, 1 had been sent before" in repair_by_command()
    assert len(replays_in(topics.settings)) == 1


def test_of_two_replays_at_the_same_time_only_one_sends(topics: Topics) -> None:
    first, second = Replayer(topics.settings), Replayer(topics.settings)
    record = RawRecord(topics.settings.topics.raw, 0, 0, 0, b"k", b"0@0")
    with pytest.raises(FatalError, match="at the same time"):
        first.send([Replay(record, 1)])
    assert second.send([Replay(record, 1)]) == (1, [])
    first.close()
    second.close()
    assert len(replays_in(topics.settings)) == 1


def test_a_replay_that_the_topic_does_not_take_is_named_and_its_neighbours_are_sent(topics: Topics) -> None:
    import random

    raw = topics.settings.topics.raw
    big = random.Random(1).randbytes(topics.settings.topics.raw_max_message_bytes + 1024)
    replayer = Replayer(topics.settings)
    records = [RawRecord(raw, 0, offset, 0, b"k", value) for offset, value in enumerate((b"0", big, None))]
    assert replayer.send(Replay(record, 1) for record in records) == (2, [f"{raw}:0:1"])
    replayer.close()
    assert [record.value for record in replays_in(topics.settings)] == [b"0", None]


def test_what_operators_did_about_lost_claims_is_remembered_beside_the_offsets(topics: Topics) -> None:
    raw_records(topics, 2)
    topics.clean(0)
    topics.clean(1, id="0@0")
    topics.commit({0: 2})
    assert topics.audited().broken == {"repeated_version": 1}
    group, clean = topics.settings.kafka.group_id, topics.settings.topics.clean
    admin = KafkaAdmin(topics.settings)
    admin.note_loss(group, clean, REBUILT, 1)
    admin.note_loss(group, clean, ACKNOWLEDGED, round(time.time() * 1000) + 1000)
    assert admin.losses(group, clean)[REBUILT] == 1, "one word does not take back the other"
    admin.close()
    found = topics.audited()
    assert found.ok
    assert found.counts["acknowledged"] == 1
