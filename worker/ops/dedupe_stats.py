"""`winnow dedupe stats`: how much the claims hold, and what it costs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from worker.adapters.redis_inventory import RedisInventory
from worker.ops.redis_checks import KEEPS
from worker.ports import Ledger

FIXED = "term counts"
"""One key of one size, however many articles there are."""


@dataclass(frozen=True, slots=True)
class Stats:
    """Sizes of one namespace; bytes are estimated from a sample of the keys."""

    namespace: str
    claimed: int
    loss: int | None
    keys: dict[str, int]
    bytes: dict[str, int]
    bytes_per_article: float | None
    server: dict[str, str | int]
    warnings: list[str]


def stats(namespace: str, inventory: RedisInventory, ledger: Ledger, tell: Callable[[int], None]) -> Stats:
    """Reads every key of the namespace once. Raises TransientError."""
    sizes = inventory.sizes(tell)
    server = inventory.server()
    articles = sizes.get("articles", (0, 0))[0]
    total = sum(size for kind, (_, size) in sizes.items() if kind != FIXED)
    return Stats(
        namespace,
        ledger.claimed,
        ledger.loss,
        {kind: count for kind, (count, _) in sorted(sizes.items())},
        {kind: size for kind, (_, size) in sorted(sizes.items())},
        round(total / articles, 1) if articles else None,
        server,
        _warnings(server, ledger),
    )


def _warnings(server: dict[str, str | int], ledger: Ledger) -> list[str]:
    found = []
    if server["maxmemory_policy"] != KEEPS:
        found.append(f"maxmemory-policy is {server['maxmemory_policy']}: claims may be evicted; set {KEEPS}")
    if ledger.loss is not None:
        found.append(
            f"claims were lost: {ledger.loss} had been made before, {ledger.claimed} are known; "
            "run `winnow dedupe rebuild` or `winnow dedupe acknowledge`"
        )
    return found
