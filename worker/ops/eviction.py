"""Whether Redis may throw claims away before their time: asked when a worker starts."""

from __future__ import annotations

import structlog

from worker.adapters.redis_doctor import RedisFacts
from worker.errors import FatalError

KEEPS = "noeviction"
"""The only policy under which Redis never forgets a claim before its time."""

log = structlog.get_logger("winnow")


def check_eviction(facts: RedisFacts) -> None:
    """Raises FatalError if Redis evicts keys when it is full; warns where it would, but has no limit."""
    if facts.eviction == KEEPS:
        return
    remedy = f"redis-cli config set maxmemory-policy {KEEPS}"
    if facts.limit_bytes:
        raise FatalError(
            f"Redis evicts claims when it is full (maxmemory-policy {facts.eviction}), and copies would come "
            f"through: {remedy}"
        )
    log.warning("redis would evict claims if it had a maxmemory", policy=facts.eviction, remedy=remedy)
