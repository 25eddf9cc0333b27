"""Prometheus' own programs: from the PATH, or out of its image where an engine holds that. Never pulled."""

from __future__ import annotations

import shutil
from pathlib import Path

from tests.services.kafka import docker_has

IMAGE = "prom/prometheus:v3.5.3"
MISSING = f"neither on the PATH, nor an engine that holds {IMAGE}"


def command(program: str, folder: Path, *options: str) -> list[str] | None:
    """The call of `promtool` or `prometheus` that sees `folder` under its own name; None if there is none.

    `options` are of `docker run`, and left out where there is no container.
    """
    if found := shutil.which(program):
        return [found]
    if not docker_has(IMAGE):
        return None
    return ["docker", "run", "--rm", *options, "-v", f"{folder}:{folder}:ro", "--entrypoint", program, IMAGE]
