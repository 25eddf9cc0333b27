"""When an article was seen, as far as it can be believed: times.lua decides the same inside Redis."""

from __future__ import annotations

from typing import Final

AHEAD_MS: Final = 24 * 3600 * 1000
"""A crawler's clock may be so much ahead; one that is further would make every later version look stale."""


def believed(seen_ms: int, latest_ms: int) -> int:
    """The time that was told; where it is far ahead, the latest that it can be (0 or less: unknown)."""
    return latest_ms if 0 < latest_ms < seen_ms - AHEAD_MS else seen_ms


def times_for_lua() -> str:
    """The same limit for times.lua."""
    return f"local AHEAD = {AHEAD_MS}\n"
