"""The twin of claim.lua and release.lua in memory: the same table, row by row, checked by the contract suite.

`winnow run --local` uses it where no redis-server can be started; the simulation always.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice

from worker.adapters.memory_anchors import HELD, Anchors
from worker.adapters.memory_stories import MemoryStories
from worker.dedupe.near import Likeness, compare, judge, rounded
from worker.dedupe.signature import Signature, read_signature
from worker.dedupe.stories import story_of
from worker.dedupe.terms import read_terms
from worker.dedupe.times import believed
from worker.ports import Answer, Identity, Kept, Ledger

CANDIDATES = 8
"""Living articles that one is compared with."""


@dataclass
class _Claim:
    """What an owner claimed, and the answer it got."""

    identity: Identity
    version: int
    superseded: Kept | None
    expires: float
    similarity: float = 1.0
    relation: tuple[str, str] | None = None
    story_id: str | None = None
    keys: list[str] = field(default_factory=list)

    @property
    def signature(self) -> Signature | None:
        return signature_in(self.identity)

    def kept(self) -> Kept:
        return Kept(self.identity.article_id, self.version, self.identity.origin)


@dataclass
class _Alike:
    """The claimed article that one is most like, and the one that it overlaps most with."""

    near: _Claim | None = None
    likeness: float = 0.0
    part: _Claim | None = None
    share: float = 0.0
    kind: str = ""

    def weigh(self, other: _Claim, kind: str, facts: Likeness) -> None:
        if kind == "near":
            if self.near is None or facts.likeness > self.likeness:
                self.near, self.likeness = other, facts.likeness
        elif kind and (self.part is None or facts.part > self.share):
            self.part, self.share, self.kind = other, facts.part, kind


class MemoryClaims:
    """The Claims port. `clock` gives seconds; claims live for `ttl_s`."""

    def __init__(
        self,
        ttl_s: float,
        clock: Callable[[], float] = lambda: 0.0,
        near: bool = True,
        drop_contained: bool = False,
        story_ttl_s: float | None = None,
    ) -> None:
        self._ttl_s = ttl_s
        self._clock = clock
        self._near = near
        self._drop_contained = drop_contained
        self._anchors = Anchors()
        self._stories = MemoryStories(story_ttl_s, clock) if story_ttl_s is not None else None
        self._articles: dict[str, _Claim] = {}
        self._owners: dict[str, list[str]] = {}
        """Of each name, the latest first: the first that is still there holds it."""
        self._announced: set[str] = set()
        """For good: what they let be taken over expires."""
        self._claimed = 0
        self._loss: int | None = None

    def claim(self, identities: Sequence[Identity]) -> list[Answer]:
        return [self._claim(identity) for identity in identities]

    def release(self, owners: Sequence[str]) -> None:
        for owner in owners:
            self._release(owner)

    def announce(self, owners: Sequence[str]) -> None:
        self._announced.update(owners)

    def ledger(self) -> Ledger:
        return Ledger(self._claimed, self._loss)

    def report_loss(self, seen: int) -> None:
        self._loss = max(self._loss or 0, seen)

    def acknowledge_loss(self) -> None:
        self._claimed, self._loss = max(self._claimed, self._loss or 0), None

    def _claim(self, new: Identity) -> Answer:
        if not self._near:
            new = replace(new, signature=b"")
        new = replace(new, seen_ms=believed(new.seen_ms, round(self._clock() * 1000)))
        self._claimed += 1
        self._take_over(new)
        keys = _keys(new)
        if own := self._article(new.owner):
            for key in keys:
                if not self._holder(key):
                    self._point(key, new.owner, own)
            own.expires = self._clock() + self._ttl_s
            self._anchors.hold(own.signature, new.owner)
            return Answer("own", own.version, "", own.similarity, own.superseded, own.relation, own.story_id)
        by_id = self._holder(keys[0])
        by_url = self._holder(keys[2]) if new.canonical_url else None
        for kind, known in (("id", by_id), ("url", by_url)):
            if known and known.identity.content_hash == new.content_hash:
                return Answer("duplicate", known.version, kind, 1.0, known.kept())
        current = by_url or by_id
        if current and _is_stale(new, current, by_url):
            return Answer("duplicate", current.version, "stale", 1.0, current.kept())
        if not current and (other := self._holder(keys[1])):
            return Answer("duplicate", other.version, "exact", 1.0, other.kept())
        alike = self._most_alike(new)
        if not current and (copy := self._copy(alike)):
            return copy
        version = max((one.version for one in (by_id, by_url) if one), default=0) + 1
        return self._new(new, keys, current, version, alike)

    def _copy(self, alike: _Alike) -> Answer | None:
        if near := alike.near:
            return Answer("duplicate", near.version, "near", rounded(alike.likeness), near.kept())
        if (part := alike.part) and alike.kind == "contained_in" and self._drop_contained:
            return Answer("duplicate", part.version, "contained", rounded(alike.share), part.kept())
        return None

    def _most_alike(self, new: Identity) -> _Alike:
        """Never a version of the article itself."""
        found = _Alike()
        if mine := signature_in(new):
            living = filter(None, map(self._article, self._anchors.candidates(mine)))
            for other in islice(living, CANDIDATES):
                if not _same_identity(new, other.identity) and (theirs := other.signature):
                    found.weigh(other, *judge(mine, theirs))
        return found

    def _new(
        self, new: Identity, keys: list[str], current: _Claim | None, version: int, alike: _Alike
    ) -> Answer:
        superseded = current.kept() if current else None
        mine, before = signature_in(new), current.signature if current else None
        claim = _Claim(
            new,
            version,
            superseded,
            self._clock() + self._ttl_s,
            rounded(compare(mine, before).likeness) if mine and before else 1.0,
            (alike.kind, alike.part.identity.article_id) if alike.part else None,
            self._story(new, current, alike.part),
        )
        self._articles[new.owner] = claim
        self._anchors.hold(mine, new.owner)
        for key in keys:
            if not key.startswith("c:") or not self._holder(key):
                self._point(key, new.owner, claim)
        return Answer("new", version, "", claim.similarity, superseded, claim.relation, claim.story_id)

    def _story(self, new: Identity, current: _Claim | None, part: _Claim | None) -> str | None:
        """A version stays in the story of the one before; a text that another one holds, in that one's."""
        if current and current.story_id:
            return current.story_id
        if not new.terms or self._stories is None:
            return None
        joins = part.story_id if part else None
        return story_of(read_terms(new.terms), new.article_id, self._stories, joins)

    def _take_over(self, new: Identity) -> None:
        if new.replaces is None or new.replaces not in self._announced or new.owner in self._articles:
            return
        if (dead := self._article(new.replaces)) is None:
            return
        del self._articles[new.replaces]
        dead.identity = replace(dead.identity, owner=new.owner, origin=new.origin)
        self._articles[new.owner] = dead
        self._anchors.replace(dead.signature, new.replaces, new.owner)
        for key in dead.keys:
            owners = self._owners[key]
            if new.replaces in owners:
                owners[owners.index(new.replaces)] = new.owner

    def _release(self, owner: str) -> None:
        claim = self._articles.pop(owner, None)
        if claim is None:
            return
        self._anchors.let_go(claim.signature, owner)
        for key in claim.keys:
            if owner in self._owners[key]:
                self._owners[key].remove(owner)

    def _point(self, key: str, owner: str, claim: _Claim) -> None:
        others = [other for other in self._owners.get(key, ()) if other != owner]
        self._owners[key] = [owner, *others][:HELD]
        if key not in claim.keys:
            claim.keys.append(key)

    def _holder(self, key: str) -> _Claim | None:
        for owner in self._owners.get(key, ()):
            if (claim := self._article(owner)) and key in claim.keys:
                return claim
        return None

    def _article(self, owner: str) -> _Claim | None:
        claim = self._articles.get(owner)
        if claim and claim.expires <= self._clock():
            del self._articles[owner]
            return None
        return claim


def _keys(identity: Identity) -> list[str]:
    keys = [f"i:{identity.article_id}", f"c:{identity.content_hash}"]
    return [*keys, f"u:{identity.canonical_url}"] if identity.canonical_url else keys


def _is_stale(new: Identity, current: _Claim, by_url: _Claim | None) -> bool:
    """An older fetch of the same page; an id alone never drops (claim.lua)."""
    has_url = new.canonical_url or current.identity.canonical_url
    same_page = by_url or (not has_url and _source_of(new) == _source_of(current.identity))
    return bool(same_page) and 0 < new.seen_ms < current.identity.seen_ms


def _source_of(identity: Identity) -> str:
    return (identity.source or "").casefold()


def _same_identity(new: Identity, other: Identity) -> bool:
    return new.article_id == other.article_id or (
        new.canonical_url is not None and new.canonical_url == other.canonical_url
    )


def signature_in(identity: Identity) -> Signature | None:
    """The identity's signature, if it has one."""
    return read_signature(identity.signature) if identity.signature else None
