"""Scripts in one Redis namespace: pipelined, loaded again when forgotten; TransientError when it is away."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import redis
from redis.exceptions import NoScriptError, RedisError

from worker.errors import TransientError

PIPELINE = 100
"""Scripts per round trip: as fast as one script for all, and Redis is never blocked for longer than one."""

Call = tuple[str, tuple[Any, ...]]
"""A script's text and its arguments."""


def connect(url: str, timeout_s: float) -> redis.Redis:
    """A client that fails fast; the runner decides how long to wait."""
    return redis.Redis.from_url(
        url, socket_timeout=timeout_s, socket_connect_timeout=timeout_s, health_check_interval=30
    )


class RedisScripts:
    """Every key begins with `winnow:{namespace}:`; the tag keeps them on one node of a cluster."""

    def __init__(self, client: redis.Redis, namespace: str) -> None:
        self._client = client
        self.prefix = f"winnow:{{{namespace}}}:"
        self._shas: dict[str, str] = {}

    def run(self, calls: Sequence[Call]) -> list[Any]:
        """The reply of each script, in order. All scripts may be run twice: after a lost connection, or when
        Redis had forgotten one of them."""
        replies: list[Any] = []
        for start in range(0, len(calls), PIPELINE):
            replies += self._part(calls[start : start + PIPELINE])
        return replies

    def ask(self, command: str, *keys: str, arguments: tuple[Any, ...] = ()) -> Any:
        """The reply of one command over keys of the namespace."""
        full = [self.prefix + key for key in keys]
        return _or_transient(lambda: self._client.execute_command(command, *full, *arguments))  # type: ignore[no-untyped-call]

    def command(self, *command: str) -> Any:
        """The reply of a command that has no key."""
        return _or_transient(lambda: self._client.execute_command(*command))  # type: ignore[no-untyped-call]

    def keys(self) -> Iterator[str]:
        """Every key of the namespace, without the prefix; some twice, those that come and go maybe not."""
        pattern = re.sub(r"([\\*?\[\]])", r"\\\1", self.prefix) + "*"
        cursor: int = 0
        while True:
            cursor, found = _or_transient(lambda at=cursor: self._client.scan(at, pattern, 1000))  # type: ignore[misc]
            yield from (key[len(self.prefix.encode()) :].decode("utf-8", "replace") for key in found)
            if cursor == 0:
                return

    def _part(self, calls: Sequence[Call]) -> list[Any]:
        try:
            return list(_or_transient(lambda: self._pipelined(calls)))
        except _Forgotten:
            for script in {script for script, _ in calls}:
                _or_transient(lambda script=script: self._client.script_load(script))  # type: ignore[misc]
            return list(_or_transient(lambda: self._pipelined(calls)))

    def _pipelined(self, calls: Sequence[Call]) -> list[Any]:
        pipe = self._client.pipeline(transaction=False)
        for script, arguments in calls:
            pipe.execute_command("EVALSHA", self._sha(script), 1, self.prefix, *arguments)  # type: ignore[no-untyped-call]
        return list(pipe.execute())

    def _sha(self, script: str) -> str:
        if script not in self._shas:
            self._shas[script] = hashlib.sha1(script.encode()).hexdigest()
        return self._shas[script]


class _Forgotten(TransientError):
    """Redis was restarted: the scripts must be loaded again."""


def _or_transient(call: Callable[[], Any]) -> Any:
    try:
        return call()
    except NoScriptError as error:
        raise _Forgotten("Redis: scripts forgotten") from error
    except (RedisError, OSError) as error:
        raise TransientError(f"Redis: {error or type(error).__name__}") from error
