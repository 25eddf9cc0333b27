"""The index of the packed layout holds two bytes of a name: what looks alike there must hide nothing.

An owner that is not found again would be told that it is a duplicate of itself: its article would be lost.
"""

from __future__ import annotations

import struct
from dataclasses import replace
from typing import Any

from tests.contract.texts import article, edited
from worker.adapters.redis_claims import key_of
from worker.ports import Identity


def place_of(kind: str, name: bytes) -> bytes:
    """The four bytes by which packed.lua finds a name."""
    return bytes([(name[0] + ord(kind)) % 256]) + name[1:4]


def with_anchor(one: Identity, anchor: bytes) -> Identity:
    return replace(one, signature=one.signature[:-4] + struct.pack("<I", *struct.unpack(">I", anchor)))


def test_an_owner_is_found_again_behind_many_articles_with_an_anchor_like_its_name(make: Any) -> None:
    claims = make()
    first = article(0, "a0", edited(0))
    assert claims.claim([first])[0].verdict == "new"
    anchor = place_of("o", bytes.fromhex(first.owner))
    for n in range(1, 20):
        assert claims.claim([with_anchor(article(n, f"a{n}", edited(n)), anchor)])[0].verdict == "new"
    assert claims.claim([first])[0].verdict == "own"


def test_an_owner_is_found_again_behind_many_versions_of_an_id_like_its_name(make: Any) -> None:
    claims = make()
    wanted = place_of("i", bytes.fromhex(key_of("live")))
    owner = bytes([(wanted[0] - ord("o")) % 256]) + wanted[1:] + bytes(12)
    first = replace(article(0, "a0", edited(0)), owner=owner.hex())
    assert claims.claim([first])[0].verdict == "new"
    for n in range(1, 20):
        answer = claims.claim([article(n, "live", edited(n), seen=n)])[0]
        assert (answer.verdict, answer.version) == ("new", n)
    assert claims.claim([first])[0].verdict == "own"
