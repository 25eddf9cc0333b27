"""The scripts that Redis runs, put together: the limits from Python, the parts each needs, the script."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Literal

from worker.dedupe.near import limits_for_lua
from worker.dedupe.signature import ANCHORS
from worker.dedupe.stories import story_limits_for_lua

_PARTS = {
    "claim": ("near", "votes", "stories"),
    "release": ("near", "votes"),
    "restore": ("near", "votes", "stories"),
    "peek": ("near", "votes"),
}
_EPOCHS = 3
_NAMES = 3
_FULL = 64
"""Entries of a bucket when all expected articles are there; from 128 on Redis unpacks it."""
_FEWEST = 64


@dataclass(frozen=True, slots=True)
class Layout:
    """How articles are stored: `strings` (strings.lua), or `packed` (packed.lua) for so many per lifetime."""

    name: Literal["strings", "packed"] = "strings"
    ttl_s: float = 7 * 86400.0
    articles: int = 1_000_000


@cache
def script(name: Literal["claim", "release", "restore", "peek"], layout: Layout) -> str:
    """The whole text of one script."""
    folder = files("worker.dedupe")
    texts = [
        folder.joinpath(f"{part}.lua").read_text(encoding="utf-8")
        for part in (*_PARTS[name], layout.name, name)
    ]
    return limits_for_lua() + story_limits_for_lua() + _packed_for_lua(layout) + "\n".join(texts)


def _packed_for_lua(layout: Layout) -> str:
    """What packed.lua must know; another value here is another place for every key."""
    if layout.name != "packed":
        return ""
    return (
        f"local PACKED = {{ttl = {max(1, round(layout.ttl_s * 1000))}, "
        f"anchor_buckets = {_buckets(layout.articles * ANCHORS)}, "
        f"name_buckets = {_buckets(layout.articles * _NAMES)}}}\n"
    )


def _buckets(entries: int) -> int:
    """A power of two, so that a bucket of one epoch holds about _FULL entries."""
    wanted = entries / _EPOCHS / _FULL
    return max(_FEWEST, 1 << max(0, round(wanted) - 1).bit_length())
