"""A member of a group to be watched: commits `batch` records every `pause_s` seconds, until it is killed.

Arguments: bootstrap servers, topic, group, batch, pause and session time-out in seconds. A batch of 0 holds
its partitions and reads nothing: a worker that is paused.
"""

from __future__ import annotations

import sys
import time

from kafka import KafkaConsumer

from worker.adapters.kafka_coordinator import GroupCoordinator


def main(servers: str, topic: str, group: str, batch: int, pause_s: float, session_s: int) -> None:
    consumer = KafkaConsumer(
        topic,
        bootstrap_servers=servers,
        group_id=group,
        auto_offset_reset="earliest",
        enable_auto_commit=False,
        session_timeout_ms=session_s * 1000,
        heartbeat_interval_ms=1000,
        max_poll_records=max(1, batch),
        max_partition_fetch_bytes=4096,
    )
    GroupCoordinator.take_over(consumer)  # or a join that ends between two polls may never end for the member
    while True:
        if not batch and (assigned := consumer.assignment()):
            consumer.pause(*assigned)
        if consumer.poll(timeout_ms=200):
            consumer.commit()
        time.sleep(pause_s)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4]), float(sys.argv[5]), int(sys.argv[6]))
