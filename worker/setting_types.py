"""Types of settings: what is written in a file or an environment variable, and what it means."""

from __future__ import annotations

import re
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, Field, WithJsonSchema

_SECONDS = {"ms": 0.001, "s": 1, "m": 60, "h": 3600, "d": 86400}
_BYTES = {"B": 1, "KiB": 1024, "MiB": 1024**2, "GiB": 1024**3}
_DURATION = r"^\s*(\d+(?:\.\d+)?)\s*(ms|s|m|h|d)?\s*$"
_SIZE = r"^\s*(\d+)\s*(B|KiB|MiB|GiB)?\s*$"
_TOPIC = r"^[a-zA-Z0-9._-]{1,249}$"
"""What Kafka takes as the name of a topic (org.apache.kafka.common.internals.Topic), but for . and .."""
_LEAST_S, _LONGEST_S, _DAY_S = 0.001, 100 * 365 * 86400.0, 86400.0
"""Redis and Kafka count milliseconds; beyond these some clock or counter overflows."""
_INT32 = 2**31 - 1
_MOST_BYTES = 1000 * 1024**2
"""Twice as much must still be one of Kafka's 32-bit numbers: the clean topic takes it."""


def _number(value: object) -> object:
    if isinstance(value, bool):
        raise ValueError("a number is needed, not true or false")
    return value


def _seconds(value: object) -> object:
    if not isinstance(value, str):
        return _number(value)
    if not (match := re.match(_DURATION, value)):
        raise ValueError('a duration is a number of seconds, or written like "500ms", "15m", "2h", "7d"')
    return float(match[1]) * _SECONDS[match[2] or "s"]


def _size(value: object) -> object:
    if not isinstance(value, str):
        return _number(value)
    if not (match := re.match(_SIZE, value)):
        raise ValueError('a size is a number of bytes, or written like "64KiB", "32MiB", "2GiB"')
    return int(match[1]) * _BYTES[match[2] or "B"]


def _addresses(value: str) -> str:
    for address in value.split(","):
        host, _, port = address.strip().rpartition(":")
        if not host or "/" in host or not re.fullmatch(r"[0-9]{1,5}", port) or not 0 < int(port) <= 65535:
            raise ValueError(f"{address.strip()!r} is not host:port")
    return value


def _redis_url(value: str) -> str:
    # No message may repeat the value: it may hold a password.
    parts = urlsplit(value)
    if parts.scheme not in ("redis", "rediss", "unix", "redis+cluster", "rediss+cluster"):
        raise ValueError(
            "a Redis URL starts with redis://, rediss:// or unix:// (redis+cluster:// for a cluster)"
        )
    try:
        parts.port  # noqa: B018 - looks at it
    except ValueError:
        raise ValueError(
            "the port of a Redis URL is a number; in a password / is written %2F, ? %3F and # %23"
        ) from None
    if parts.scheme == "unix" and not parts.path:
        raise ValueError("a Redis socket is written unix:///path/to/redis.sock")
    if parts.scheme != "unix" and not re.fullmatch(r"/?[0-9]*", parts.path):
        raise ValueError("behind the host of a Redis URL stands the number of the database, like /0")
    return value


def _topic(value: str) -> str:
    if value in (".", ".."):
        raise ValueError("Kafka has no topics named . and ..")
    return value


def _written(kind: str, pattern: str, least: float, most: float) -> WithJsonSchema:
    number = {"type": kind, "minimum": least, "maximum": most}
    return WithJsonSchema({"anyOf": [number, {"type": "string", "pattern": pattern}]})


Count = Annotated[int, Field(gt=0, le=_INT32), BeforeValidator(_number)]
"""A number, at least one, that Kafka's protocol can say."""
Duration = Annotated[
    float,
    BeforeValidator(_seconds),
    Field(ge=_LEAST_S, le=_LONGEST_S, allow_inf_nan=False),
    _written("number", _DURATION, _LEAST_S, _LONGEST_S),
]
"""Seconds; written as a number, or as `500ms`, `15m`, `2h`, `7d`."""
Timeout = Annotated[
    float,
    BeforeValidator(_seconds),
    Field(ge=_LEAST_S, le=_DAY_S, allow_inf_nan=False),
    _written("number", _DURATION, _LEAST_S, _DAY_S),
]
"""A Duration that somebody waits for: a day at most."""
Size = Annotated[
    int,
    BeforeValidator(_size),
    Field(gt=0, le=_MOST_BYTES),
    _written("integer", _SIZE, 1, _MOST_BYTES),
]
"""Bytes, at least one; written as a number, or as `64KiB`, `32MiB`."""
SizeOrNone = Annotated[
    int,
    BeforeValidator(_size),
    Field(ge=0, le=2**62),
    _written("integer", _SIZE, 0, 2**62),
]
"""Bytes of memory, as above; 0 turns a limit off."""
TopicName = Annotated[str, Field(pattern=_TOPIC), AfterValidator(_topic)]
Addresses = Annotated[str, AfterValidator(_addresses)]
"""`host:port`, several by comma."""
RedisUrl = Annotated[str, AfterValidator(_redis_url)]
