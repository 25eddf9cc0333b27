"""What replays and repairs share: the claims hear of them before the raw topic does, none is sent twice.

A worker believes `winnow.replay.origin` only of what was announced (worker/dedupe/claim.lua): a crawler that
forges the header reaches Kafka, not Redis. Announced and then not sent does no harm: what died or was a
duplicate has nothing published that could be published twice.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import islice

from worker.adapters.kafka_reader import KafkaReader
from worker.adapters.kafka_replayer import Replay, Replayer
from worker.ops.audit import Tell, read
from worker.ops.audit_findings import Offset
from worker.ops.audit_outcomes import replayed_place
from worker.outcome import sha256_of
from worker.ports import Claims
from worker.stages.fingerprint import owner_of

CHUNK = 100
"""Replays announced in one round trip; none of them is sent before it."""

SentBefore = set[tuple[Offset, str]]
"""Raw records that were sent again: their places, each with the SHA-256 of its bytes."""


def send_announced(replays: Iterable[Replay], replayer: Replayer, claims: Claims) -> tuple[int, list[str]]:
    """As Replayer.send; TransientError when Redis is away, too: what cannot be announced is not sent."""
    return replayer.send(_announced(replays, claims))


def _announced(replays: Iterable[Replay], claims: Claims) -> Iterator[Replay]:
    waiting = iter(replays)
    while chunk := list(islice(waiting, CHUNK)):
        # The claims' names for the records that are replayed, as the worker will find them in the header.
        claims.announce([owner_of(*one.record.origin, sha256_of(one.record.value)) for one in chunk])
        yield from chunk


def replayed_already(
    reader: KafkaReader, raw: str, tell: Tell, starts: Mapping[int, int] | None = None
) -> SentBefore:
    """What some record of the raw topic replays: the place that it names, with the bytes that it has.

    A replay does not change them: who forges the header with other bytes has replayed nothing, and with the
    same ones they went their way once more, to an outcome of their own.

    Reads the whole log, or from `starts` on; a partition without one has nothing that matters.
    """
    spans = reader.bounds(raw)
    if starts is not None:
        spans = {p: (max(starts[p], start), end) for p, (start, end) in spans.items() if p in starts}
    return {
        (place, sha256_of(record.value))
        for record in read(reader, raw, spans, tell)
        if (place := replayed_place(record, raw)) is not None
    }
