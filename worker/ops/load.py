"""`winnow load`: articles from files onto the raw topic."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import islice

import orjson

from worker.adapters.files import Input, RawValue, read_all
from worker.adapters.kafka_sender import KafkaSender


@dataclass(frozen=True, slots=True)
class Loaded:
    """What became of the records."""

    sent: int
    refused: list[str]


def load(
    inputs: Iterable[Input],
    sender: KafkaSender,
    told: Callable[[int, RawValue], None],
    rate: float | None = None,
    limit: int | None = None,
) -> Loaded:
    """Sends every record, its bytes unchanged, keyed by its id or URL; at most `rate` per second."""
    started = time.monotonic()
    for count, value in enumerate(islice(read_all(inputs), limit)):
        if rate:
            time.sleep(max(0.0, started + count / rate - time.monotonic()))
        sender.send(f"{value.source.name}#{value.index}", key_of(value.value), value.value)
        told(count + 1, value)
    sender.settle()
    return Loaded(sender.sent, sender.refused)


def key_of(value: bytes) -> bytes | None:
    """The record's id, else its URL: versions and copies of one article meet in one partition."""
    try:
        data = orjson.loads(value)
    except orjson.JSONDecodeError:
        return None
    named = [data.get(name) for name in ("id", "url")] if isinstance(data, dict) else []
    key = next((name for name in named if isinstance(name, str) and name), None)
    return key.encode("utf-8", "replace") if key else None
