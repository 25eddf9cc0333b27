"""What every replay needs: the claims know of it before the raw topic has it.

A worker believes `winnow.replay.origin` only of what was announced (worker/dedupe/claim.lua): a crawler that
forges the header reaches Kafka, not Redis. Announced and then not sent does no harm: what died or was a
duplicate has nothing published that could be published twice.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice

from worker.adapters.kafka_replayer import Replay, Replayer
from worker.outcome import sha256_of
from worker.ports import Claims
from worker.stages.fingerprint import owner_of

CHUNK = 100
"""Replays announced in one round trip; none of them is sent before it."""


class AnnouncingReplayer:
    """A replayer that announces first."""

    def __init__(self, replayer: Replayer, claims: Claims) -> None:
        self._replayer = replayer
        self._claims = claims

    def send(self, replays: Iterable[Replay]) -> tuple[int, list[str]]:
        """As Replayer.send; TransientError when Redis is away, too: what cannot be announced is not sent."""
        return self._replayer.send(self._announced(replays))

    def _announced(self, replays: Iterable[Replay]) -> Iterator[Replay]:
        waiting = iter(replays)
        while chunk := list(islice(waiting, CHUNK)):
            self._claims.announce([_owner(replay) for replay in chunk])
            yield from chunk


def _owner(replay: Replay) -> str:
    """The claims' name for the record that is replayed, as the worker will find it in the header."""
    return owner_of(*replay.record.origin, sha256_of(replay.record.value))
