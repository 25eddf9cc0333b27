"""The scripts that Redis runs, put together: the limits from Python, the parts that each needs, the script.

`layout` chooses how articles are stored (strings.lua, packed.lua): the decisions are the same.
"""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import Literal

from worker.dedupe.near import limits_for_lua
from worker.dedupe.stories import story_limits_for_lua

Layout = Literal["strings", "packed"]
_PARTS = {
    "claim": ("near", "votes", "stories"),
    "release": ("near", "votes"),
    "restore": ("near", "votes", "stories"),
}


@cache
def script(name: Literal["claim", "release", "restore"], layout: Layout) -> str:
    """The whole text of one script."""
    folder = files("worker.dedupe")
    texts = [
        folder.joinpath(f"{part}.lua").read_text(encoding="utf-8") for part in (*_PARTS[name], layout, name)
    ]
    return limits_for_lua() + story_limits_for_lua() + "\n".join(texts)
