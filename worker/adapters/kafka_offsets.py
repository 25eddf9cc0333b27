"""What a consumer asks the broker about offsets. All of them raise KafkaError but `caught_up`."""

from __future__ import annotations

from typing import Any

from kafka import TopicPartition
from kafka.errors import KafkaError
from kafka.structs import OffsetAndMetadata

from worker.errors import FatalError

WAIT_MS = 5000
BEGAN_WITH = "began with "
"""Stands, with the number of partitions at that moment, beside the offset at which a group began."""


def caught_up(consumer: Any, topic: str) -> bool:
    """Whether the group has committed all that the topic holds; False while nobody answers."""
    try:
        places = [TopicPartition(topic, number) for number in consumer.partitions_for_topic(topic) or ()]
        ends = consumer.end_offsets(places)
        starts = consumer.beginning_offsets(places)
        done = {place: consumer.committed(place, timeout_ms=WAIT_MS) for place in places}
    except KafkaError:
        return False
    return bool(places) and all((done[p] if done[p] is not None else starts[p]) >= ends[p] for p in places)


def start_of(consumer: Any, place: TopicPartition, start: str) -> int:
    """Where a group begins on a partition on which it has committed nothing.

    The end moves on: unless it is remembered before anything is read, what was read and not yet committed
    would be passed over after a rewind. And it is for the group's first start: of a partition that was added
    since nobody has read what came before a worker saw it.
    """
    if start == "earliest" or _was_added(consumer, place):
        return int(consumer.beginning_offsets([place])[place])
    end = int(consumer.end_offsets([place])[place])
    count = len(consumer.partitions_for_topic(place.topic) or ())
    consumer.commit({place: OffsetAndMetadata(end, f"{BEGAN_WITH}{count}", -1)})
    return end


def _was_added(consumer: Any, place: TopicPartition) -> bool:
    """Whether the group began without this partition; in doubt it is read from its beginning.

    Of members that begin at the same moment one sees what another remembered, for partitions beside its own.
    """
    numbers = consumer.partitions_for_topic(place.topic) or ()
    places = [TopicPartition(place.topic, number) for number in numbers]
    told = [consumer.committed(one, metadata=True, timeout_ms=WAIT_MS) for one in places]
    notes = [one.metadata or "" for one in told if one is not None and one.offset >= 0]
    began_with = [int(note.removeprefix(BEGAN_WITH)) for note in notes if note.startswith(BEGAN_WITH)]
    return bool(notes) and place.partition >= max(began_with, default=0)


def lost_range(consumer: Any, place: TopicPartition, wanted: int) -> tuple[int, int, str]:
    """Retention overtook the group: where the log goes on, how many records nobody read, both in words.

    Raises FatalError where the log ends before it: to go on anywhere would publish a second time.
    """
    start = int(consumer.beginning_offsets([place])[place])
    end = int(consumer.end_offsets([place])[place])
    name = f"{place.topic}-{place.partition}"
    if wanted > end:
        raise FatalError(
            f"Kafka: {name}: offset {wanted} is committed, the log ends at {end}: the topic was made anew, "
            "or lost its end (use a new kafka.group_id and new outcome topics)"
        )
    lost = max(0, start - wanted)
    said = f"{name}: offset {wanted} is gone, the log holds {start} to {end} ({lost} records were never read)"
    return wanted + lost, lost, said
