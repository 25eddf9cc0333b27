"""`winnow dlq show`: one dead letter, its record decoded as far as it goes."""

from __future__ import annotations

import base64
from typing import Any

import orjson

from worker.ops.dead_letters import Letter
from worker.stages.decode import read_json

SHOWN = 4000
"""Characters, or bytes, of the record that are shown; --json has all of it."""
_ROW = 16
"""Bytes per line of a dump."""


def as_json(letter: Letter) -> dict[str, Any]:
    """All of it, for programs; the bytes in base64."""
    value, key = letter.record.value, letter.record.key
    return {
        **letter.as_json(),
        "sha256": letter.sha256,
        "headers": [
            [name.encode("utf-8", "surrogateescape").decode("utf-8", "replace"), _text(content)]
            for name, content in letter.record.headers
        ],
        "key_base64": None if key is None else base64.b64encode(key).decode(),
        "value_base64": None if value is None else base64.b64encode(value).decode(),
        "decoded": decoded(value)[1],
    }


def decoded(value: bytes | None) -> tuple[str, Any]:
    """How far the record can be read: `json`, `text`, `bytes` or `nothing`, and what it is then."""
    if not value:
        return "nothing", None
    try:
        return "json", read_json(value)
    except orjson.JSONDecodeError:
        pass
    try:
        return "text", value.decode("utf-8")
    except UnicodeDecodeError:
        return "bytes", dump(value[:SHOWN])


def readable(value: bytes | None) -> tuple[str, str]:
    """The same as text for a screen, cut at SHOWN characters with a word about the rest."""
    kind, content = decoded(value)
    if kind == "json":
        content = orjson.dumps(content, option=orjson.OPT_INDENT_2).decode("utf-8", "replace")
    text = _harmless(content or "")
    if len(text) > SHOWN:
        text = f"{text[:SHOWN]}\n… {len(text) - SHOWN:,} characters more"
    return kind, text


def dump(value: bytes) -> str:
    """Offset, hexadecimal, and the ASCII in it."""
    rows = (value[start : start + _ROW] for start in range(0, len(value), _ROW))
    return "\n".join(
        f"{number * _ROW:06x}  {row.hex(' '):<{_ROW * 3}} "
        + "".join(chr(byte) if 32 <= byte < 127 else "." for byte in row)
        for number, row in enumerate(rows)
    )


def _harmless(text: str) -> str:
    """Without what a terminal would obey: the record may come from anybody."""
    return "".join(one if one.isprintable() or one == "\n" else f"\\x{ord(one):02x}" for one in text)


def _text(content: bytes | None) -> str | None:
    return None if content is None else content.decode("utf-8", "replace")
