"""Whose claims a namespace holds, and how they are stored: asked when a worker starts."""

from __future__ import annotations

from worker.adapters.redis_scripts import RedisScripts
from worker.dedupe.scripts import Layout
from worker.errors import FatalError

HOME = "home"
"""Key with the group and the cluster of whoever came first."""
LAYOUT = "layout"
"""Key with the layout of the claims: of another one a worker finds nothing that was claimed before."""


def check_home(scripts: RedisScripts, group_id: str, cluster_id: str) -> None:
    """Raises FatalError if another group, or that of another cluster, claims here: what one has published
    would be a duplicate for the other, and missing from its clean topic. Raises TransientError."""
    mine = f"{group_id} of the cluster {cluster_id}"
    scripts.ask("SET", HOME, arguments=(mine, "NX"))
    theirs = _text(scripts, HOME) or mine
    if theirs != mine:
        raise FatalError(
            f"the claims under {scripts.prefix} are those of the group {theirs}, and this is {mine}: its "
            "articles would be missing here. Set another dedupe.namespace or Redis database; if the group "
            f"was renamed or moved: redis-cli del '{scripts.prefix}{HOME}'"
        )


def check_layout(scripts: RedisScripts, layout: Layout) -> None:
    """Raises FatalError if the claims are stored in another way than the settings say, TransientError."""
    mine = _named(layout)
    scripts.ask("SET", LAYOUT, arguments=(mine, "NX"))
    if (theirs := _text(scripts, LAYOUT) or mine) != mine:
        raise FatalError(
            f"the claims are stored as {theirs}, the settings say {mine}: every copy would come through. "
            "Stop all workers, run `winnow dedupe rebuild` with these settings, start them"
        )


def note_layout(scripts: RedisScripts, layout: Layout) -> None:
    """The claims are stored like this from now on. Raises TransientError."""
    scripts.ask("SET", LAYOUT, arguments=(_named(layout),))


def _named(layout: Layout) -> str:
    """What decides where a claim is looked for."""
    if layout.name == "strings":
        return "strings"
    return f"packed (dedupe.ttl {layout.ttl_s:g} s, dedupe.expected_articles {layout.articles})"


def _text(scripts: RedisScripts, key: str) -> str:
    return (scripts.ask("GET", key) or b"").decode("utf-8", "replace")
