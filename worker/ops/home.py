"""Whose claims a namespace holds: asked when a worker starts."""

from __future__ import annotations

from worker.adapters.redis_scripts import RedisScripts
from worker.errors import FatalError

HOME = "home"
"""Key with the group and the cluster of whoever came first."""


def check_home(scripts: RedisScripts, group_id: str, cluster_id: str) -> None:
    """Raises FatalError if another group, or that of another cluster, claims here: what one has published
    would be a duplicate for the other, and missing from its clean topic. Raises TransientError."""
    mine = f"{group_id} of the cluster {cluster_id}"
    scripts.ask("SET", HOME, arguments=(mine, "NX"))
    theirs = (scripts.ask("GET", HOME) or mine.encode()).decode("utf-8", "replace")
    if theirs != mine:
        raise FatalError(
            f"the claims under {scripts.prefix} are those of the group {theirs}, and this is {mine}: its "
            "articles would be missing here. Set another dedupe.namespace or Redis database; if the group "
            f"was renamed or moved: redis-cli del '{scripts.prefix}{HOME}'"
        )
