"""`winnow dedupe forget ID`: the next copy of an article is new again."""

from __future__ import annotations

from worker.adapters.redis_inventory import RedisInventory
from worker.ports import Claims

MOST_VERSIONS = 10_000
"""Versions forgotten in one call; an article with more is worth a second look."""


def forget(article_id: str, inventory: RedisInventory, claims: Claims) -> int:
    """Releases every version of an article; answers how many there were. Raises TransientError.

    What is published stays published: only the memory of it goes, and copies of it are new again.
    """
    forgotten = 0
    while (found := inventory.article(article_id)) and forgotten < MOST_VERSIONS:
        claims.release([found.owner])
        forgotten += 1
    return forgotten
