"""validate: what was cleaned → CleanArticle, checked against its schema."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache

import tldextract
from pydantic import ValidationError

from schemas import CleanArticle, Origin, RawArticle, RemovedLine
from schemas.clean_article import Extraction
from worker.errors import InvalidRecord
from worker.ports import RawRecord
from worker.text.blocks import Cleaned, Document
from worker.text.normalize import content_hash
from worker.text.tokens import word_count
from worker.text.urls import canonical_url

# The list of public suffixes that ships with the library: no network, the same answer on every replica.
_registered = tldextract.TLDExtract(suffix_list_urls=(), cache_dir=None)


@lru_cache(maxsize=4096)
def registered_domain(url: str) -> str | None:
    """`news.bbc.co.uk/x` → `bbc.co.uk`; two labels where the last one is on no list, the bare host where
    there are no more (`localhost`, an IP address)."""
    found = _registered(url)
    if not found.suffix and found.subdomain and not found.ipv4:
        return f"{found.subdomain.rpartition('.')[2]}.{found.domain}"
    return found.top_domain_under_public_suffix or found.domain or found.suffix or None


def validate(
    raw: RawArticle,
    document: Document,
    cleaned: Cleaned,
    record: RawRecord,
    rules_version: str,
    min_confidence: float,
) -> CleanArticle:
    """The article with its metadata: the record's own where it has any, else what the page says.

    Raises InvalidRecord: `schema`; `low_confidence` below `min_confidence`.
    """
    if cleaned.confidence < min_confidence:
        message = f"confidence {cleaned.confidence:.2f} is under the limit of {min_confidence:.2f}"
        raise InvalidRecord("validate", "low_confidence", message)
    hashed = content_hash(cleaned.normalized)
    canonical = canonical_url(raw.url) if raw.url else None
    try:
        return CleanArticle(
            id=_article_id(raw.id, canonical, hashed),
            url=raw.url,
            canonical_url=canonical,
            source=_first_filled([raw.source, canonical and registered_domain(canonical), cleaned.source]),
            title=cleaned.title,
            text=cleaned.text,
            language=cleaned.language,
            authors=list(cleaned.authors),
            credits=list(cleaned.credits),
            dateline=cleaned.dateline,
            published_at=raw.published_at or cleaned.published_at,
            fetched_at=raw.fetched_at,
            hashtags=list(cleaned.hashtags),
            word_count=word_count(cleaned.normalized),
            removed=[
                RemovedLine(line=cut.number, kind=cut.kind, rule=cut.rule, text=cut.text)
                for cut in cleaned.removed
            ],
            metadata=raw.metadata or {},
            extraction=Extraction(method=document.method, confidence=cleaned.confidence, rules=rules_version),
            content_hash=hashed,
            origin=Origin(topic=record.topic, partition=record.partition, offset=record.offset),
        )
    except ValidationError as error:
        fault = error.errors(include_input=False, include_url=False, include_context=False)[0]
        field = ".".join(map(str, fault["loc"]))
        raise InvalidRecord("validate", "schema", f"{field}: {fault['msg']}") from None


def _article_id(given: str | None, canonical: str | None, hashed: str) -> str:
    """The crawler's id; else derived from the canonical URL, else from the content, always the same way."""
    if given and given.strip():
        return given
    return f"url-{content_hash(canonical)[:32]}" if canonical else f"text-{hashed[:32]}"


def _first_filled(values: Iterable[str | None]) -> str | None:
    return next((value for value in values if value and value.strip()), None)
