"""What becomes of a record: Publish, Duplicate or DeadLetter, exactly one of them, and how each is written.

`process` answers Prepared or DeadLetter; the claim turns each Prepared into Publish or Duplicate.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING, assert_never

import orjson

from schemas.fields import write_time
from worker.ports import Message

if TYPE_CHECKING:
    from worker.errors import InvalidRecord, Stage
    from worker.ports import Answer, Headers, Identity, Origin, RawRecord, Sighting

MESSAGE_BYTES = 500  # contract §1: the message holds at most 500 bytes
CLAIM_RESERVE = 16 * 1024
"""Bytes that the claim's fields and our own headers may add to a serialised article: two ids of at most
2,048 characters of four bytes in `supersedes` and `relation`, places and times."""

try:
    VERSION = version("winnow")
except PackageNotFoundError:  # run from a source tree that was never installed
    VERSION = "0+source"


@dataclass(frozen=True)  # no slots, as RawRecord
class Prepared:
    """A valid article, serialised but for the claim's fields, and what it is claimed over."""

    identity: Identity
    body: bytes
    """The CleanArticle as JSON, without `schemas.clean_article.CLAIM_FIELDS`."""
    removed: tuple[tuple[str, int], ...] = ()
    """Removed lines by kind."""
    unreadable: tuple[str, ...] = ()
    """Optional fields that could not be read."""
    sighting: Sighting | None = None
    """What the article shows of its source's habits; None: nothing is learned from it."""


@dataclass(frozen=True, slots=True)
class Publish:
    """A new article, or a new version of one."""

    prepared: Prepared
    answer: Answer


@dataclass(frozen=True, slots=True)
class Duplicate:
    """A copy of an article that is kept."""

    prepared: Prepared
    answer: Answer


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """A record that can never become an article, and why."""

    stage: Stage
    code: str
    message: str
    drop_value: bool = False
    """The received bytes cannot be written either: null value, their hash and size in headers."""

    @classmethod
    def of(cls, error: InvalidRecord) -> DeadLetter:
        return cls(error.stage, error.code, error.message)


Outcome = Publish | Duplicate | DeadLetter


def outcome_of(prepared: Prepared, answer: Answer) -> Publish | Duplicate:
    """What the claim's answer makes of a prepared article."""
    return Duplicate(prepared, answer) if answer.verdict == "duplicate" else Publish(prepared, answer)


def message_of(outcome: Outcome, record: RawRecord, now: datetime | None) -> Message:
    """The outcome of `record` as it goes on the wire; `now` None leaves the time of processing open."""
    origin = record.origin
    received = (*passed_on(record.headers), *_origin_headers(record))
    # kafka-python never gets past a header whose name is not UTF-8; only dead letters are what was received.
    headers = tuple((_spelled_out(name), value) for name, value in received)
    match outcome:
        case Publish():
            key = outcome.prepared.identity.article_id.encode()
            # The raw record's time: `dedupe rebuild` needs it to tell what is stale as the claim did.
            told = (("winnow.origin.timestamp", b"%d" % record.timestamp_ms),)
            return Message("clean", key, _article(outcome, now), (*headers, *told), origin)
        case Duplicate():
            key = outcome.prepared.identity.article_id.encode()
            return Message("duplicates", key, _duplicate(outcome, now), headers, origin)
        case DeadLetter():
            value = None if outcome.drop_value else record.value
            headers = (*received, *_error_headers(outcome, record, now))
            return Message("dead_letters", record.key, value, headers, origin)
        case _:
            assert_never(outcome)


def sha256_of(value: bytes | None) -> str:
    """SHA-256 (hex) of the received bytes; a null value counts as no bytes."""
    return hashlib.sha256(value or b"").hexdigest()


def header(headers: Headers, name: str) -> str | None:
    """The last value of a header as text; None if it is not there or unreadable."""
    for key, value in reversed(headers):
        if key == name and value is not None:
            return value.decode("utf-8", "replace")
    return None


def passed_on(headers: Headers) -> Iterator[tuple[str, bytes | None]]:
    """The raw record's own headers; incoming `winnow.*` ones could be forged."""
    return ((key, value) for key, value in headers if not key.lower().startswith("winnow."))


def origin_in(headers: Headers) -> Origin | None:
    """The raw record that an outcome's headers name; None if they name none."""
    return _place(
        header(headers, "winnow.origin.topic"),
        header(headers, "winnow.origin.partition"),
        header(headers, "winnow.origin.offset"),
    )


def replayed_in(headers: Headers) -> Origin | None:
    """The raw record that a raw record's headers say it replays; None if they say nothing. Can be forged."""
    place, _, offset = (header(headers, "winnow.replay.origin") or "").rpartition(":")
    topic, _, partition = place.rpartition(":")
    return _place(topic, partition, offset)


def _place(topic: str | None, partition: str | None, offset: str | None) -> Origin | None:
    if topic and partition and offset and is_number(partition) and is_number(offset):
        return topic, int(partition), int(offset)
    return None


def is_number(text: str) -> bool:
    """Whether a header may be a partition or an offset: decimal, and no longer than Kafka's numbers."""
    return text.isascii() and text.isdecimal() and len(text) < 20


def attempts_of(record: RawRecord) -> int:
    """How many times this record was tried, this time included (a replay says how often before)."""
    before = header(record.headers, "winnow.attempts") or ""
    return (int(before) if before.isascii() and before.isdigit() and len(before) < 6 else 0) + 1


def _article(outcome: Publish, now: datetime | None) -> bytes:
    answer = outcome.answer
    other = answer.other
    claimed = {
        "version": answer.version,
        "supersedes": other
        and {
            "id": other.article_id,
            "version": other.version,
            "origin": _origin(other.origin),
            "similarity": answer.similarity,
        },
        "relation": answer.relation and {"kind": answer.relation[0], "id": answer.relation[1]},
        "story_id": answer.story_id,
        "processed_at": now and write_time(now),
    }
    # The body is a whole JSON object, written in the pool; its last brace makes room for the claim's fields.
    return outcome.prepared.body[:-1] + b"," + orjson.dumps(claimed)[1:]


def _duplicate(outcome: Duplicate, now: datetime | None) -> bytes:
    identity, answer = outcome.prepared.identity, outcome.answer
    assert answer.other is not None, "a duplicate always has an original"
    return orjson.dumps(
        {
            "schema_version": 1,
            "id": identity.article_id,
            "duplicate_of": answer.other.article_id,
            "kind": answer.kind,
            "similarity": answer.similarity,
            "origin": _origin(identity.origin),
            "duplicate_of_origin": _origin(answer.other.origin),
            "processed_at": now and write_time(now),
        }
    )


def _origin(place: Origin) -> dict[str, str | int]:
    return {"topic": place[0], "partition": place[1], "offset": place[2]}


def _spelled_out(name: str) -> str:
    return name.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")


def _origin_headers(record: RawRecord) -> Headers:
    return (
        ("winnow.origin.topic", record.topic.encode()),
        ("winnow.origin.partition", b"%d" % record.partition),
        ("winnow.origin.offset", b"%d" % record.offset),
        ("winnow.origin.sha256", sha256_of(record.value).encode()),
        ("winnow.version", VERSION.encode()),
    )


def _error_headers(letter: DeadLetter, record: RawRecord, now: datetime | None) -> Headers:
    failed_at = now or datetime.fromtimestamp(max(record.timestamp_ms, 0) / 1000, UTC)
    headers: Headers = (
        ("winnow.error.stage", letter.stage.encode()),
        ("winnow.error.code", letter.code.encode()),
        ("winnow.error.message", _shortened(letter.message)),
        ("winnow.attempts", b"%d" % attempts_of(record)),
        ("winnow.failed_at", write_time(failed_at).encode()),
    )
    if not letter.drop_value:
        return headers
    return (
        *headers,
        ("winnow.value.sha256", sha256_of(record.value).encode()),
        ("winnow.value.bytes", b"%d" % len(record.value or b"")),
    )


def _shortened(message: str) -> bytes:
    """At most MESSAGE_BYTES of UTF-8, cut between characters."""
    whole = message.encode("utf-8", "replace")
    if len(whole) <= MESSAGE_BYTES:
        return whole
    return whole[: MESSAGE_BYTES - 3].decode("utf-8", "ignore").encode() + "…".encode()
