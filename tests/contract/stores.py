"""The two layouts of Redis, and one claim: what the tests of near-duplicates and of stories share."""

from __future__ import annotations

from typing import Any

from worker.dedupe.scripts import Layout
from worker.ports import Answer, Identity

LAYOUTS = [Layout("strings", 3600), Layout("packed", 3600, articles=1000)]


def claim(claims: Any, identity: Identity) -> Answer:
    (answer,) = claims.claim([identity])
    return answer
