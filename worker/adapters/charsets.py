"""What encoding a page says it has."""

from __future__ import annotations


def declared_charset(page: bytes) -> str:
    """The charset that a page declares in its first kilobytes, if Python knows it; else UTF-8."""
    _, found, rest = page[:4096].lower().partition(b"charset=")
    name = rest.lstrip(b"\"' ")[:40].split(b'"')[0].split(b"'")[0].split(b">")[0].split(b";")[0].strip()
    try:
        "".encode(name.decode("ascii"))
    except (LookupError, UnicodeDecodeError, ValueError):
        return "utf-8"
    return name.decode("ascii") if found and name else "utf-8"
