"""A real Kafka for the tests: WINNOW_TEST_KAFKA, a container, or a broker from Maven artifacts."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import docker
from docker.errors import DockerException
from kafka import KafkaProducer, TopicPartition
from kafka.admin import KafkaAdminClient, NewTopic
from kafka.structs import OffsetAndMetadata
from requests.exceptions import RequestException

from tests.services import processes

IMAGE = "apache/kafka:4.2.1"
CACHE = Path(__file__).parents[2] / ".cache" / "kafka"
POM = Path(__file__).parent / "pom.xml"
CLUSTER_ID = "5L6g3nShT-eMCtK--X86sw"
LEAST_JAVA = 17  # Kafka 4's broker
# Single node: replication 1 everywhere, or transactions never start; time-outs short, or tests wait.
SETTINGS = {
    "process.roles": "broker,controller",
    "node.id": "1",
    "controller.listener.names": "CONTROLLER",
    "inter.broker.listener.name": "PLAINTEXT",
    "listener.security.protocol.map": "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT",
    "offsets.topic.replication.factor": "1",
    "offsets.topic.num.partitions": "4",
    "transaction.state.log.replication.factor": "1",
    "transaction.state.log.num.partitions": "4",
    "transaction.state.log.min.isr": "1",
    "share.coordinator.state.topic.replication.factor": "1",
    "share.coordinator.state.topic.min.isr": "1",
    "group.initial.rebalance.delay.ms": "0",
    "transaction.abort.timed.out.transaction.cleanup.interval.ms": "1000",
    "auto.create.topics.enable": "false",
    "message.max.bytes": "62914560",
}


@dataclass
class Kafka:
    """Where the broker is; one that we started ourselves can be killed and started again."""

    bootstrap: str
    folder: Path | None = None
    _process: list[subprocess.Popen[bytes]] = field(default_factory=list)

    @property
    def is_ours(self) -> bool:
        return self.folder is not None

    @property
    def is_running(self) -> bool:
        return bool(self._process)

    def start(self) -> None:
        """Starts the local broker, on the data it had, and waits until it takes connections."""
        assert self.folder is not None, "only a broker of our own can be started"
        command = ["java", "-Xmx512m", "-cp", f"{CACHE}/libs/*"]
        command += ["kafka.Kafka", f"{self.folder}/server.properties"]
        port = int(self.bootstrap.rpartition(":")[2])
        self._process.append(
            processes.start_service(command, self.folder / "kafka.log", lambda: processes.listens(port))
        )

    def signal(self, number: int) -> None:
        """Freezes or thaws the broker that we started."""
        self._process[-1].send_signal(number)

    def kill(self) -> None:
        """kill -9; its data stay."""
        process = self._process.pop()
        process.kill()
        process.wait()


@contextmanager
def kafka_service() -> Iterator[Kafka | None]:
    """The first Kafka that can be had; None if none can."""
    if given := os.environ.get("WINNOW_TEST_KAFKA"):
        yield Kafka(given)
    elif docker_has(IMAGE):
        from tests.services.containers import kafka_container

        with kafka_container(IMAGE, SETTINGS) as bootstrap:
            yield Kafka(bootstrap)
    elif has_jars():
        with local_broker() as kafka:
            yield kafka
    else:
        yield None


def docker_has(image: str) -> bool:
    """Whether an engine answers and holds the image; it is never pulled."""
    try:
        engine = docker.from_env(timeout=10)
        try:
            engine.images.get(image)
        finally:
            engine.close()
    except (DockerException, RequestException):  # no engine, no image, or no answer in time
        return False
    return True


def has_jars() -> bool:
    """Whether the broker's jars are in .cache/kafka: fetched once, by Maven; needs Java 17 too."""
    if _java() < LEAST_JAVA:
        return False
    complete, wanted = CACHE / "libs" / "complete", POM.read_text()
    if complete.exists() and complete.read_text() == wanted:
        return True
    if not _fetch_jars():
        return False
    complete.write_text(wanted)
    return True


def _fetch_jars() -> bool:
    if not shutil.which("mvn"):
        return False
    command = ["mvn", "-q", "-B", "-f", str(POM), "dependency:copy-dependencies"]
    try:
        done = subprocess.run(
            [*command, f"-DoutputDirectory={CACHE}/libs"], check=False, capture_output=True, timeout=600
        )
    except subprocess.TimeoutExpired:
        return False
    return done.returncode == 0


def _java() -> int:
    """The major version of the `java` on the PATH; 0 if there is none."""
    if not shutil.which("java"):
        return 0
    told = subprocess.run(["java", "-version"], check=False, capture_output=True, text=True, timeout=30)
    match = re.search(r'version "(\d+)', told.stderr + told.stdout)
    return int(match[1]) if match else 0


@contextmanager
def local_broker() -> Iterator[Kafka]:
    """A KRaft broker of our own, on a free port, in a temporary folder."""
    with tempfile.TemporaryDirectory(prefix="winnow-kafka-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        port, controller = processes.free_port(), processes.free_port()
        own = {
            "listeners": f"PLAINTEXT://127.0.0.1:{port},CONTROLLER://127.0.0.1:{controller}",
            "advertised.listeners": f"PLAINTEXT://127.0.0.1:{port}",
            "controller.quorum.voters": f"1@127.0.0.1:{controller}",
            "log.dirs": str(folder / "data"),
        }
        lines = [f"{key}={value}" for key, value in {**SETTINGS, **own}.items()]
        (folder / "server.properties").write_text("\n".join(lines))
        form = ["java", "-cp", f"{CACHE}/libs/*", "kafka.tools.StorageTool", "format", "-t", CLUSTER_ID]
        form += ["-c", f"{folder}/server.properties"]
        subprocess.run(form, check=True, capture_output=True, timeout=processes.GIVE_UP_S)
        kafka = Kafka(f"127.0.0.1:{port}", folder)
        kafka.start()
        try:
            yield kafka
        finally:
            if kafka.is_running:
                kafka.kill()


def warm_up(bootstrap: str) -> None:
    """One transaction with offsets in it: a broker's first group and first transaction make it create the
    topics that it keeps them in, and until then it refuses what comes."""
    place = TopicPartition(unique("warm-up"), 0)
    admin = KafkaAdminClient(bootstrap_servers=bootstrap)
    admin.create_topics([NewTopic(place.topic, 1, 1)])
    producer = KafkaProducer(
        bootstrap_servers=bootstrap, transactional_id=place.topic, transaction_timeout_ms=10_000
    )
    producer.init_transactions()
    producer.begin_transaction()
    producer.send_offsets_to_transaction({place: OffsetAndMetadata(0, "", -1)}, place.topic)
    producer.commit_transaction()
    producer.close(timeout=10)
    admin.close()


def unique(name: str) -> str:
    """A name that no other test has."""
    return f"{name}.{uuid.uuid4().hex[:8]}"
