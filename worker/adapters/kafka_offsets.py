"""What a consumer asks the broker about offsets. All of them raise KafkaError but `caught_up`."""

from __future__ import annotations

from typing import Any

from kafka import TopicPartition
from kafka.errors import KafkaError

WAIT_MS = 5000


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


def lost_range(consumer: Any, place: TopicPartition, wanted: int) -> tuple[int, int, str]:
    """Retention overtook the group: where the log begins, how many records nobody read, both in words."""
    start = int(consumer.beginning_offsets([place])[place])
    end = int(consumer.end_offsets([place])[place])
    lost = max(0, start - wanted)
    said = (
        f"{place.topic}-{place.partition}: offset {wanted} is gone, the log holds {start} to {end}"
        f" ({lost} records were never read)"
    )
    return start, lost, said
