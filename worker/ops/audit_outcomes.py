"""From records of the four topics to the facts that the laws are fed with. No Kafka here, no clock."""

from __future__ import annotations

import hashlib
from typing import Any

import orjson

from worker.ops.audit_findings import Offset
from worker.ops.audit_laws import Laws
from worker.ops.audit_states import CLEAN, DEAD
from worker.outcome import header, origin_in, replayed_in, sha256_of
from worker.ports import RawRecord

MESSAGE = 80
"""Characters of what the parser says: it may quote the record."""


class _Malformed(Exception):
    """An outcome that is not what the contract says."""


def judge_outcome(laws: Laws, role: int, record: RawRecord, raw: str) -> None:
    """One record of an outcome topic; `raw` is the name of the raw topic."""
    topic = header(record.headers, "winnow.origin.topic")
    if topic is not None and topic != raw:
        laws.found.counts["foreign"] += 1  # of another raw topic: not ours to judge
        return
    where = f"{record.topic}-{record.partition}@{record.offset}"
    origin = origin_in(record.headers)
    if origin is None:
        laws.found.violate("malformed", (record.partition, record.offset), f"{where} names no origin")
        return
    place = origin[1:]
    try:
        _feed(laws, role, record, place, raw)
    except (_Malformed, orjson.JSONDecodeError, KeyError, TypeError, ValueError) as error:
        reason = (str(error) or type(error).__name__)[:MESSAGE]
        laws.found.violate("malformed", place, f"{where}: {type(error).__name__.lstrip('_')}: {reason}")


def judge_raw(laws: Laws, record: RawRecord, raw: str) -> None:
    """One record of the raw topic."""
    replays = replayed_place(record, raw)
    laws.raw((record.partition, record.offset), hashlib.sha256(record.value or b"").digest(), replays)


def replayed_place(record: RawRecord, raw: str) -> Offset | None:
    """Which raw record this one says it replays."""
    replayed = replayed_in(record.headers)
    return replayed[1:] if replayed and replayed[0] == raw else None


def _feed(laws: Laws, role: int, record: RawRecord, place: Offset, raw: str) -> None:
    told = header(record.headers, "winnow.origin.sha256") or ""
    if not laws.outcome(role, place, _digest(told), record.timestamp_ms):
        return
    if role == DEAD:
        _judge_dead_letter(laws, place, record, told)
        return
    data = orjson.loads(record.value or b"null")
    if not isinstance(data, dict):
        raise _Malformed("no JSON object")
    if "origin" in data and _place_in(data["origin"], raw) != place:
        raise _Malformed("its origin is not the one in its headers")
    if role == CLEAN:
        names = {name: data.get(name) for name in ("id", "canonical_url")}
        laws.version(place, names, int(data["version"]), record.timestamp_ms)
    else:
        laws.points_at(place, _place_in(data["duplicate_of_origin"], raw), data.get("kind") == "stale")


def _judge_dead_letter(laws: Laws, place: Offset, record: RawRecord, told: str) -> None:
    """The received bytes, unchanged; without value only what had none or could not be written."""
    if record.value is not None:
        if sha256_of(record.value) != told:
            laws.found.violate("changed", place, "a dead letter with other bytes than were received")
        return
    code = header(record.headers, "winnow.error.code")
    is_named = code == "too_large" and header(record.headers, "winnow.value.sha256") == told
    if told != sha256_of(None) and not is_named:
        laws.found.violate("changed", place, "a dead letter lost its bytes")


def _place_in(origin: dict[str, Any], raw: str) -> Offset | None:
    if origin["topic"] != raw:
        return None
    place = (origin["partition"], origin["offset"])
    if not all(type(number) is int and 0 <= number < 2**63 for number in place):
        raise _Malformed("a place that is none")
    return place


def _digest(told: str) -> bytes:
    if len(told) != 64:
        raise _Malformed("no winnow.origin.sha256")
    return bytes.fromhex(told)
