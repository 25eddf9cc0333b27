"""What Redis's errors mean: wait, load the scripts again, or give up because waiting would not mend it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from redis.exceptions import (
    AskError,
    AuthenticationError,
    AuthorizationError,
    ClusterDownError,
    DataError,
    MovedError,
    NoScriptError,
    OutOfMemoryError,
    ReadOnlyError,
    RedisClusterException,
    RedisError,
    ResponseError,
    TryAgainError,
)

from worker.errors import FatalError, TransientError, WinnowError

PASSING = frozenset(
    {
        "ASK", "BUSY", "CLUSTERDOWN", "LOADING", "MASTERDOWN", "MISCONF", "NOREPLICAS", "OOM", "READONLY",
        "TRYAGAIN",
    }
)  # fmt: skip
"""Error codes that pass, some with an operator's help (memory, disks, failovers, resharding): wait."""
_PASSING = (AskError, ClusterDownError, OutOfMemoryError, ReadOnlyError, TryAgainError)
"""The same as redis-py has classes for them."""
T = TypeVar("T")


class ScriptsForgotten(TransientError):
    """Redis was restarted: the scripts must be loaded again."""


def guarded(call: Callable[[], T], cluster: bool) -> T:
    """What the call returns; its errors as `meaning` has them. `cluster`: the client knows about clusters."""
    try:
        return call()
    except (RedisError, RedisClusterException, OSError) as error:
        raise meaning(error, cluster) from error


def meaning(error: Exception, cluster: bool = False) -> WinnowError:
    """The error to raise instead: TransientError (or ScriptsForgotten), or FatalError."""
    said = str(error) or type(error).__name__
    if isinstance(error, NoScriptError):
        return ScriptsForgotten("Redis: scripts forgotten")
    if isinstance(error, AuthenticationError | AuthorizationError):
        return FatalError(f"Redis refuses the user or the password of redis.url: {said}")
    if isinstance(error, MovedError) and not cluster:
        return FatalError("this Redis is a node of a cluster: write redis.url as redis+cluster://…")
    if isinstance(error, ResponseError | DataError) and not _passes(error, said):
        return FatalError(f"Redis refuses a command, and waiting would not mend it: {said}")
    return TransientError(f"Redis: {said}")


def _passes(error: Exception, said: str) -> bool:
    """Of what fails inside a script, Redis 6 puts the code behind the script's name, Redis 7 in front."""
    return isinstance(error, _PASSING) or any(word.lstrip("-") in PASSING for word in said.split())
