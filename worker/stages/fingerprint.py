"""fingerprint: CleanArticle → Prepared: all that the claim needs.

What could still fail is tried here, before the claim: the size of the serialised article (delivery.md, P6).
"""

from __future__ import annotations

import hashlib
from collections import Counter
from datetime import datetime
from typing import TYPE_CHECKING

from schemas.clean_article import CLAIM_FIELDS
from worker.dedupe.signature import signature_of
from worker.dedupe.terms import names_of, terms_of
from worker.dedupe.times import believed
from worker.errors import InvalidRecord
from worker.outcome import CLAIM_RESERVE, Prepared, replayed_in, sha256_of
from worker.ports import Identity, Sighting
from worker.text.normalize import normalized
from worker.text.tokens import words_in

if TYPE_CHECKING:
    from schemas import CleanArticle
    from worker.ports import RawRecord
    from worker.stages.learn import SourceEdges


def fingerprint(
    article: CleanArticle,
    words: str,
    record: RawRecord,
    unreadable: tuple[str, ...],
    max_bytes: int,
    edges: SourceEdges | None,
) -> Prepared:
    """What the article is claimed over, beside its serialised form; `words` are its normalised text's.

    Raises InvalidRecord: `too_large` if it could not be published once claimed.
    """
    body = article.model_dump_json(exclude=set(CLAIM_FIELDS)).encode()
    carried = sum(len(name) * 4 + len(value or b"") for name, value in record.headers)
    if (needed := len(body) + carried + len(article.id) * 4 + CLAIM_RESERVE) > max_bytes:
        message = f"the clean article may need {needed} bytes, the clean topic takes {max_bytes}"
        raise InvalidRecord("publish", "too_large", message)
    identity = identity_of(article, words, record)
    return Prepared(
        identity=identity,
        body=body,
        removed=tuple(Counter(cut.kind for cut in article.removed).items()),
        unreadable=unreadable,
        sighting=_sighting(edges, identity.owner) if edges else None,
    )


def _sighting(edges: SourceEdges, owner: str) -> Sighting:
    return Sighting(edges.source, owner, edges.edges.units, edges.edges.middle)


def identity_of(article: CleanArticle, words: str, record: RawRecord) -> Identity:
    """The pure facts of one record that decide whether it is new."""
    signature, terms = signed(article, words)
    sha256 = sha256_of(record.value)
    return Identity(
        owner=owner_of(*record.origin, sha256),
        article_id=article.id,
        canonical_url=article.canonical_url,
        content_hash=article.content_hash,
        seen_ms=seen_ms(article.fetched_at, record.timestamp_ms),
        origin=record.origin,
        replaces=_replayed(record, sha256),
        signature=signature,
        terms=terms,
        source=article.source,
    )


def signed(article: CleanArticle, words: str = "") -> tuple[bytes, bytes]:
    """The near-duplicate signature of an article, and the terms for its story.

    `words`: the normalised text where it is known already.
    """
    title, text, names = words_in(
        [normalized(article.title), words or normalized(article.text), names_of(article.text)]
    )
    hour = _hour(article.published_at or article.fetched_at)
    return signature_of(text, hour, title), terms_of(title, text, names)


def _hour(when: datetime | None) -> int:
    """Hours since 1970, 0: unknown. Decides whether two texts that are much alike are of the same days."""
    return max(0, int(when.timestamp() // 3600)) if when else 0


def owner_of(topic: str, partition: int, offset: int, sha256: str) -> str:
    """Who claims: the place of a record and its bytes, 32 hex digits (delivery.md, P7)."""
    return hashlib.blake2b(f"{topic}\0{partition}\0{offset}\0{sha256}".encode(), digest_size=16).hexdigest()


def _replayed(record: RawRecord, sha256: str) -> str | None:
    """The owner that this record replays, with the same bytes: a header forged for others names nobody."""
    replayed = replayed_in(record.headers)
    return owner_of(*replayed, sha256) if replayed else None


def seen_ms(fetched_at: datetime | None, record_ms: int) -> int:
    """When the article was fetched, else the raw record's time.

    A page cannot be fetched after its record was written.
    """
    return record_ms if fetched_at is None else believed(round(fetched_at.timestamp() * 1000), record_ms)
