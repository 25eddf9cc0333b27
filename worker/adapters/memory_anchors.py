"""The twin of the index of anchors in memory: which claimed articles share anchors with a signature."""

from __future__ import annotations

from worker.dedupe.signature import Signature

HELD = 8
"""Latest articles held per anchor: what more articles share is a phrase, and finds nothing."""


class Anchors:
    """Owners by anchor, newest first."""

    def __init__(self) -> None:
        self._held: dict[int, list[str]] = {}

    def hold(self, signature: Signature | None, owner: str) -> None:
        for anchor in signature.anchors if signature else ():
            held = self._held.setdefault(anchor, [])
            if owner not in held:
                held.insert(0, owner)
                del held[HELD:]

    def let_go(self, signature: Signature | None, owner: str) -> None:
        for anchor in signature.anchors if signature else ():
            if owner in self._held.get(anchor, ()):
                self._held[anchor].remove(owner)

    def replace(self, signature: Signature | None, gone: str, owner: str) -> None:
        for anchor in signature.anchors if signature else ():
            held = self._held.get(anchor, [])
            if gone in held:
                held[held.index(gone)] = owner

    def candidates(self, signature: Signature) -> list[str]:
        """The owners that share anchors, those that share most first; of equals, those found first."""
        votes: dict[str, int] = {}
        for anchor in signature.anchors:
            for owner in self._held.get(anchor, ()):
                votes[owner] = votes.get(owner, 0) + 1
        return sorted(votes, key=lambda owner: -votes[owner])
