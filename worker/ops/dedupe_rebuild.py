"""`winnow dedupe rebuild`: fills Redis again from the clean topic, after a loss.

Each clean article says what it was claimed as (version, story, relation), and its headers who claimed it: the
same claims and versions as before come back, so that redeliveries are `own` and copies are duplicates.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from pydantic import ValidationError

from schemas import CleanArticle
from schemas.clean_article import Supersedes
from worker.adapters.redis_inventory import RedisInventory, Restored
from worker.errors import FatalError
from worker.outcome import header, is_number, origin_in
from worker.ports import Identity, Kept, Origin, Place, RawRecord
from worker.stages.fingerprint import owner_of, seen_ms, signed

BATCH = 500


@dataclass
class Rebuilt:
    """What became of the clean records."""

    restored: int = 0
    known: int = 0
    """Claimed already."""
    expired: int = 0
    """Older than `dedupe.ttl`: nobody would remember them."""
    foreign: int = 0
    """Without our headers, or no CleanArticle."""
    settled: dict[Place, int] = field(default_factory=dict)
    """Per raw partition, behind the last record that is clean: a group set back below it is refused."""


def check_stopped(members: int, group_id: str) -> None:
    """Batches that running workers commit after the end was read would be missed (delivery.md)."""
    if members:
        raise FatalError(
            f"the group {group_id} has {members} running workers: stop them, then rebuild, then start them"
        )


def rebuild(
    records: Iterable[RawRecord],
    inventory: RedisInventory,
    ttl_s: float,
    story_ttl_s: float | None,
    tell: Callable[[int], None],
) -> Rebuilt:
    """Claims what these records of the clean topic say. May be run again. Raises TransientError."""
    done = Rebuilt()
    batch: list[Restored] = []

    def settle() -> None:
        restored = inventory.restore(batch, story_ttl_s)
        done.restored += restored
        done.known += len(batch) - restored
        batch.clear()

    for number, record in enumerate(records):
        if origin := origin_in(record.headers):
            place, behind = origin[:2], origin[2] + 1
            done.settled[place] = max(behind, done.settled.get(place, 0))
        left_s = ttl_s - (time.time() - record.timestamp_ms / 1000)
        if left_s <= 0:
            done.expired += 1
        elif (one := restored_of(record, min(left_s, ttl_s))) is None:
            done.foreign += 1
        else:
            batch.append(one)
        if len(batch) >= BATCH:
            settle()
            tell(number + 1)
    settle()
    return done


def restored_of(record: RawRecord, ttl_s: float) -> Restored | None:
    """The claim that a clean record tells of; None if it tells of none."""
    origin, sha256 = origin_in(record.headers), header(record.headers, "winnow.origin.sha256")
    if origin is None or sha256 is None or record.value is None:
        return None
    try:
        article = CleanArticle.model_validate_json(record.value)
    except ValidationError:
        return None
    before, relation = article.supersedes, article.relation
    return Restored(
        identity=_identity(article, origin, sha256, _raw_time_ms(record)),
        version=article.version or 1,
        supersedes=_kept(before) if before else None,
        relation=(relation.kind, relation.id) if relation else None,
        similarity=before.similarity if before and before.similarity is not None else 1.0,
        story_id=article.story_id,
        ttl_s=ttl_s,
    )


def _kept(before: Supersedes) -> Kept:
    return Kept(
        before.id, before.version, (before.origin.topic, before.origin.partition, before.origin.offset)
    )


def _identity(article: CleanArticle, origin: Origin, sha256: str, raw_time_ms: int) -> Identity:
    signature, terms = signed(article)
    return Identity(
        owner=owner_of(*origin, sha256),
        article_id=article.id,
        canonical_url=article.canonical_url,
        content_hash=article.content_hash,
        seen_ms=seen_ms(article.fetched_at, raw_time_ms),
        origin=origin,
        signature=signature,
        terms=terms,
        source=article.source,
    )


def _raw_time_ms(record: RawRecord) -> int:
    """The raw record's time; that of the clean one where no header tells (written before there was one)."""
    told = header(record.headers, "winnow.origin.timestamp") or ""
    return int(told) if is_number(told) else record.timestamp_ms
