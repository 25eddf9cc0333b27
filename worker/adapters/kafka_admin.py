"""Topics, their settings and the group's committed offsets, by Kafka's admin API."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from kafka import TopicPartition
from kafka.admin import ConfigResource, ConfigResourceType, KafkaAdminClient, NewTopic
from kafka.errors import (
    CoordinatorLoadInProgressError,
    CoordinatorNotAvailableError,
    GroupIdNotFoundError,
    KafkaError,
    NoError,
    NotCoordinatorError,
    TopicAlreadyExistsError,
)
from kafka.protocol.consumer.offsets import IsolationLevel, OffsetSpec
from kafka.structs import OffsetAndMetadata

from worker.adapters.kafka_client import client_settings, opened
from worker.errors import TransientError
from worker.settings import Settings

VISIBLE_S = 10.0
"""A new topic or partition is the controller's first; brokers hear of it a moment later."""

COORDINATOR_S = 10.0
NO_COORDINATOR = (CoordinatorNotAvailableError, CoordinatorLoadInProgressError, NotCoordinatorError)


class KafkaAdmin:
    """Every method raises TransientError when Kafka is away or says no."""

    def __init__(self, settings: Settings) -> None:
        self._client = _asked(
            lambda: opened(KafkaAdminClient, **client_settings(settings), client_id="winnow-admin")
        )

    def partitions(self, topics: Sequence[str]) -> dict[str, int]:
        """How many partitions each existing topic has."""
        told = _asked(lambda: self._client.describe_topics(list(topics)))
        return {one["name"]: len(one["partitions"]) for one in told if not one["error_code"]}

    def configuration(self, topic: str) -> dict[str, str]:
        """The settings of a topic, defaults included, as Kafka names them."""
        resource = ConfigResource(ConfigResourceType.TOPIC, topic)
        told = _asked(lambda: self._client.describe_configs([resource], config_filter="all"))
        return {name: entry["value"] for name, entry in told["topic"][topic].items()}

    def create(self, topic: str, partitions: int, replication: int, configuration: Mapping[str, str]) -> bool:
        """Makes a topic and waits until the broker we ask knows it; False if it is there already."""
        new = NewTopic(topic, partitions, replication, topic_configs=dict(configuration))
        try:
            _asked(lambda: self._client.create_topics([new]))
        except TransientError as error:
            if isinstance(error.__cause__, TopicAlreadyExistsError):
                return False
            raise
        self._until_known(topic, partitions)
        return True

    def configure(self, topic: str, configuration: Mapping[str, str]) -> None:
        """Sets these settings of a topic; the others stay."""
        resource = ConfigResource(ConfigResourceType.TOPIC, topic, configs=dict(configuration))
        # The broker checks the names; the client's own check trips over a topic that is new.
        _asked(lambda: self._client.alter_configs([resource], raise_on_unknown=False))

    def add_partitions(self, topic: str, total: int) -> None:
        """Raises the number of a topic's partitions to `total`, and waits as `create` does."""
        _asked(lambda: self._client.create_partitions({topic: total}))
        self._until_known(topic, total)

    def committed(self, group_id: str, topic: str) -> dict[int, int]:
        """The group's committed offsets of a topic; partitions without a commit are left out."""
        return {
            p.partition: found.offset
            for p, found in self._offsets(group_id).items()
            if p.topic == topic and found.offset >= 0
        }

    def claimed(self, group_id: str, topic: str) -> int:
        """How many claims had been made when the group committed: it stands beside its offsets."""
        told = [p.metadata or "" for place, p in self._offsets(group_id).items() if place.topic == topic]
        return max((int(count) for count in told if count.isdecimal()), default=0)

    def bounds(self, topic: str, partitions: Iterable[int]) -> dict[int, tuple[int, int, int]]:
        """Log start, last stable offset and high watermark of each partition."""
        places = [TopicPartition(topic, partition) for partition in partitions]

        def asked(spec: OffsetSpec, isolation: IsolationLevel) -> Any:
            return _asked(lambda: self._client.list_partition_offsets(dict.fromkeys(places, spec), isolation))

        starts = asked(OffsetSpec.EARLIEST, IsolationLevel.READ_COMMITTED)
        ends = asked(OffsetSpec.LATEST, IsolationLevel.READ_COMMITTED)
        highs = asked(OffsetSpec.LATEST, IsolationLevel.READ_UNCOMMITTED)
        return {p.partition: (starts[p].offset, ends[p].offset, highs[p].offset) for p in places}

    def offsets_at(self, topic: str, partitions: Iterable[int], at_ms: int) -> dict[int, int]:
        """The first offset of each partition that was written at this time or later, where there is any."""
        places = {TopicPartition(topic, partition): at_ms for partition in partitions}
        told = _asked(lambda: self._client.list_partition_offsets(places))
        return {place.partition: found.offset for place, found in told.items() if found.offset >= 0}

    def owners(self, group_id: str, topic: str) -> tuple[dict[int, str], int, bool]:
        """Which member has which partition, how many members there are, and whether it is rebalancing."""
        told = _asked(lambda: self._client.describe_groups([group_id]))[group_id]
        owners = {}
        for member in told["members"]:
            assignment = member["member_assignment"]
            for assigned in assignment["assigned_partitions"] if isinstance(assignment, dict) else ():
                if assigned["topic"] == topic:
                    named = f"{member['client_id']}{member['client_host']}"
                    owners.update(dict.fromkeys(assigned["partitions"], named))
        return owners, len(told["members"]), "Rebalance" in (told["group_state"] or "")

    def purged(self, group_id: str, topic: str) -> dict[int, int]:
        """When `note_purge` was last told of each partition, in milliseconds."""
        return {
            p.partition: int(found.metadata)
            for p, found in self._offsets(_purge_group(group_id)).items()
            if p.topic == topic and (found.metadata or "").isdecimal()
        }

    def note_purge(self, group_id: str, topic: str, before: Mapping[int, int], at_ms: int) -> None:
        """Leaves word, beside the offsets of a group of its own, of what was deleted on purpose and when:
        the topic itself does not tell, and the audit must."""
        self._leave_word(
            _purge_group(group_id),
            {
                TopicPartition(topic, p): OffsetAndMetadata(offset, str(at_ms), -1)
                for p, offset in before.items()
            },
        )

    def losses(self, group_id: str, topic: str) -> dict[str, int]:
        """When `note_loss` was last told of each remedy, in milliseconds."""
        found = self._offsets(_loss_group(group_id)).get(TopicPartition(topic, 0))
        told = (one.partition("=") for one in (found.metadata if found else "").split())
        return {remedy: int(at_ms) for remedy, _, at_ms in told if at_ms.isdecimal()}

    def note_loss(self, group_id: str, topic: str, remedy: str, at_ms: int) -> None:
        """Leaves word, as `note_purge` does, of what an operator did about a loss of claims, and when."""
        told = self.losses(group_id, topic) | {remedy: at_ms}
        metadata = " ".join(f"{one}={at}" for one, at in told.items())
        self._leave_word(
            _loss_group(group_id), {TopicPartition(topic, 0): OffsetAndMetadata(0, metadata, -1)}
        )

    def delete_records(self, topic: str, before: Mapping[int, int]) -> None:
        """Deletes, per partition, what is below an offset."""
        wanted = {TopicPartition(topic, p): offset for p, offset in before.items()}
        _asked(lambda: self._client.delete_records(wanted))

    def close(self) -> None:
        """Closes the connections."""
        self._client.close()

    def _until_known(self, topic: str, partitions: int) -> None:
        deadline = time.monotonic() + VISIBLE_S
        while self.partitions([topic]).get(topic, 0) < partitions and time.monotonic() < deadline:
            time.sleep(0.05)

    def _leave_word(self, group_id: str, offsets: Mapping[TopicPartition, OffsetAndMetadata]) -> None:
        told = _asked(lambda: self._client.alter_group_offsets(group_id, dict(offsets)))
        if refused := {error for error in told.values() if error is not NoError}:
            raise TransientError(f"Kafka: {group_id}: {refused.pop().__name__}")

    def _offsets(self, group_id: str) -> dict[Any, Any]:
        try:
            told: dict[str, dict[Any, Any]] = _asked(lambda: self._client.list_group_offsets(group_id))
        except TransientError as error:
            if isinstance(error.__cause__, GroupIdNotFoundError):
                return {}
            raise
        return told.get(group_id, {})


def _purge_group(group_id: str) -> str:
    return f"{group_id}.purged"


def _loss_group(group_id: str) -> str:
    return f"{group_id}.losses"


def said(error: KafkaError) -> str:
    """What the broker said: kafka-python puts the whole request and the whole answer around it."""
    told = str(error)
    before, dumped, answer = told.partition(": Request '")
    reason = re.search(r"error_message=(['\"])(.+?)\1[,)]", answer)
    return f"{before}: {reason[2]}" if reason else before if dumped else told


def _asked(call: Callable[[], Any]) -> Any:
    """Asks again while a coordinator is being found: a cluster's first group makes Kafka look for one."""
    deadline = time.monotonic() + COORDINATOR_S
    while True:
        try:
            return call()
        except KafkaError as error:
            if not isinstance(error, NO_COORDINATOR) or time.monotonic() > deadline:
                raise TransientError(f"Kafka: {said(error)}") from error
            time.sleep(0.2)
