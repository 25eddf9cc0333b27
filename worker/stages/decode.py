"""decode: received bytes → RawArticle."""

from __future__ import annotations

from codecs import BOM_UTF8
from typing import Any

import orjson
from pydantic import ValidationError

from schemas import RawArticle
from worker.errors import InvalidRecord
from worker.ports import RawRecord


def decode(record: RawRecord) -> tuple[RawArticle, tuple[str, ...]]:
    """The record's article, and the names of optional fields that could not be read and became null.

    Raises InvalidRecord: `undecodable`, `empty`, `not_utf8`, `not_json`, `schema`.
    """
    value = record.value
    if record.undecodable:
        raise InvalidRecord("decode", "undecodable", record.undecodable)
    if value is None or not value.strip():
        raise InvalidRecord("decode", "empty", "no value" if value is None else "the value is empty")
    unreadable: list[str] = []
    try:
        data = read_json(value)
    except orjson.JSONDecodeError as error:
        raise _not_json(value, error) from None
    if not isinstance(data, dict):
        message = f"the record should be a JSON object, not {_json_type(data)}"
        raise InvalidRecord("decode", "schema", message)
    try:
        return RawArticle.model_validate(data, context=unreadable), tuple(unreadable)
    except ValidationError as error:
        raise InvalidRecord("decode", "schema", _first_fault(error)) from None


def read_json(value: bytes) -> Any:
    """What a record's value holds; a byte order mark before it does no harm. Raises JSONDecodeError."""
    return orjson.loads(value.removeprefix(BOM_UTF8))


def _not_json(value: bytes, error: orjson.JSONDecodeError) -> InvalidRecord:
    try:
        value.decode("utf-8")
    except UnicodeDecodeError as bad:
        return InvalidRecord("decode", "not_utf8", f"byte {bad.start} is not UTF-8")
    return InvalidRecord("decode", "not_json", f"{error.msg} (character {error.pos})")


def _json_type(data: object) -> str:
    names = {list: "an array", str: "a string", int: "a number", float: "a number", bool: "a boolean"}
    return names.get(type(data), "null")


def _first_fault(error: ValidationError) -> str:
    """The first fault with its field's name, and how many there are; never the value itself."""
    faults = error.errors(include_input=False, include_url=False, include_context=False)
    field = ".".join(str(part) for part in faults[0]["loc"])[:200]
    message = faults[0]["msg"].removeprefix("Value error, ")
    more = f" (and {len(faults) - 1} more)" if len(faults) > 1 else ""
    return f"{field}: {message}{more}" if field else f"{message}{more}"
