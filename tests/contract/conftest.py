"""The stores that keep claims: Redis in both layouts, and the twin in memory."""

from __future__ import annotations

import time
from typing import Any

import pytest

from tests.services.redis import new_namespace
from worker.adapters.memory_claims import MemoryClaims
from worker.adapters.redis_claims import RedisClaims
from worker.adapters.redis_scripts import RedisScripts
from worker.dedupe.scripts import Layout


@pytest.fixture(params=["strings", "packed", "memory"])
def make(request: pytest.FixtureRequest) -> Any:
    """Makes claims with the settings given."""
    if request.param == "memory":
        return lambda **how: MemoryClaims(ttl_s=3600, clock=time.time, **how)
    url = request.getfixturevalue("redis_url")
    layout = Layout(request.param, 3600, articles=1000)
    return lambda **how: RedisClaims(new_namespace(url), ttl_s=3600, layout=layout, **how)


@pytest.fixture
def scripts(redis_url: str) -> RedisScripts:
    """Redis, with nothing in it."""
    return new_namespace(redis_url)
