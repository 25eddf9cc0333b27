"""Kafka and Redis in containers, where an engine and the images are there already."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from testcontainers.core.config import testcontainers_config
from testcontainers.core.container import DockerContainer
from testcontainers.core.wait_strategies import LogMessageWaitStrategy

from tests.services.kafka import docker_has

PORT = 9093
START_SCRIPT = "/tmp/winnow-start.sh"

# Ryuk removes the containers of a test session that was killed. Where its image is not there, it would
# be pulled; without it, only such a session leaves containers behind.
if not docker_has(testcontainers_config.ryuk_image):
    testcontainers_config.ryuk_disabled = True


@contextmanager
def kafka_container(image: str, settings: Mapping[str, str]) -> Iterator[str]:
    """The official image waits for a script that tells it its mapped port: advertised listeners need it."""
    container = DockerContainer(image).with_exposed_ports(PORT)
    told = {
        **settings,
        "listeners": f"PLAINTEXT://0.0.0.0:{PORT},BROKER://0.0.0.0:9092,CONTROLLER://0.0.0.0:9094",
        "controller.quorum.voters": "1@localhost:9094",
        "inter.broker.listener.name": "BROKER",
        "listener.security.protocol.map": "PLAINTEXT:PLAINTEXT,BROKER:PLAINTEXT,CONTROLLER:PLAINTEXT",
        "log.dirs": "/tmp/kraft",
    }
    for name, value in told.items():
        container.with_env("KAFKA_" + name.upper().replace(".", "_"), value)
    container.with_command(f"bash -c 'until [ -f {START_SCRIPT} ]; do sleep .1; done; bash {START_SCRIPT}'")
    with container:
        bootstrap = f"{container.get_container_host_ip()}:{container.get_exposed_port(PORT)}"
        script = (
            # Images built from a read-only tree have a configuration that the broker's wrapper cannot write.
            "chmod u+w /opt/kafka/config/* 2>/dev/null\n"
            f"export KAFKA_ADVERTISED_LISTENERS=PLAINTEXT://{bootstrap},BROKER://localhost:9092\n"
            "exec /etc/kafka/docker/run\n"
        )
        container.exec(
            ["bash", "-c", f"cat > {START_SCRIPT}.new <<'X'\n{script}X\nmv {START_SCRIPT}.new {START_SCRIPT}"]
        )
        _wait_for(container, "Kafka Server started", 90)
        yield bootstrap


@contextmanager
def redis_container(image: str) -> Iterator[str]:
    """Redis, without persistence."""
    with DockerContainer(image).with_exposed_ports(6379) as container:
        _wait_for(container, "Ready to accept connections", 60)
        yield f"redis://{container.get_container_host_ip()}:{container.get_exposed_port(6379)}/0"


def _wait_for(container: DockerContainer, said: str, seconds: int) -> None:
    """Until the log of a container says so; if it never does, the end of that log is the error."""
    try:
        LogMessageWaitStrategy(said).with_startup_timeout(seconds).wait_until_ready(container)
    except (RuntimeError, TimeoutError) as error:
        log = b"".join(container.get_logs()).decode(errors="replace")
        raise AssertionError(f"{container.image} did not start: {error}\n{log[-3000:]}") from None
