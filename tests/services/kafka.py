"""A real Kafka for the tests: WINNOW_TEST_KAFKA, a container, or a broker from Maven artifacts."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tests.services import processes

IMAGE = "apache/kafka:4.2.1"
CACHE = Path(__file__).parents[2] / ".cache" / "kafka"
CLUSTER_ID = "5L6g3nShT-eMCtK--X86sw"
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
    log: Path | None = None
    _process: list[subprocess.Popen[bytes]] = field(default_factory=list)

    @property
    def is_ours(self) -> bool:
        return self.folder is not None

    def start(self) -> None:
        """Starts the local broker and waits until it answers."""
        assert self.folder is not None
        assert self.log is not None
        command = [
            "java",
            "-Xmx512m",
            "-cp",
            f"{CACHE}/libs/*",
            "kafka.Kafka",
            f"{self.folder}/server.properties",
        ]
        self._process.append(processes.start(command, self.log))
        processes.wait_until(self._answers, 60, "Kafka starts")

    def kill(self) -> None:
        """kill -9."""
        process = self._process.pop()
        process.kill()
        process.wait()

    def _answers(self) -> bool:
        host, _, port = self.bootstrap.rpartition(":")
        try:
            socket.create_connection((host, int(port)), 1).close()
        except OSError:
            return False
        return True


@contextmanager
def kafka_service() -> Iterator[Kafka | None]:
    """The first Kafka that can be had; None if none can."""
    if given := os.environ.get("WINNOW_TEST_KAFKA"):
        yield Kafka(given)
    elif docker_has(IMAGE):
        from tests.services.containers import kafka_container

        with kafka_container(IMAGE, SETTINGS) as bootstrap:
            yield Kafka(bootstrap)
    elif _has_jars():
        with local_broker() as kafka:
            yield kafka
    else:
        yield None


def docker_has(image: str) -> bool:
    """Whether an engine answers and holds the image; it is never pulled."""
    if not shutil.which("docker"):
        return False
    try:
        done = subprocess.run(
            ["docker", "image", "inspect", image], check=False, capture_output=True, timeout=10
        )
    except subprocess.TimeoutExpired:
        return False
    return done.returncode == 0


def _has_jars() -> bool:
    """The broker's jars in .cache/kafka, fetched once; needs Maven and Java 17."""
    if not shutil.which("java"):
        return False
    if (CACHE / "libs" / "complete").exists():
        return True
    if not shutil.which("mvn"):
        return False
    pom = Path(__file__).parent / "pom.xml"
    command = [
        "mvn",
        "-q",
        "-B",
        "-f",
        str(pom),
        "dependency:copy-dependencies",
        f"-DoutputDirectory={CACHE}/libs",
    ]
    done = subprocess.run(command, check=False, capture_output=True, timeout=600)
    if done.returncode == 0:
        (CACHE / "libs" / "complete").touch()
    return done.returncode == 0


@contextmanager
def local_broker() -> Iterator[Kafka]:
    """A KRaft broker of our own, on a free port, in a temporary folder."""
    with tempfile.TemporaryDirectory(prefix="winnow-kafka-") as name:
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
        subprocess.run(
            [*form, "-c", f"{folder}/server.properties"], check=True, capture_output=True, timeout=60
        )
        kafka = Kafka(f"127.0.0.1:{port}", folder, folder / "kafka.log")
        kafka.start()
        try:
            yield kafka
        finally:
            if kafka._process:
                kafka.kill()


def unique(name: str) -> str:
    """A name that no other test has."""
    return f"{name}.{uuid.uuid4().hex[:8]}"
