"""Claims in Redis: one atomic script per article, one round trip per batch."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from importlib.resources import files
from typing import Any, TypeVar

import orjson
import redis
from redis.exceptions import NoScriptError, RedisError

from worker.errors import TransientError
from worker.ports import Answer, Identity, Kept, Ledger

T = TypeVar("T")

_CLAIM = files("worker.dedupe").joinpath("claim.lua").read_text(encoding="utf-8")
_RELEASE = files("worker.dedupe").joinpath("release.lua").read_text(encoding="utf-8")

PIPELINE = 100
"""Scripts per round trip: as fast as one script for all, and Redis is never blocked for longer than one."""


def connect(url: str, timeout_s: float) -> redis.Redis:
    """A client that fails fast; the runner decides how long to wait."""
    return redis.Redis.from_url(
        url, socket_timeout=timeout_s, socket_connect_timeout=timeout_s, health_check_interval=30
    )


class RedisClaims:
    """The Claims port. Every call that fails raises TransientError and may be repeated: what a first
    attempt had claimed is `own` the second time."""

    def __init__(self, client: redis.Redis, namespace: str, ttl_s: float) -> None:
        self._client = client
        self._prefix = f"winnow:{{{namespace}}}:"
        self._ttl_ms = max(1, round(ttl_s * 1000))
        self._sha = {script: hashlib.sha1(script.encode()).hexdigest() for script in (_CLAIM, _RELEASE)}

    def claim(self, identities: Sequence[Identity]) -> list[Answer]:
        calls = [(_CLAIM, (_payload(identity), self._ttl_ms)) for identity in identities]
        return [_answer(reply) for reply in self._scripts(calls)]

    def release(self, owners: Sequence[str]) -> None:
        self._scripts([(_RELEASE, (owner,)) for owner in owners])

    def ledger(self) -> Ledger:
        claims, loss = self._ask(lambda: self._client.mget(self._prefix + "claims", self._prefix + "loss"))
        return Ledger(claimed=int(claims or 0), loss=int(loss) if loss else None)

    def report_loss(self, seen: int) -> None:
        key = self._prefix + "loss"
        known = int(self._ask(lambda: self._client.get(key)) or 0)
        self._ask(lambda: self._client.set(key, max(known, seen)))

    def acknowledge_loss(self) -> None:
        """The counter is raised to what was seen before the loss, so that it is not reported again."""
        ledger = self.ledger()
        if ledger.loss is not None:
            missing = max(0, ledger.loss - ledger.claimed)
            self._ask(lambda: self._client.incrby(self._prefix + "claims", missing))
            self._ask(lambda: self._client.delete(self._prefix + "loss"))

    def _scripts(self, calls: Sequence[tuple[str, tuple[Any, ...]]]) -> list[Any]:
        replies: list[Any] = []
        for start in range(0, len(calls), PIPELINE):
            part = calls[start : start + PIPELINE]
            try:
                replies += self._ask(lambda part=part: self._pipelined(part))  # type: ignore[misc]
            except _ScriptsMissing:
                self._ask(self._load)
                replies += self._ask(lambda part=part: self._pipelined(part))  # type: ignore[misc]
        return replies

    def _pipelined(self, calls: Sequence[tuple[str, tuple[Any, ...]]]) -> list[Any]:
        pipe = self._client.pipeline(transaction=False)
        for script, arguments in calls:
            pipe.execute_command("EVALSHA", self._sha[script], 1, self._prefix, *arguments)
        return list(pipe.execute())

    def _load(self) -> None:
        for script in self._sha:
            self._client.script_load(script)

    def _ask(self, call: Callable[[], Any]) -> Any:
        try:
            return call()
        except NoScriptError as error:
            raise _ScriptsMissing("Redis has forgotten the scripts") from error
        except (RedisError, OSError) as error:
            raise TransientError(f"Redis: {error or type(error).__name__}") from error


class _ScriptsMissing(TransientError):
    """Redis was restarted: the scripts must be loaded again."""


def _payload(identity: Identity) -> bytes:
    topic, partition, offset = identity.origin
    facts = {
        "owner": identity.owner,
        "id": identity.article_id,
        "id_key": key_of(identity.article_id),
        "hash": identity.content_hash[:32],
        "seen": str(identity.seen_ms),
        "origin": f"{topic}:{partition}:{offset}",
    }
    if identity.canonical_url:
        facts["url_key"] = key_of(identity.canonical_url)
    if identity.replaces:
        facts["replaces"] = identity.replaces
    return orjson.dumps(facts)


def key_of(name: str) -> str:
    """16 bytes of BLAKE2 as hex: a key of one length whatever the id or URL holds."""
    return hashlib.blake2b(name.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()


def _answer(reply: bytes) -> Answer:
    told = orjson.loads(reply)
    other = told.get("other")
    kept = None
    if other:
        topic, partition, offset = other["origin"].rsplit(":", 2)
        kept = Kept(other["id"], int(other["version"]), (topic, int(partition), int(offset)))
    return Answer(told["verdict"], int(told["version"]), told["kind"], float(told["similarity"]), kept)
