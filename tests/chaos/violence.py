"""What the proof by violence needs: records, workers to kill, lag, and an independent count."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import threading
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from kafka import KafkaConsumer, KafkaProducer, TopicPartition
from kafka.errors import KafkaError

from tests.services import processes
from tests.services.commands import WINNOW
from worker.adapters.kafka_client import opened

WORDS = ["river", "bridge", "council", "mayor", "harvest", "storm", "school", "train", "museum"]


def article(number: int) -> dict[str, str]:
    """An article of its own: its words are drawn by its number."""
    dice = random.Random(number)
    paragraphs = [
        " ".join(dice.choice(WORDS) + str(dice.randrange(50)) for _ in range(40)).capitalize() + "."
        for _ in range(4)
    ]
    return {
        "id": f"a{number}",
        "text": "\n".join([f"Headline of article number {number} today", *paragraphs]),
    }


def stream(seed: int) -> Iterator[tuple[bytes, bytes]]:
    """Key and value of records without end: 10 % copies of earlier ones under another id, half of them with
    some words edited; 1 % broken."""
    dice = random.Random(seed)
    number = 0
    while True:
        fate = dice.random()
        if fate < 0.01:
            yield b"broken", dice.choice([b"no json", b"\xff\xfe", b"", b'{"id": 5}', b"[]"])
        elif fate < 0.11 and number:
            of = dice.randrange(number)
            copy = article(of) | {"id": f"copy{of}-{dice.getrandbits(60):x}"}
            if dice.random() < 0.5:
                copy["text"] = edited(copy["text"], dice)
            yield copy["id"].encode(), json.dumps(copy).encode()
        else:
            one = article(number)
            number += 1
            yield one["id"].encode(), json.dumps(one).encode()


def edited(text: str, dice: random.Random) -> str:
    """The same with three other words below the headline: a near-duplicate."""
    headline, _, body = text.partition("\n")
    words = body.split(" ")
    for place in dice.sample(range(len(words)), 3):
        words[place] = words[place].replace(words[place].strip(".\n"), "edited", 1)
    return f"{headline}\n{' '.join(words)}"


def original(name: str) -> str:
    """Of which article a record is a copy: `a7` and `copy7-…` are both the seventh."""
    return name.removeprefix("copy").removeprefix("a").partition("-")[0]


@dataclass
class Feeder:
    """Keeps the lag above a floor until it is told to stop."""

    environment: Mapping[str, str]
    seed: int
    least: int
    sent: list[bytes] = field(default_factory=list)
    failed: list[BaseException] = field(default_factory=list)
    stopped: threading.Event = field(default_factory=threading.Event)

    def start(self) -> threading.Thread:
        thread = threading.Thread(target=self._feed, daemon=True)
        thread.start()
        return thread

    def _feed(self) -> None:
        producer = KafkaProducer(
            bootstrap_servers=self.environment["WINNOW_KAFKA__BOOTSTRAP_SERVERS"],
            enable_idempotence=True,
            acks="all",
            batch_size=200_000,
            linger_ms=5,
            compression_type="zstd",
        )
        records = stream(self.seed)
        while not self.stopped.is_set() or len(self.sent) < self.least:
            if (lag := lag_of(self.environment)) is None or lag > 4000:
                time.sleep(0.2)
                continue
            futures = []
            for key, value in (next(records) for _ in range(1500)):
                futures.append(producer.send(self.environment["WINNOW_TOPICS__RAW"], value=value, key=key))
                self.sent.append(value)
            producer.flush(120)
            self.failed += [future.exception for future in futures if not future.succeeded()]
        producer.close()


def lag_of(environment: Mapping[str, str]) -> int | None:
    """Records of the raw topic that the group has not committed; None while Kafka does not answer."""
    topic, servers = environment["WINNOW_TOPICS__RAW"], environment["WINNOW_KAFKA__BOOTSTRAP_SERVERS"]
    told = {"group_id": environment["WINNOW_KAFKA__GROUP_ID"], "bootstrap_timeout_ms": 3000}
    with suppress(KafkaError):
        consumer = opened(KafkaConsumer, bootstrap_servers=servers, **told)
        try:
            places = [TopicPartition(topic, number) for number in consumer.partitions_for_topic(topic) or ()]
            ends = consumer.end_offsets(places, timeout_ms=3000)
            done = sum(consumer.committed(place, timeout_ms=3000) or 0 for place in places)
            return sum(ends.values()) - done
        finally:
            consumer.close(autocommit=False, timeout_ms=1000)
    return None


@dataclass
class Worker:
    """A `winnow run` of its own process group, its log in a file."""

    name: str
    environment: Mapping[str, str]
    folder: Path
    process: subprocess.Popen[bytes] | None = None

    @property
    def log(self) -> Path:
        return self.folder / f"{self.name}.log"

    def start(self) -> None:
        told = {**os.environ, **self.environment, "WINNOW_KAFKA__INSTANCE": self.name}
        command = [*WINNOW, "run"]
        self.process = processes.start(command, self.log, env=told, start_new_session=True)

    def signal(self, number: int) -> None:
        """To the worker and the processes of its pool."""
        assert self.process is not None
        os.killpg(self.process.pid, number)

    def kill(self) -> None:
        self.signal(signal.SIGKILL)
        assert self.process is not None
        self.process.wait()

    def stop(self) -> int:
        assert self.process is not None
        self.process.terminate()
        return self.process.wait(processes.GIVE_UP_S)

    def events(self) -> list[dict[str, Any]]:
        lines = self.log.read_text(errors="replace").splitlines()
        return [json.loads(line) for line in lines if line.startswith("{")]


def everything_in(environment: Mapping[str, str], name: str) -> list[Any]:
    """All committed records of a topic, read by a plain client that knows nothing of Winnow."""
    consumer = KafkaConsumer(
        bootstrap_servers=environment["WINNOW_KAFKA__BOOTSTRAP_SERVERS"],
        isolation_level="read_committed",
        auto_offset_reset="earliest",
    )
    topic = environment[f"WINNOW_TOPICS__{name}"]
    places = [TopicPartition(topic, number) for number in consumer.partitions_for_topic(topic)]
    consumer.assign(places)
    consumer.seek_to_beginning(*places)
    ends = consumer.end_offsets(places)
    found: list[Any] = []
    while any(consumer.position(place) < ends[place] for place in places):
        for records in consumer.poll(timeout_ms=500).values():
            found += records
    consumer.close(autocommit=False)
    return found


def broken_laws_by_hand(environment: Mapping[str, str]) -> dict[str, int]:
    """The independent count: what breaks the law, by kind (delivery.md), with clients of its own."""
    raw = {(r.partition, r.offset): r.value for r in everything_in(environment, "RAW")}
    outcomes: dict[str, list[Any]] = {
        n: everything_in(environment, n) for n in ("CLEAN", "DUPLICATES", "DEAD_LETTERS")
    }
    origins = {name: [_origin(record) for record in records] for name, records in outcomes.items()}
    times = Counter(origin for found in origins.values() for origin in found)
    clean = set(origins["CLEAN"])
    wrong: Counter[str] = Counter()
    wrong["lost"] = sum(place not in times for place in raw)
    wrong["doubled"] = sum(count > 1 for count in times.values())
    wrong["invented"] = sum(place not in raw for place in times)
    for record, place in zip(outcomes["DUPLICATES"], origins["DUPLICATES"], strict=True):
        other = json.loads(record.value)["duplicate_of_origin"]
        wrong["dangling"] += (other["partition"], other["offset"]) not in clean
        wrong["self"] += (other["partition"], other["offset"]) == place
    for record, place in zip(outcomes["DEAD_LETTERS"], origins["DEAD_LETTERS"], strict=True):
        wrong["changed"] += record.value != raw[place]
    clean_articles = [json.loads(record.value) for record in outcomes["CLEAN"]]
    copies = Counter(original(one["id"]) for one in clean_articles)
    wrong["articles twice in clean"] = sum(count > 1 for count in copies.values())
    texts = {one["text"].replace("\n\n", "\n") for one in clean_articles}
    sent: dict[str, set[str]] = {}
    for value in raw.values():
        if found := _text(value):
            sent.setdefault(original(found[0]), set()).add(found[1])
    wrong["articles not in clean"] = sum(not forms & texts for forms in sent.values())
    return {kind: count for kind, count in wrong.items() if count}


def _origin(record: Any) -> tuple[int, int]:
    headers = dict(record.headers)
    return int(headers["winnow.origin.partition"]), int(headers["winnow.origin.offset"])


def _text(value: bytes) -> tuple[str, str] | None:
    """Id and body of one of our articles, its title line off; nothing for what is broken."""
    try:
        data = json.loads(value)
    except ValueError:
        return None
    if not isinstance(data, dict) or "text" not in data:
        return None
    return str(data["id"]), str(data["text"]).partition("\n")[2]
