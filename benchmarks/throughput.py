"""How fast the worker is, beside a bare loop in the same run: `python -m benchmarks.throughput`.

The bare loop does nothing but consume, produce in transactions and commit offsets, with the client settings,
batch size and codec of the worker. Both are measured by the timestamps of what they published: neither pays
for its start. Figures are a ratio: machines differ, and the broker runs on the same one.
"""

from __future__ import annotations

import argparse
import os
import random
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from statistics import median

import orjson
import psutil
from kafka import KafkaConsumer, KafkaProducer, TopicPartition
from kafka.structs import OffsetAndMetadata

from benchmarks.invented import paragraph
from tests.conftest import worker_environment
from tests.services.kafka import kafka_service
from tests.services.redis import redis_service
from worker.adapters.kafka_client import PRODUCER_BATCH
from worker.adapters.kafka_reader import KafkaReader
from worker.adapters.kafka_worker_clients import FETCH_BYTES
from worker.settings import Settings, load_settings

FACTS = 5260
"""Records per second of a tuned bare loop where the design was measured (two cores, 5 KB articles)."""
PARAGRAPHS, PARAGRAPH_WORDS = 10, (60, 110)


def articles(count: int) -> Iterator[bytes]:
    """Text articles of about 5 KB with a site's name, a share prompt and related links around them."""
    dice = random.Random(1)
    for number in range(count):
        body = [paragraph(dice, dice.randint(*PARAGRAPH_WORDS)) for _ in range(PARAGRAPHS)]
        head = ["The Valley Courier", f"Headline of the article with number {number}", "By Jane Example"]
        tail = ["Share this article", "Related articles", "A headline of another article", "Leave a comment"]
        lines = [*head, *body, *tail]
        yield orjson.dumps({"id": f"a{number}", "text": "\n".join(lines), "source": "courier.example"})


def bare_loop(settings: Settings) -> None:
    """Consume, produce, commit: nothing else."""
    raw = settings.topics.raw
    servers = settings.kafka.bootstrap_servers
    producer = KafkaProducer(
        bootstrap_servers=servers,
        transactional_id=f"bare-{raw}",
        acks="all",
        batch_size=PRODUCER_BATCH,
        compression_type=settings.kafka.compression,
        metrics_enabled=False,
    )
    consumer = KafkaConsumer(
        raw,
        bootstrap_servers=servers,
        group_id=f"bare-{raw}",
        auto_offset_reset="earliest",
        enable_auto_commit=False,
        isolation_level="read_committed",
        fetch_max_bytes=settings.worker.max_batch_bytes,
        max_partition_fetch_bytes=FETCH_BYTES,
        metrics_enabled=False,
    )
    producer.init_transactions()
    places = [TopicPartition(raw, number) for number in consumer.partitions_for_topic(raw)]
    left = sum(consumer.end_offsets(places).values())
    while left:
        records = consumer.poll(timeout_ms=500, max_records=settings.worker.max_batch)
        if not records:
            continue
        producer.begin_transaction()
        for part in records.values():
            for record in part:
                producer.send(settings.topics.clean, value=record.value, key=record.key)
                left -= 1
        offsets = {place: OffsetAndMetadata(part[-1].offset + 1, "", -1) for place, part in records.items()}
        producer.send_offsets_to_transaction(offsets, consumer.group_metadata())
        producer.commit_transaction()
    consumer.close()
    producer.close()


def rate_of(settings: Settings) -> float:
    """Records per second between the first and the last record of the clean topic, batch times apart."""
    reader = KafkaReader(settings)
    topic = settings.topics.clean
    times = sorted(record.timestamp_ms for record in reader.read(topic, reader.bounds(topic)))
    reader.close()
    return len(times) / ((times[-1] - times[0]) / 1000)


def fill(environment: Mapping[str, str], count: int) -> None:
    run(environment, "topics", "create")
    producer = KafkaProducer(
        bootstrap_servers=environment["WINNOW_KAFKA__BOOTSTRAP_SERVERS"],
        batch_size=2**20,
        compression_type="zstd",
    )
    for number, value in enumerate(articles(count)):
        producer.send(environment["WINNOW_TOPICS__RAW"], key=b"%d" % number, value=value)
    producer.flush()
    producer.close()


def run(environment: Mapping[str, str], *arguments: str) -> list[int]:
    """Runs the command; answers its memory (bytes, all processes) every second."""
    command = [sys.executable, "-m", "worker.cli", *arguments]
    process = psutil.Popen(command, env={**os.environ, **environment}, stderr=subprocess.DEVNULL)
    memory = []
    while process.poll() is None:
        try:
            family = [process, *process.children(recursive=True)]
            memory.append(sum(one.memory_info().rss for one in family))
        except psutil.NoSuchProcess:
            pass
        time.sleep(1)
    if process.returncode:
        raise SystemExit(f"winnow {' '.join(arguments)} ended with {process.returncode}")
    return memory


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--records", type=int, default=20_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--rules-only", action="store_true", help="without the line model")
    told = parser.parse_args()
    with kafka_service() as kafka, redis_service() as redis:
        if kafka is None or redis is None:
            raise SystemExit("needs a Kafka and a Redis, as the tests do")
        bare, winnow, memory = [], [], []
        for _ in range(told.rounds):
            environment = worker_environment(kafka.bootstrap, redis.url)
            fill(environment, told.records)
            settings = load_settings(None, environment)
            names = environment["WINNOW_TOPICS__CLEAN"], environment["WINNOW_TOPICS__DUPLICATES"]
            swapped = {"WINNOW_TOPICS__CLEAN": names[1], "WINNOW_TOPICS__DUPLICATES": names[0]}
            bare_topics = {**environment, **swapped}
            bare_loop(load_settings(None, bare_topics))
            bare.append(rate_of(load_settings(None, bare_topics)))
            model = "false" if told.rules_only else "true"
            fresh = {
                **environment,
                "WINNOW_CLEANING__LINE_MODEL": model,
                "WINNOW_KAFKA__GROUP_ID": environment["WINNOW_KAFKA__GROUP_ID"] + "-w",
            }
            memory = run(fresh, "run", "--until-caught-up")
            winnow.append(rate_of(settings))
            print(
                f"bare {bare[-1]:7.0f}/s   winnow {winnow[-1]:7.0f}/s   ratio {winnow[-1] / bare[-1]:.2f}",
                flush=True,
            )
    ratio = median(w / b for w, b in zip(winnow, bare, strict=True))
    print(f"median ratio {ratio:.2f} (a bare loop where the design was measured: {FACTS}/s)")
    third = max(1, len(memory) // 3)
    early, late = max(memory[third : 2 * third], default=0), max(memory[2 * third :], default=0)
    print(f"memory of all processes: {early >> 20} MiB in the second third, {late >> 20} MiB in the last")


if __name__ == "__main__":
    main()
