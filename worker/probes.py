"""What `/readyz` asks the world: None for yes, else what is wrong."""

from __future__ import annotations

import socket
from collections.abc import Callable

from worker.adapters.redis_scripts import connect
from worker.settings import Settings


def kafka_check(settings: Settings) -> Callable[[], str | None]:
    """Asks whether any bootstrap server takes a connection."""
    addresses = [entry.strip().rpartition(":") for entry in settings.kafka.bootstrap_servers.split(",")]

    def check() -> str | None:
        for host, _, port in addresses:
            try:
                socket.create_connection((host.strip("[]"), int(port)), timeout=1).close()
            except OSError:
                continue
            return None
        return f"no answer from {settings.kafka.bootstrap_servers}"

    return check


def redis_check(settings: Settings) -> Callable[[], str | None]:
    """Asks whether Redis answers, and lets us in."""
    client = connect(settings.redis.url, 1.0)

    def check() -> str | None:
        try:
            client.ping()
        except Exception as error:  # whatever keeps Redis from answering is the answer
            return str(error) or type(error).__name__
        return None

    return check
