"""What Redis tells about itself, for `winnow doctor` and `winnow top`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from redis.exceptions import RedisError

from worker.adapters.redis_scripts import connect
from worker.errors import TransientError


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
    """Raises TransientError when Redis is away or says no."""
    client = connect(url, timeout_s)
    try:
        info: dict[str, Any] = client.info()
        seconds, micros = client.time()
    except (RedisError, OSError) as error:
        raise TransientError(f"Redis: {error or type(error).__name__}") from error
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
