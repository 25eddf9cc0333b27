"""Field types that more than one record uses."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import (
    AfterValidator,
    BeforeValidator,
    PlainSerializer,
    StrictStr,
    ValidationInfo,
    WithJsonSchema,
)

_TAG = re.compile(r"(?:[a-z]{2,3}|[ix](?=-))(?:-[a-z0-9]{1,8})*", re.IGNORECASE)
"""A language tag of BCP 47 by its shape. Longer primary subtags are reserved: `english` is none."""
_LONGEST_TAG = 64


def _note_unreadable(info: ValidationInfo) -> None:
    """Name the field in the list that the caller passed as validation context, so that it is counted."""
    if isinstance(info.context, list) and info.field_name:
        info.context.append(info.field_name)


def read_time(value: str) -> datetime | None:
    """ISO 8601, leniently: a space for the `T` is fine, no zone means UTC; None if unreadable."""
    try:
        moment = datetime.fromisoformat(value.strip())
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, OverflowError):  # OverflowError: year 1 with a zone, shifted before the calendar
        return None


def _lenient_time(value: object, info: ValidationInfo) -> object:
    if not isinstance(value, str):
        return value  # a wrong JSON type: the strict type behind this names the field
    moment = read_time(value)
    if moment is None and value.strip():
        _note_unreadable(info)
    return moment


def _strict_time(value: object) -> object:
    if value is None or isinstance(value, datetime):
        return value
    raise ValueError("should be a string holding an ISO 8601 time")


def write_time(moment: datetime) -> str:
    """ISO 8601 in UTC with a `Z`, to the microsecond only where there are any."""
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


def is_web_address(value: str) -> bool:
    """An absolute http(s) URL with a host and no white space or control characters."""
    if any(c.isspace() or ord(c) < 32 for c in value) or len(value) > 8192:
        return False
    try:
        parts = urlsplit(value)
        parts.port  # noqa: B018  (the property raises on a port that is none)
        return parts.scheme in ("http", "https") and bool(parts.hostname)
    except ValueError:
        return False


def _lenient_url(value: str | None, info: ValidationInfo) -> str | None:
    if value is None or not value.strip():
        return None
    if is_web_address(value.strip()):
        return value.strip()
    _note_unreadable(info)
    return None


def _lenient_language(value: str | None, info: ValidationInfo) -> str | None:
    """`ar_SA`, as POSIX and Open Graph write it, is ar-SA; what is no tag becomes null."""
    if value is None or not value.strip():
        return None
    tag = value.strip().replace("_", "-")
    if len(tag) <= _LONGEST_TAG and _TAG.fullmatch(tag):
        return tag
    _note_unreadable(info)
    return None


Time = Annotated[
    datetime,
    PlainSerializer(write_time, return_type=str, when_used="json"),
    WithJsonSchema({"type": "string", "format": "date-time"}),
]
LenientTime = Annotated[Time | None, BeforeValidator(_strict_time), BeforeValidator(_lenient_time)]
LenientUrl = Annotated[StrictStr | None, AfterValidator(_lenient_url)]
LenientLanguage = Annotated[StrictStr | None, AfterValidator(_lenient_language)]
