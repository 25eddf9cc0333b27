"""Law 2: from a duplicate to its original, and on, until the chain ends.

    duplicate ─▶ clean                          good
    duplicate ─▶ duplicate ─▶ … ─▶ clean        good
    duplicate ─▶ dead letter                    orphan: the article is in clean nowhere
    duplicate ─▶ dead letter, replayed ─▶ good  repaired: the replay took the dead one's place
    duplicate ─▶ … ─▶ stale duplicate           orphan: a stale text is in clean nowhere; it gave way to
                                                a newer one of *its* article, not of its copies'
    orphan, itself sent again ─▶ good           repaired
    duplicate ─▶ not committed yet              pending: the original comes again, and nothing but
                                                publishing can happen to it (delivery.md, P6)
    duplicate ─▶ retention took it              aged_out
    duplicate ─▶ itself, in a circle, nowhere   self, cycle, dangling

Every record on the way learns its end, so that a chain is walked once however many duplicates lead into it.
"""

from __future__ import annotations

from collections.abc import Callable

from worker.ops.audit_findings import Offset
from worker.ops.audit_states import CLEAN, DEAD, DUPLICATE, OPEN, States

GOOD, REPAIRED, ORPHAN, CYCLE, PENDING, AGED, DANGLING = range(1, 8)
"""How a chain ends; three bits of a record's state."""

Missing = Callable[[Offset], int]
"""Says of a record without outcome whether that is PENDING, AGED or DANGLING."""


def end_of(place: Offset, states: States, missing: Missing) -> int:
    """How the chain of originals from `place` ends."""
    way: list[Offset] = []
    at = place
    while not (end := states.known(at) or _end_at(at, states, missing)):
        way.append(at)
        states.know(at, CYCLE)  # met again on this way, it is one
        at = _next(at, states)
        if states.is_stale(at):
            end = ORPHAN
            break
    if end == CYCLE and any(states.role(one) == DEAD for one in way):
        end = ORPHAN  # a replay that is a copy of what it replays
    for one in way:
        states.know(one, end)
    for one in reversed(way):
        end = _end_with_replays(one, end, states, missing)
        states.know(one, end)
    return end


def dead_end_of(place: Offset, states: States) -> Offset:
    """The dead letter at which an orphan's chain ends; the stale duplicate, if no letter comes before it."""
    dead, seen = None, set[Offset]()
    while place not in seen:
        seen.add(place)
        if states.role(place) == DEAD:
            dead = place
            if states.replay(place) is None:
                break
        place = _next(place, states)
        if states.is_stale(place):
            break
    return dead or place


def _end_with_replays(one: Offset, end: int, states: States, missing: Missing) -> int:
    """The end, seen from a record on the way: a replay mends a dead letter, and an orphan, too."""
    if end == GOOD and states.role(one) == DEAD:
        return REPAIRED
    if end == ORPHAN and states.role(one) == DUPLICATE and (by := states.replay(one)) is not None:
        return REPAIRED if end_of(by, states, missing) in (GOOD, REPAIRED) else ORPHAN
    return end


def _end_at(at: Offset, states: States, missing: Missing) -> int:
    """How a chain ends that has come here; 0 if it goes on."""
    role = states.role(at)
    if role == DUPLICATE:
        return 0 if states.get(at) & OPEN else GOOD
    if role == DEAD:
        return ORPHAN if states.replay(at) is None else 0
    return GOOD if role == CLEAN else missing(at)


def _next(at: Offset, states: States) -> Offset:
    if states.role(at) == DEAD:
        by = states.replay(at)
        assert by is not None, "a dead letter without replay ends the chain"
        return by
    return states.original(at)
