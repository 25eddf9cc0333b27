"""When a worker calls itself ready."""

from __future__ import annotations

from collections.abc import Callable

from worker.observe.health import readiness
from worker.observe.metrics import State


def fine() -> None:
    return None


CHECKS: dict[str, Callable[[], str | None]] = {"kafka": fine, "redis": fine}


def test_a_worker_that_its_group_gave_nothing_yet_is_not_ready() -> None:
    assert readiness(State(), CHECKS) == {"partitions": "the group has not assigned any yet"}


def test_a_worker_with_partitions_is_ready_and_so_is_a_spare() -> None:
    assert readiness(State(assigned=2), CHECKS) == {}
    assert readiness(State(assigned=0), CHECKS) == {}


def test_whatever_is_away_or_lost_is_named() -> None:
    wrong = readiness(State(assigned=0, waiting_for="Redis: no", claims_lost=True), {"kafka": lambda: "no"})
    assert set(wrong) == {"kafka", "waiting", "claims"}
