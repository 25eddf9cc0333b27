"""The two layouts of Redis, and one claim: what the tests of near-duplicates and of stories share."""

from __future__ import annotations

import random
from dataclasses import replace
from typing import Any

from worker.dedupe.scripts import Layout
from worker.ports import Answer, Identity

LAYOUTS = [Layout("strings", 3600), Layout("packed", 3600, articles=1000)]


def claim(claims: Any, identity: Identity) -> Answer:
    (answer,) = claims.claim([identity])
    return answer


def as_a_replay(one: Identity, dead: str, dice: random.Random, *stores: Any) -> Identity:
    """The same as a replay of an owner's record; of ten of them three are forged, and announced nowhere."""
    if dice.random() < 0.7:
        for store in stores:
            store.announce([dead])
    return replace(one, replaces=dead)
