"""What Redis tells about itself, for `winnow doctor` and `winnow top`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from worker.adapters.redis_client import connect, is_cluster
from worker.adapters.redis_errors import guarded


@dataclass(frozen=True, slots=True)
class RedisFacts:
    """One server."""

    version: tuple[int, ...]
    eviction: str
    """`maxmemory-policy`."""
    used_bytes: int
    limit_bytes: int
    """0: no limit."""
    has_append_log: bool
    evicted: int
    """Keys thrown away since it was started."""
    time_ms: int


def redis_facts(url: str, timeout_s: float) -> RedisFacts:
    """Of one node, if it is a cluster. Raises TransientError (away) or FatalError (it says no)."""
    client = connect(url, timeout_s)
    try:
        info: dict[str, Any] = guarded(lambda: client.execute_command("INFO"), is_cluster(client))  # type: ignore[no-untyped-call]
        seconds, micros = guarded(lambda: client.execute_command("TIME"), is_cluster(client))  # type: ignore[no-untyped-call]
    finally:
        client.close()
    return RedisFacts(
        tuple(int(part) for part in str(info["redis_version"]).split(".")[:2]),
        str(info.get("maxmemory_policy", "?")),
        int(info.get("used_memory", 0)),
        int(info.get("maxmemory", 0)),
        bool(int(info.get("aof_enabled", 0))),
        int(info.get("evicted_keys", 0)),
        int(seconds) * 1000 + int(micros) // 1000,
    )
