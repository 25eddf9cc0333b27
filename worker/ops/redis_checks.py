"""What a worker asks of Redis when it starts: does it keep claims, whose are there, how are they stored?"""

from __future__ import annotations

from collections.abc import Mapping

import structlog

from worker.adapters.redis_doctor import RedisFacts
from worker.adapters.redis_scripts import RedisScripts
from worker.dedupe.scripts import Layout
from worker.errors import FatalError

KEEPS = "noeviction"
"""The only policy under which Redis never forgets a claim before its time."""
HOME = "home"
"""Key with the group and the cluster of whoever came first."""
TOPICS = "topics"
"""Key with Kafka's ids of the raw and the clean topic that the claims speak of."""
LAYOUT = "layout"
"""Key with the layout of the claims: of another one a worker finds nothing that was claimed before."""


log = structlog.get_logger("winnow")


def check_eviction(facts: RedisFacts) -> None:
    """Raises FatalError if Redis evicts keys when it is full; warns where it would, but has no limit."""
    if facts.eviction == KEEPS:
        return
    remedy = f"redis-cli config set maxmemory-policy {KEEPS}"
    if facts.limit_bytes:
        raise FatalError(
            f"Redis evicts claims when it is full (maxmemory-policy {facts.eviction}), and copies would come "
            f"through: {remedy}"
        )
    log.warning("redis would evict claims if it had a maxmemory", policy=facts.eviction, remedy=remedy)


def check_home(scripts: RedisScripts, group_id: str, cluster_id: str) -> None:
    """Raises FatalError if another group, or that of another cluster, claims here: what one has published
    would be a duplicate for the other, and missing from its clean topic. Raises TransientError."""
    mine = f"{group_id} of the cluster {cluster_id}"
    if (theirs := _kept(scripts, HOME, mine)) != mine:
        raise FatalError(
            f"the claims under {scripts.prefix} are those of the group {theirs}, and this is {mine}: its "
            "articles would be missing here. Set another dedupe.namespace or Redis database; if the group "
            f"was renamed or moved: redis-cli del '{scripts.prefix}{HOME}' '{scripts.prefix}{TOPICS}'"
        )


def check_topic_ids(scripts: RedisScripts, ids: Mapping[str, str]) -> None:
    """Raises FatalError if a topic was made anew since the claims were made: an article would be a duplicate
    of one that went with the old topic. `ids`: Kafka's, by topic. Raises TransientError."""
    mine = " ".join(f"{topic}={topic_id}" for topic, topic_id in ids.items())
    theirs = _kept(scripts, TOPICS, mine).split()
    if new := [one.partition("=")[0] for one in mine.split() if one not in theirs]:
        raise FatalError(
            f"the claims under {scripts.prefix} speak of other topics than these, made anew or renamed: "
            f"{', '.join(new)}. What they call a copy would be missing here: use a new kafka.group_id and "
            "new outcome topics; or, if all four topics are new, another dedupe.namespace"
        )


def check_layout(scripts: RedisScripts, layout: Layout) -> None:
    """Raises FatalError if the claims are stored in another way than the settings say, TransientError."""
    mine = _named(layout)
    if (theirs := _kept(scripts, LAYOUT, mine)) != mine:
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


def _kept(scripts: RedisScripts, key: str, mine: str) -> str:
    """What whoever came first left under a key: ours, if nobody did."""
    scripts.ask("SET", key, arguments=(mine, "NX"))
    return (scripts.ask("GET", key) or b"").decode("utf-8", "replace") or mine
