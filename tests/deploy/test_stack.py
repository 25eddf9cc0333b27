"""docker-compose.yml for real: up, load, scale, kill, restart, audit, down and up again."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import uuid
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from tests.deploy.expressions import ROOT
from tests.services import processes
from tests.services.kafka import docker_has
from tests.services.processes import wait_until

pytestmark = [pytest.mark.slow, pytest.mark.chaos]

IMAGES = ("python:3.11-slim", "apache/kafka:4.2.1", "redis:8-alpine")
RECORDS = 20
"""In samples/."""


@dataclass
class Stack:
    """One project of compose, with ports of its own."""

    project: str
    environment: dict[str, str]

    def compose(self, *arguments: str) -> str:
        command = ["docker", "compose", "-p", self.project, *arguments]
        done = subprocess.run(
            command, cwd=ROOT, env=self.environment, capture_output=True, text=True, timeout=400, check=False
        )
        assert done.returncode == 0, f"{arguments}: {done.stdout}{done.stderr}"
        return done.stdout

    def winnow(self, *arguments: str) -> str:
        return self.compose("exec", "-T", "worker", "winnow", *arguments)

    def scale(self, replicas: int) -> None:
        self.compose("up", "-d", "--wait", "--no-recreate", "--scale", f"worker={replicas}")

    def kill_a_worker(self) -> None:
        """`docker kill` counts as a stop by hand: nothing would be restarted. This one dies by itself."""
        container = self.compose("ps", "-q", "worker").split()[0]
        told = subprocess.check_output(["docker", "top", container, "-eo", "pid,args"], text=True)
        pids = [int(line.split()[0]) for line in told.splitlines() if line.endswith("winnow run")]
        os.kill(pids[-1], signal.SIGKILL)  # the first is the container's init

    def counts(self) -> dict[str, int]:
        """What the audit says; it fails where a law is broken."""
        return dict(json.loads(self.winnow("audit", "--json"))["counts"])

    def healthy(self) -> int:
        """Workers that are ready; one that was not for half a minute recovers by itself, too."""
        workers = map(json.loads, self.compose("ps", "worker", "--format", "json").splitlines())
        return sum(one["Health"] == "healthy" for one in workers)

    def members(self) -> int:
        return int(json.loads(self.winnow("lag", "--once", "--json"))["members"])


@pytest.fixture
def stack() -> Iterator[Stack]:
    lacking = [image for image in IMAGES if not docker_has(image)]
    if lacking:
        pytest.skip(f"no engine that holds {', '.join(lacking)}: docker-compose.yml was read, not run")
    ports = {f"{name}_PORT": str(processes.free_port()) for name in ("KAFKA", "REDIS", "LAG")}
    stack = Stack(f"winnow-{uuid.uuid4().hex[:8]}", {**os.environ, **ports})
    try:
        yield stack
    finally:
        stack.compose("down", "-v", "--timeout", "5")


def test_nothing_is_lost_whatever_is_done_to_the_containers(stack: Stack) -> None:
    stack.compose("up", "-d", "--wait", "--build")
    stack.winnow("load", "samples")
    stack.scale(3)
    wait_until(lambda: stack.members() == 3, "three members")
    stack.winnow("load", "samples")
    stack.kill_a_worker()
    stack.compose("restart", "kafka")
    stack.compose("restart", "redis")
    wait_until(lambda: stack.healthy() == 3, "workers that found Kafka and Redis again")
    stack.winnow("load", "samples")
    stack.scale(1)
    wait_until(lambda: stack.counts().get("pending", 0) == 0, "everything processed")
    counts = stack.counts()
    assert counts["raw"] == 3 * RECORDS
    assert counts["clean"] + counts["duplicates"] + counts["dead_letters"] == 3 * RECORDS
    assert counts["clean"] == 16, "two thirds are copies"

    stack.compose("down")
    stack.compose("up", "-d", "--wait")
    assert stack.counts() == counts, "the volumes keep it"
