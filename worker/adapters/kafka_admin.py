"""Topics, their settings and the group's committed offsets, by Kafka's admin API."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from kafka import TopicPartition
from kafka.admin import ConfigResource, ConfigResourceType, KafkaAdminClient, NewTopic
from kafka.errors import GroupIdNotFoundError, KafkaError, TopicAlreadyExistsError
from kafka.structs import OffsetAndMetadata

from worker.adapters.kafka_client import client_settings
from worker.errors import TransientError
from worker.settings import Settings


class KafkaAdmin:
    """Every method raises TransientError when Kafka is away or says no."""

    def __init__(self, settings: Settings) -> None:
        self._client = _asked(lambda: KafkaAdminClient(**client_settings(settings), client_id="winnow-admin"))

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
        """Makes a topic; False if it is there already."""
        new = NewTopic(topic, partitions, replication, topic_configs=dict(configuration))
        try:
            _asked(lambda: self._client.create_topics([new]))
        except TransientError as error:
            if isinstance(error.__cause__, TopicAlreadyExistsError):
                return False
            raise
        return True

    def configure(self, topic: str, configuration: Mapping[str, str]) -> None:
        """Sets these settings of a topic; the others stay."""
        resource = ConfigResource(ConfigResourceType.TOPIC, topic, configs=dict(configuration))
        _asked(lambda: self._client.alter_configs([resource]))

    def add_partitions(self, topic: str, total: int) -> None:
        """Raises the number of a topic's partitions to `total`."""
        _asked(lambda: self._client.create_partitions({topic: total}))

    def committed(self, group_id: str, topic: str) -> dict[int, int]:
        """The group's committed offsets of a topic; partitions without a commit are left out."""
        return {
            p.partition: found.offset
            for p, found in self._offsets(group_id).items()
            if p.topic == topic and found.offset >= 0
        }

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
        offsets = {
            TopicPartition(topic, p): OffsetAndMetadata(offset, str(at_ms), -1)
            for p, offset in before.items()
        }
        _asked(lambda: self._client.alter_group_offsets(_purge_group(group_id), offsets))

    def delete_records(self, topic: str, before: Mapping[int, int]) -> None:
        """Deletes, per partition, what is below an offset."""
        wanted = {TopicPartition(topic, p): offset for p, offset in before.items()}
        _asked(lambda: self._client.delete_records(wanted))

    def close(self) -> None:
        """Closes the connections."""
        self._client.close()

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


def _asked(call: Callable[[], Any]) -> Any:
    try:
        return call()
    except KafkaError as error:
        raise TransientError(f"Kafka: {error}") from error
