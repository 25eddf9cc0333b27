"""A wish to stop, and the one deadline that all steps of stopping share."""

from __future__ import annotations

import time
from collections.abc import Callable


class Stop:
    """Asked for at most once; until then there is no deadline."""

    def __init__(self, drain_s: float, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._drain_s = drain_s
        self._monotonic = monotonic
        self._deadline: float | None = None

    def request(self) -> None:
        """Stop taking new records; finish what is in hand within the drain time."""
        if self._deadline is None:
            self._deadline = self._monotonic() + self._drain_s

    @property
    def requested(self) -> bool:
        return self._deadline is not None

    @property
    def overdue(self) -> bool:
        """Whether what is still in hand has to be given up (it is not committed, so it comes again)."""
        return self._deadline is not None and self._monotonic() >= self._deadline

    def remaining_s(self) -> float:
        """Seconds until the deadline; infinite before a stop was asked for."""
        return float("inf") if self._deadline is None else max(0.0, self._deadline - self._monotonic())
