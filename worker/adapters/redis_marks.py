"""Marks that a worker leaves before and behind its claims: a loss takes what is youngest, and them with it.

The count of all claims hides a small loss, that of a replica which lagged or of the last second of the
append-only file: until it is compared, others have claimed as much again. A worker's own mark is written in
order with its claims and by nobody else; where it is older than it was, so are the claims.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from importlib.resources import files
from typing import Any

from worker.adapters.redis_scripts import Call

_MARK = files("worker.adapters").joinpath("mark.lua").read_text(encoding="utf-8")
LIFE_S = 24 * 3600.0
"""Of a worker that claimed nothing for so long nobody remembers the mark: it says nothing then."""


class Marks:
    """The marks of one worker; `worker` names this process and no other, ever."""

    def __init__(self, worker: str, clock: Callable[[], float] = time.monotonic) -> None:
        self._worker = worker
        self._clock = clock
        self._tried = 0
        self._left, self._left_at = 0, 0.0
        self.gone = False
        """Whether a mark was found to be lost; whoever has reported it takes it back."""

    def around(self, calls: Sequence[Call], run: Callable[[Sequence[Call]], list[Any]]) -> list[Any]:
        """The replies of these calls, which are made between two marks: a loss amid them shows, too."""
        marks = (self._tried + 1, self._tried + 2)
        self._tried += 2  # also when it fails: nobody knows then what was written
        first, *replies, last = run([self._call(marks[0]), *calls, self._call(marks[1])])
        for mark, found in zip(marks, (first, last), strict=True):
            self._compare(int(found or 0))
            self._left, self._left_at = mark, self._clock()
        return replies

    def _compare(self, found: int) -> None:
        may_have_expired = not found and self._clock() - self._left_at > LIFE_S / 2
        self.gone = self.gone or (found < self._left and not may_have_expired)

    def _call(self, mark: int) -> Call:
        return _MARK, (self._worker, mark, round(LIFE_S * 1000))
