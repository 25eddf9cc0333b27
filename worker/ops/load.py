"""`winnow load`: articles from files onto the raw topic."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

import orjson

from worker.adapters.files import Input, read_all
from worker.adapters.kafka_sender import KafkaSender
from worker.errors import FatalError
from worker.ops.figures import plural
from worker.ops.progress import Tell
from worker.stages.decode import read_json

NAMED = 10
"""Refused records named at the end."""


@dataclass(frozen=True, slots=True)
class Loaded:
    """What became of the records; `passed_over`: what a WARC archive holds besides pages."""

    sent: int
    refused: list[str]
    passed_over: Counter[str]
    seconds: float


def load(
    inputs: Iterable[Input],
    sender: KafkaSender,
    tell: Tell,
    rate: float | None = None,
    limit: int | None = None,
) -> Loaded:
    """Sends every record, its bytes unchanged, keyed by its id or URL; at most `rate` per second.

    Raises FatalError when an input breaks off, or at Ctrl-C; what was sent before that stays sent.
    """
    started = time.monotonic()
    passed_over = Counter[str]()
    values = (value for value in read_all(inputs, passed_over) if value is not None)
    try:
        for count, value in enumerate(islice(values, limit)):
            if rate:
                time.sleep(max(0.0, started + count / rate - time.monotonic()))
            sender.send(f"{value.source.name}#{value.index}", key_of(value.value), value.value)
            tell(count + 1, value.bytes_done)
    except (FatalError, KeyboardInterrupt) as error:
        sender.settle()
        reason = str(error) or "stopped"
        raise FatalError(f"{reason}; {sender.sent} records were sent before that") from None
    sender.settle()
    return Loaded(sender.sent, sender.refused, passed_over, time.monotonic() - started)


def told_of(done: Loaded, topic: str) -> Iterator[str]:
    """For people: what was sent, how fast, and what was passed over."""
    per_second = done.sent / max(done.seconds, 0.001)
    yield f"{plural(done.sent, 'record')} sent to {topic} in {done.seconds:.1f} s ({per_second:,.0f}/s)"
    if done.passed_over:
        yield "passed over: " + ", ".join(f"{what} {n:,}" for what, n in done.passed_over.most_common())


def named(refused: Sequence[str]) -> str:
    """Which records the topic does not take."""
    some = ", ".join(refused[:NAMED]) + (" …" if len(refused) > NAMED else "")
    return f"{len(refused)} records are larger than the topic takes and were not sent: {some}"


def key_of(value: bytes) -> bytes | None:
    """The record's id, else its URL: versions and copies of one article meet in one partition."""
    try:
        data = read_json(value)
    except orjson.JSONDecodeError:
        return None
    named = [data.get(name) for name in ("id", "url")] if isinstance(data, dict) else []
    key = next((name for name in named if isinstance(name, str) and name), None)
    return key.encode("utf-8", "replace") if key else None
