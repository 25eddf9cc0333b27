"""Scripts in one Redis namespace: pipelined, loaded again when forgotten.

Every call raises TransientError when Redis is away, and FatalError when waiting would not mend it.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterator, Sequence
from typing import Any, TypeVar

import redis

from worker.adapters.redis_client import connect as connect
from worker.adapters.redis_client import hang_up, is_cluster, node_of
from worker.adapters.redis_errors import ScriptsForgotten, guarded
from worker.errors import TransientError

PIPELINE = 100
"""Scripts per round trip; Redis is never blocked for longer than one takes."""

Call = tuple[str, tuple[Any, ...]]
"""A script's text and its arguments."""


T = TypeVar("T")


class RedisScripts:
    """Every key begins with `winnow:{namespace}:`; the tag keeps them on one node of a cluster."""

    def __init__(self, client: redis.Redis, namespace: str) -> None:
        self._client = client
        self.prefix = f"winnow:{{{namespace}}}:"
        self._shas: dict[str, str] = {}

    def run(self, calls: Sequence[Call], at_once: int = PIPELINE) -> list[Any]:
        """The reply of each script, in order. `at_once`: scripts per round trip, whose replies Redis keeps in
        memory until the last is done. Any script may run twice: after a lost connection, or when Redis had
        forgotten one of them."""
        replies: list[Any] = []
        for start in range(0, len(calls), at_once):
            replies += self._part(calls[start : start + at_once])
        return replies

    def ask(self, command: str, *keys: str, arguments: tuple[Any, ...] = ()) -> Any:
        """The reply of one command over keys of the namespace."""
        full = [(self.prefix + key).encode("utf-8", "surrogateescape") for key in keys]
        return self._guarded(lambda: self._client.execute_command(command, *full, *arguments))  # type: ignore[no-untyped-call]

    def command(self, *command: str | int) -> Any:
        """The reply of a command that has no key, from the server that holds the namespace."""
        return self._guarded(lambda: self._client.execute_command(*command, **self._here()))  # type: ignore[no-untyped-call]

    def keys(self) -> Iterator[str]:
        """Every key of the namespace, without the prefix; some twice, those that come and go maybe not."""
        pattern = re.sub(r"([\\*?\[\]])", r"\\\1", self.prefix) + "*"

        cursor: Any = 0
        while True:
            cursor, found = self.command("SCAN", cursor, "MATCH", pattern, "COUNT", 1000)
            yield from (key[len(self.prefix.encode()) :].decode("utf-8", "surrogateescape") for key in found)
            if isinstance(cursor, dict):  # of a cluster: by node, and we ask one
                (cursor,) = cursor.values()
            if cursor == 0:
                return

    def _part(self, calls: Sequence[Call]) -> list[Any]:
        try:
            return self._guarded(lambda: self._pipelined(calls))
        except ScriptsForgotten:
            for script in {script for script, _ in calls}:
                self._guarded(lambda script=script: self._client.script_load(script))  # type: ignore[misc]
            return self._guarded(lambda: self._pipelined(calls))

    def _pipelined(self, calls: Sequence[Call]) -> list[Any]:
        pipe = self._client.pipeline(transaction=False)
        for script, arguments in calls:
            pipe.execute_command("EVALSHA", self._sha(script), 1, self.prefix, *arguments)  # type: ignore[no-untyped-call]
        replies = pipe.execute(raise_on_error=False)
        for reply in replies:
            if isinstance(reply, Exception):  # as it is: redis-py would put the command's arguments into it
                raise reply
        return list(replies)

    def _here(self) -> dict[str, Any]:
        """Of a cluster: that the node with the namespace's keys is meant."""
        return node_of(self._client, self.prefix)

    def _guarded(self, call: Callable[[], T]) -> T:
        try:
            return guarded(call, is_cluster(self._client))
        except ScriptsForgotten:
            raise
        except TransientError:
            hang_up(self._client)
            raise

    def _sha(self, script: str) -> str:
        if script not in self._shas:
            self._shas[script] = hashlib.sha1(script.encode()).hexdigest()
        return self._shas[script]
