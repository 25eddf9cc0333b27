"""The scripts that Redis runs, put together: limits from Python, then near.lua,
anchors.lua, stories.lua and the script itself."""

from __future__ import annotations

from importlib.resources import files
from typing import Final

from worker.dedupe.near import limits_for_lua
from worker.dedupe.stories import story_limits_for_lua


def script(*names: str) -> str:
    """The text of these Lua files, one after the other, behind the limits that they read."""
    folder = files("worker.dedupe")
    texts = [folder.joinpath(f"{name}.lua").read_text(encoding="utf-8") for name in names]
    return limits_for_lua() + story_limits_for_lua() + "\n".join(texts)


CLAIM: Final = script("near", "anchors", "stories", "claim")
RELEASE: Final = script("near", "anchors", "release")
