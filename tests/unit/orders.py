"""A pipeline that obeys orders: records `order:…` hang, die or raise; the others go the real way."""

from __future__ import annotations

import ctypes
import os
import time
from pathlib import Path

from worker import pool_child
from worker.outcome import DeadLetter, Prepared
from worker.pipeline import Lap, Limits, process
from worker.ports import RawRecord
from worker.text.habits import Learned
from worker.text.rules import Rules

GOOD = b'{"id": "a", "text": "A headline of words\\nThe council met on Monday to mend the bridge again."}'


def obedient(
    record: RawRecord,
    rules: Rules,
    limits: Limits,
    lap: Lap = lambda stage: None,
    learned: Learned | None = None,
) -> Prepared | DeadLetter:
    order = (record.value or b"").decode("utf-8", "replace")
    if not order.startswith("order:"):
        return process(record, rules, limits, lap, learned)
    name, _, argument = order.removeprefix("order:").partition(" ")
    if name == "hang-once" and Path(argument).exists():
        return process(RawRecord("raw", 0, 0, 0, None, GOOD), rules, limits, lap)
    if name == "hang-once":
        Path(argument).touch()
    if name.startswith("hang"):
        time.sleep(3600)
    if name == "die":
        os._exit(139)
    if name == "segfault":
        ctypes.string_at(0)
    raise KeyError("a bug")


def patch() -> None:
    """Called in the pool's processes only."""
    pool_child.process = obedient  # type: ignore[attr-defined]
