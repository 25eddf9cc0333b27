"""The runner over twins in memory, with a broker that refuses the outcomes of one record (P8, P9)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import pytest

from tests.world import World, article, broken_laws
from worker.adapters import memory
from worker.errors import FatalError, RecordRefused, TransientError
from worker.outcome import sha256_of
from worker.ports import Message
from worker.stages.fingerprint import owner_of

FIRST = ("raw", 0, 0)
Refuses = Callable[[Message], bool]


def refuse(monkeypatch: pytest.MonkeyPatch, refuses: Refuses) -> None:
    """A broker that takes no transaction with a message that it refuses."""
    honest = memory.MemoryBroker.commit

    def commit(self: Any, messages: Sequence[Message], batch: Any, claimed: int) -> None:
        for message in messages:
            if refuses(message):
                raise RecordRefused(message.origin, "too_large", "too large", message.role == "dead_letters")
        honest(self, messages, batch, claimed)

    monkeypatch.setattr(memory.MemoryBroker, "commit", commit)


def outcome_of_first(world: World, steps: int = 12) -> Message:
    worker = world.worker("w1")
    for _ in range(steps):
        worker.step()
    assert world.kafka.caught_up()
    (message,) = world.outcomes_by_origin()[FIRST]
    return message


def test_a_refused_article_is_a_dead_letter_and_harms_no_neighbour(monkeypatch: pytest.MonkeyPatch) -> None:
    refuse(monkeypatch, lambda message: message.origin == FIRST and message.role == "clean")
    world = World.of([article(1, "long"), article(2, "short"), article(3, "other")], partitions=1)
    letter = outcome_of_first(world)
    assert (letter.role, letter.value) == ("dead_letters", article(1, "long"))
    assert dict(letter.headers)["winnow.error.code"] == b"too_large"
    assert broken_laws(world) == []


def test_a_refused_dead_letter_is_written_without_its_value(monkeypatch: pytest.MonkeyPatch) -> None:
    refuse(monkeypatch, lambda message: message.origin == FIRST and message.value is not None)
    letter = outcome_of_first(World.of([article(1, "long"), article(2, "short")], partitions=1))
    assert (letter.role, letter.value) == ("dead_letters", None)
    assert dict(letter.headers)["winnow.value.bytes"] == b"%d" % len(article(1, "long"))


def test_a_record_that_is_hopeless_anyway_is_refused_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Not JSON and too large: the first refusal was of a dead letter already."""
    refused: list[Message] = []

    def refuses(message: Message) -> bool:
        if message.origin == FIRST and message.value is not None:
            refused.append(message)
            return True
        return False

    refuse(monkeypatch, refuses)
    letter = outcome_of_first(World.of([b"no JSON"], partitions=1))
    assert (letter.role, letter.value, len(refused)) == ("dead_letters", None, 1)


def test_a_dead_letter_that_cannot_be_written_stops_the_worker(monkeypatch: pytest.MonkeyPatch) -> None:
    refuse(monkeypatch, lambda message: message.origin == FIRST)
    world = World.of([article(1, "long")], partitions=1)
    with pytest.raises(FatalError, match="cannot be written"):
        outcome_of_first(world)
    assert world.kafka.outcomes == []


@pytest.mark.parametrize("away", [0, 2])
def test_a_copy_behind_a_refused_article_is_published(monkeypatch: pytest.MonkeyPatch, away: int) -> None:
    """Its claim is released once its dead letter is true; Redis may be away just then."""
    refuse(monkeypatch, lambda message: message.origin == FIRST and message.role == "clean")
    outages = iter(range(away))
    world = World.of([article(1, "the same"), article(2, "the same")], partitions=1)
    world.max_batch = 1
    honest = world.claims.release

    def release(owners: Sequence[str]) -> None:
        if next(outages, None) is not None:
            raise TransientError("Redis is away")
        honest(owners)

    monkeypatch.setattr(world.claims, "release", release)
    assert outcome_of_first(world).role == "dead_letters"
    (copy,) = world.outcomes_by_origin()["raw", 0, 1]
    assert copy.role == "clean"
    assert broken_laws(world) == []


def test_what_is_published_keeps_its_claim(monkeypatch: pytest.MonkeyPatch) -> None:
    world = World.of([article(1, "the same"), b"no JSON", article(2, "the same")], partitions=1)
    released: list[str] = []
    monkeypatch.setattr(world.claims, "release", released.extend)
    assert outcome_of_first(world).role == "clean"
    assert released == [owner_of("raw", 0, 1, sha256_of(b"no JSON"))]
