"""Each promise of the runner is held by a test: the runner without it, one spot at a time, must fail there.

The tests are those beside this file and those of the guards, called over the mutated runner. A spot that is
no longer in worker/runner.py fails, too: then its mutant has to follow.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest

from tests.chaos import test_refusals, test_waits
from tests.unit import test_guards
from worker import runner

Patch = pytest.MonkeyPatch
Seen = Callable[[Patch], None]
KILLER = test_guards.test_a_record_that_kills_every_worker_becomes_a_dead_letter_and_the_others_live

MUTANTS: dict[str, tuple[str, str, Seen]] = {
    "a dead letter keeps its claim": (
        "self._patiently(lambda: self._claims.release(self._to_release))",
        "pass",
        lambda patch: test_refusals.test_a_copy_behind_a_refused_article_is_published(patch, 0),
    ),
    "what is published loses its claim": (
        "if isinstance(outcome, DeadLetter):\n                self._to_release",
        "if True:\n                self._to_release",
        test_refusals.test_what_is_published_keeps_its_claim,
    ),
    "a refused record is tried as it is for ever": (
        "self._condemn(lost)",
        "pass",
        test_refusals.test_a_refused_article_is_a_dead_letter_and_harms_no_neighbour,
    ),
    "a refused dead letter keeps its value": (
        "refused.was_dead_letter or before is not None",
        "False",
        test_refusals.test_a_record_that_is_hopeless_anyway_is_refused_once,
    ),
    "a dead letter that is refused without its value is tried for ever": (
        "if before and before.drop_value:",
        "if False:",
        test_refusals.test_a_dead_letter_that_cannot_be_written_stops_the_worker,
    ),
    "slow records let their worker leave the group unnoticed": (
        "self._stay_alive()\n            self._guards",
        "self._guards",
        lambda patch: (
            test_waits.test_a_batch_that_the_group_moved_on_from_is_not_published_however_long_it_took()
        ),
    ),
    "slow records look like those of a dead worker": (
        "self._guards.poison.keep_alive()",
        "pass",
        test_guards.test_a_worker_with_slow_records_stays_alive_in_its_notes,
    ),
    "who waits for Redis leaves the group unnoticed": (
        "self._pause(min(next(waits), self._stop.remaining_s()))\n                self._stay_alive()",
        "self._pause(min(next(waits), self._stop.remaining_s()))",
        lambda patch: test_waits.test_a_member_that_waits_for_redis_notices_that_the_group_moved_on(),
    ),
    "a loss of claims is not looked for behind a batch": (
        "self._patiently(self._look_for_losses)",
        "pass",
        lambda patch: test_waits.test_lost_claims_are_reported_before_the_own_ones_hide_it(False),
    ),
    "nor before the first one": (
        "self._look_for_losses()  # before our own claims hide that some are gone",
        "pass",
        lambda patch: test_waits.test_lost_claims_are_reported_before_the_own_ones_hide_it(True),
    ),
    "what stands beside the offsets is not read": (
        "self._guards.claims.remember(self._broker.claimed_before())",
        "pass",
        lambda patch: test_waits.test_lost_claims_are_reported_before_the_own_ones_hide_it(True),
    ),
    "a stop without time leaves its notes behind": (
        "self._guarded(self._land)\n        self._give_up()",
        "self._guarded(self._land)",
        lambda patch: test_waits.test_a_stop_lands_what_is_in_flight_if_there_is_time(0, 0),
    ),
    "a stop throws away what it has time for": (
        "while self._flights and not self._stop.overdue:",
        "while False:",
        lambda patch: test_waits.test_a_stop_lands_what_is_in_flight_if_there_is_time(5, 4),
    ),
    "what is given up counts as a death": (
        "self._guards.poison.drop(in_hand)",
        "pass",
        lambda patch: test_waits.test_a_stop_that_falls_due_gives_up_and_leaves_no_death_behind(),
    ),
    "a condemned record is processed all the same": (
        "if record.origin not in self._condemned]",
        "]",
        lambda patch: KILLER(),
    ),
}  # fmt: skip


def without(patch: Patch, spot: str, instead: str) -> None:
    """The world's workers run by the mutated runner from now on."""
    text = Path(runner.__file__).read_text(encoding="utf-8")
    assert text.count(spot) == 1, "the spot is gone, or there are two: the mutant has to follow"
    mutant = ModuleType("mutant")
    patch.setitem(sys.modules, "mutant", mutant)
    exec(compile(text.replace(spot, instead), "mutant", "exec"), mutant.__dict__)
    patch.setattr("tests.world.Runner", mutant.Runner)


@pytest.mark.parametrize("name", MUTANTS)
def test_a_broken_promise_is_seen(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    spot, instead, seen = MUTANTS[name]
    seen(monkeypatch)
    without(monkeypatch, spot, instead)
    with pytest.raises((AssertionError, pytest.fail.Exception)):
        seen(monkeypatch)
