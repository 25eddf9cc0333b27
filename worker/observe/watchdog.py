"""Ends a process whose loop stands still: a supervisor restarts it, Kafka gives its batch again.

A thread in C (faulthandler) does it, so that neither a held GIL nor a client that waits for ever
(kafka-python's poll and commit can) keeps it from firing.
"""

from __future__ import annotations

import faulthandler
import time
from collections.abc import Callable


def watchdog(stall_s: float) -> Callable[[], None]:
    """A beat to call at least every `stall_s` seconds; without it the stacks are printed, and the end."""
    armed_at = -stall_s

    def beat() -> None:
        nonlocal armed_at
        now = time.monotonic()
        if now - armed_at > min(1.0, stall_s / 10):  # arming starts a thread: not at every step
            faulthandler.dump_traceback_later(stall_s, exit=True)
            armed_at = now

    return beat


def stand_down() -> None:
    """The loop has ended on purpose."""
    faulthandler.cancel_dump_traceback_later()
