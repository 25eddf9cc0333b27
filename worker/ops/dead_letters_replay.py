"""`winnow dlq replay`: dead letters go through today's rules, and those that pass are sent again, once.

    dead letter ─▶ bytes there? ─▶ sent before? ─▶ tried too often? ─▶ today's rules ─▶ raw topic
                      unreadable      already          tired              still dead       sent

The record that is sent says which one it replays (`winnow.replay.origin`), so that a second replay, by
whomever, is noticed, and so that it takes over the claims of the one it replays (delivery.md), to which it
was announced before.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice

from worker.adapters.kafka_reader import KafkaReader
from worker.adapters.kafka_replayer import Replay
from worker.ops.dead_letters import Letter
from worker.ops.replays import SentBefore
from worker.outcome import DeadLetter, sha256_of
from worker.ports import Pool, RawRecord

Send = Callable[[Iterator[Replay]], tuple[int, list[str]]]
"""Sends what passed; answers how many were sent, and the names of those that the topic does not take."""

CHUNK = 100
"""Letters tried at once: what is in memory, a hundred times the largest record at worst."""


@dataclass
class Replayed:
    """What became of the letters."""

    sent: int = 0
    """With a dry run: would be sent."""
    already: int = 0
    """Had been replayed before."""
    tired: int = 0
    """Tried too often: the guard against a loop."""
    unreadable: int = 0
    """Without bytes, which the raw topic has no more either."""
    still_dead: Counter[str] = field(default_factory=Counter)
    """Would end as dead letters again, by code."""
    refused: list[str] = field(default_factory=list)
    """Larger than the raw topic takes."""


@dataclass(frozen=True, slots=True)
class Conditions:
    """What a letter must fulfil."""

    raw: str
    already: SentBefore
    max_attempts: int
    even_if_dead: bool = False
    """Send also what today's rules refuse."""


def replay(
    letters: Iterable[Letter],
    conditions: Conditions,
    pool: Pool,
    reader: KafkaReader,
    send: Send | None,
) -> Replayed:
    """Without `send`: a dry run. `reader` looks up raw records whose bytes the letter lacks."""
    result = Replayed()
    chosen = _chosen(letters, conditions, reader, result)
    passed = _passed(chosen, conditions, pool, result)
    if send is None:
        result.sent = sum(1 for _ in passed)
    else:
        result.sent, result.refused = send(passed)
    return result


def _chosen(
    letters: Iterable[Letter], conditions: Conditions, reader: KafkaReader, result: Replayed
) -> Iterator[Replay]:
    """The letters that may be sent at all; of two with one origin the first."""
    seen = set(conditions.already)
    for letter in letters:
        if letter.origin is None or letter.origin[0] != conditions.raw:
            result.unreadable += 1
        elif letter.is_in(seen, conditions.raw):
            result.already += 1
        elif letter.attempts >= conditions.max_attempts:
            result.tired += 1
        elif (record := _received(letter, reader)) is None:
            result.unreadable += 1
        else:
            seen.add((letter.origin[1:], letter.sha256))
            yield Replay(record, letter.attempts)


def _received(letter: Letter, reader: KafkaReader) -> RawRecord | None:
    """The raw record as it was received: from the letter itself, else from the raw topic."""
    assert letter.origin is not None, "asked before"
    record = letter.record
    if record.value is None:
        found = reader.one(*letter.origin)
    else:
        found = RawRecord(*letter.origin, record.timestamp_ms, record.key, record.value, record.headers)
    is_it = found is not None and found.value is not None and sha256_of(found.value) == letter.sha256
    return found if is_it else None


def _passed(
    replays: Iterator[Replay], conditions: Conditions, pool: Pool, result: Replayed
) -> Iterator[Replay]:
    """Those that today's rules let through; a hanging record costs its deadline, not the command."""
    while chunk := list(islice(replays, CHUNK)):
        work = pool.start([replay.record for replay in chunk])
        while not work.wait(1.0):
            pass
        for replay, outcome in zip(chunk, work.results(), strict=True):
            if isinstance(outcome, DeadLetter) and not conditions.even_if_dead:
                result.still_dead[outcome.code] += 1
            else:
                yield replay
