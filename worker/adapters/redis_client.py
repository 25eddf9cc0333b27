"""Connections to Redis: one server, or a Redis Cluster (`redis+cluster://`)."""

from __future__ import annotations

import contextlib
import threading
from typing import Any, cast

import redis
from redis.cluster import RedisCluster

from worker.errors import UsageError

CLUSTER = "+cluster"
"""In the scheme of a URL that names one node, any, of a cluster."""


def connect(url: str, timeout_s: float) -> redis.Redis:
    """A client that fails fast; the runner decides how long to wait. Connects with its first command.

    Raises UsageError for an option behind `?` that redis-py does not know, or not with this value."""
    options = {"socket_timeout": timeout_s, "socket_connect_timeout": timeout_s, "health_check_interval": 30}
    scheme, _, rest = url.partition("://")
    if scheme.endswith(CLUSTER):
        return cast(redis.Redis, _Cluster(f"{scheme.removesuffix(CLUSTER)}://{rest}", options))
    return _single(url, options)


def _single(url: str, options: dict[str, Any]) -> redis.Redis:
    try:
        client = redis.Redis.from_url(url, **options)
        client.connection_pool.make_connection()  # which connects nowhere yet, but takes the options
    except (TypeError, ValueError) as error:
        raise UsageError(f"setting redis.url: {error}") from None
    return client


def is_cluster(client: redis.Redis) -> bool:
    """Whether this client follows redirections."""
    return isinstance(client, _Cluster)


def hang_up(client: redis.Redis) -> None:
    """So that the next command connects to where the address leads by then: behind a name or a balancer a
    failover leaves the connections of before at the replica that was the master."""
    if not is_cluster(client):  # which finds its masters itself
        client.connection_pool.disconnect()


def node_of(client: redis.Redis, key: str) -> dict[str, Any]:
    """For a command without a key: the option that names the node with this key."""
    return {"target_nodes": client.get_node_from_key(key)} if isinstance(client, _Cluster) else {}


class _Cluster:
    """redis-py's cluster client, which would connect (and fail) when it is made, made when it is needed."""

    def __init__(self, url: str, options: dict[str, Any]) -> None:
        self._made = threading.Lock()
        self._url = url
        self._options = options
        self._client: RedisCluster | None = None

    def __getattr__(self, name: str) -> Any:
        with self._made:
            if self._client is None:
                self._client = RedisCluster.from_url(self._url, **self._options)
        return getattr(self._client, name)

    def close(self) -> None:
        if self._client is not None:
            with contextlib.suppress(Exception):  # connections that are gone cannot be closed any better
                self._client.close()
