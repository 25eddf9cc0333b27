"""The topics of a test: made as `winnow topics create` makes them, and read to their ends."""

from __future__ import annotations

from contextlib import closing

from worker.adapters.kafka_admin import KafkaAdmin
from worker.adapters.kafka_reader import KafkaReader
from worker.ops.topics import create_topics
from worker.outcome import header
from worker.ports import RawRecord
from worker.settings import Settings


def with_topics(settings: Settings, partitions: int | None = None) -> Settings:
    """The same settings, with so many partitions if that is said; the four topics are there now."""
    if partitions:
        topics = settings.topics.model_copy(update={"partitions": partitions})
        settings = settings.model_copy(update={"topics": topics})
    with closing(KafkaAdmin(settings)) as admin:
        list(create_topics(settings, admin))
    return settings


def records_in(settings: Settings, topic: str) -> list[RawRecord]:
    """All committed records, header keys as they are."""
    with closing(KafkaReader(settings)) as reader:
        return list(reader.read(topic, reader.bounds(topic)))


def replays_in(settings: Settings) -> list[RawRecord]:
    """The raw records that were sent again."""
    raw = records_in(settings, settings.topics.raw)
    return [record for record in raw if header(record.headers, "winnow.replay.origin")]
