"""Claims in Redis: one atomic script per few articles, one round trip per hundred."""

from __future__ import annotations

import hashlib
import itertools
from collections.abc import Sequence
from functools import partial

import orjson

from worker.adapters.redis_marks import Marks
from worker.adapters.redis_scripts import PIPELINE, Call, RedisScripts
from worker.dedupe.scripts import Layout, script
from worker.ports import Answer, Identity, Kept, Ledger

TOGETHER = 4
"""Articles per script: 2 to 4 ms, for which Redis answers nobody else. Of a script for one article a tenth of
the time would go into defining its functions."""
ANNOUNCED_TTLS = 2
"""An announcement outlives what it lets be taken over: packed, that lives up to 1⅓ times to live."""


class RedisClaims:
    """The Claims port. Every call that fails raises TransientError and may be repeated: what a first
    attempt had claimed is `own` the second time."""

    def __init__(
        self,
        scripts: RedisScripts,
        ttl_s: float,
        near: bool = True,
        drop_contained: bool = False,
        story_ttl_s: float | None = None,
        layout: Layout | None = None,
        marks: Marks | None = None,
    ) -> None:
        """`story_ttl_s` None: no stories. `layout`: the plain one by default. `marks`: those of a worker."""
        layout = layout or Layout(ttl_s=ttl_s)
        self._redis = scripts
        self._marks = marks
        self._ttl_ms = max(1, round(ttl_s * 1000))
        self._claim, self._release = script("claim", layout), script("release", layout)
        self._announce = script("announce", layout)
        self._near = near
        self._contained = "drop" if drop_contained else "label"
        self._stories = story_ttl_s is not None
        self._story_ttl_ms = max(1, round((story_ttl_s or 0) * 1000))

    def claim(self, identities: Sequence[Identity]) -> list[Answer]:
        calls = [
            self._call(identities[start : start + TOGETHER]) for start in range(0, len(identities), TOGETHER)
        ]
        run = partial(self._redis.run, at_once=PIPELINE // TOGETHER)
        replies = self._marks.around(calls, run) if self._marks else run(calls)
        return [_answer(told) for told in itertools.chain.from_iterable(replies)]

    def _call(self, identities: Sequence[Identity]) -> Call:
        arguments: list[bytes | str | int] = [self._ttl_ms, self._contained, self._story_ttl_ms]
        for identity in identities:
            arguments += (
                payload(identity),
                identity.signature if self._near else b"",
                identity.terms if self._stories else b"",
            )
        return self._claim, tuple(arguments)

    def release(self, owners: Sequence[str]) -> None:
        self._redis.run([(self._release, (owner,)) for owner in owners])

    def announce(self, owners: Sequence[str]) -> None:
        self._redis.run([(self._announce, (owner, ANNOUNCED_TTLS * self._ttl_ms)) for owner in owners])

    def ledger(self) -> Ledger:
        claims, loss = self._redis.ask("MGET", "claims", "loss")
        gone = self._marks is not None and self._marks.gone
        return Ledger(claimed=int(claims or 0), loss=int(loss) if loss else None, gone=gone)

    def report_loss(self, seen: int) -> None:
        (known,) = self._redis.ask("MGET", "loss")
        self._redis.ask("SET", "loss", arguments=(max(int(known or 0), seen),))
        if self._marks:
            self._marks.gone = False

    def acknowledge_loss(self) -> None:
        """The count is raised to what it was before the loss, so that nobody reports it again."""
        ledger = self.ledger()
        if ledger.loss is not None:
            self._redis.ask("INCRBY", "claims", arguments=(max(0, ledger.loss - ledger.claimed),))
            self._redis.ask("DEL", "loss")


def payload(identity: Identity) -> bytes:
    """The identity as the scripts read it."""
    facts = {
        "owner": identity.owner,
        "id": identity.article_id,
        "id_key": key_of(identity.article_id),
        "hash": identity.content_hash[:32],
        "seen": str(identity.seen_ms),
        "origin": ":".join(map(str, identity.origin)),
    }
    if identity.canonical_url:
        facts["url_key"] = key_of(identity.canonical_url)
    elif identity.source:
        facts["source"] = key_of(identity.source.casefold())[:16]
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
    relation = told.get("relation")
    return Answer(
        told["verdict"],
        int(told["version"]),
        told["kind"],
        float(told["similarity"]),
        kept,
        (relation[0], relation[1]) if relation else None,
        told.get("story"),
    )
