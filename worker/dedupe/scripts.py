"""The scripts that Redis runs, put together: the limits from Python, the parts each needs, the script."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Final, Literal

from worker.dedupe.near import limits_for_lua
from worker.dedupe.stories import story_limits_for_lua
from worker.dedupe.times import times_for_lua

EPOCHS: Final = 3
"""Of a lifetime, in the packed layout: what is packed is remembered until its epoch ends."""
_CLAIMING = ("claim", "restore")
"""Scripts that find a story, too."""


@dataclass(frozen=True, slots=True)
class Layout:
    """How articles are stored: `strings` (strings.lua), or `packed` (packed.lua) for so many per lifetime."""

    name: Literal["strings", "packed"] = "strings"
    ttl_s: float = 7 * 86400.0
    articles: int = 1_000_000


@cache
def script(name: Literal["claim", "release", "announce", "restore", "peek"], layout: Layout) -> str:
    """The whole text of one script."""
    folder = files("worker.dedupe")
    texts = [folder.joinpath(f"{part}.lua").read_text(encoding="utf-8") for part in _parts(name, layout)]
    limits = limits_for_lua(), story_limits_for_lua(), times_for_lua(), _packed_for_lua(layout)
    return "".join(limits) + "\n".join(texts)


def _parts(name: str, layout: Layout) -> tuple[str, ...]:
    """The files of a script, in the order in which they need one another."""
    stored = ("epochs", "packed") if layout.name == "packed" else ("strings",)
    stories = ("vectors", f"{layout.name}_stories", "stories") if name in _CLAIMING else ()
    return ("near", "votes", "ids", "times", *stored, *stories, name)


def _packed_for_lua(layout: Layout) -> str:
    """What epochs.lua must know; another value here is another place for every key."""
    if layout.name != "packed":
        return ""
    ttl_ms = max(1, round(layout.ttl_s * 1000))
    return f"local PACKED = {{ttl = {ttl_ms}, articles = {layout.articles}, epochs = {EPOCHS}}}\n"
