"""The stores that keep claims: Redis in both layouts, and the twin in memory."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator
from typing import Any

import pytest

from worker.adapters.memory_claims import MemoryClaims
from worker.adapters.redis_claims import RedisClaims
from worker.adapters.redis_scripts import RedisScripts, connect
from worker.dedupe.scripts import Layout


@pytest.fixture(params=["strings", "packed", "memory"])
def make(request: pytest.FixtureRequest) -> Iterator[Any]:
    """Makes claims with the settings given."""
    if request.param == "memory":
        yield lambda **how: MemoryClaims(ttl_s=3600, clock=time.monotonic, **how)
        return
    client = connect(request.getfixturevalue("redis_url"), 5)
    layout = Layout(request.param, 3600, articles=1000)
    yield lambda **how: RedisClaims(
        RedisScripts(client, f"test-{random.getrandbits(64):x}"), ttl_s=3600, layout=layout, **how
    )
    client.close()
