"""What runs inside a process of the pool. Preloaded in the fork server: a fresh one starts at once."""

from __future__ import annotations

import faulthandler
import importlib
import pickle
import resource
import signal
import time
from collections.abc import Sequence
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from worker.adapters.rule_files import load_rules
from worker.errors import Stage, WinnowError
from worker.outcome import DeadLetter, Prepared
from worker.pipeline import Limits, process
from worker.ports import RawRecord
from worker.text.habits import Learned
from worker.text.rules import Rules

STAGES: tuple[Stage, ...] = ("decode", "extract", "clean", "validate", "dedupe", "publish")
"""As a dead letter names them; `dedupe` is the fingerprint, `publish` what comes when all is done."""
WARM = RawRecord("", 0, 0, 0, None, '{"text": "An article\\nمقال\\n文章"}'.encode())
"""In three scripts: patterns are compiled when a line first needs them, which no record shall wait for."""
LAPS = ("decode", "extract", "clean", "validate", "fingerprint")
"""As the pipeline names them."""


@dataclass(frozen=True, slots=True)
class Raised:
    """The pipeline raised what it should not: a bug, or memory at its limit."""

    stage: Stage
    what: str


@dataclass(frozen=True, slots=True)
class Unfit:
    """The process cannot begin, nor could any other: `why`, in one line."""

    why: str


Result = Prepared | DeadLetter | Raised


@dataclass(frozen=True, slots=True)
class Setup:
    """All that a process of the pool needs to know."""

    rules_folder: Path
    limits: Limits
    deadline_s: float
    memory_limit: int = 0
    """Bytes of address space; 0: no limit."""
    line_model: bool = True
    patch: str | None = None
    """For tests: a module whose `patch()` is called first."""


def child(pipe: Connection, note: Any, setup: Setup) -> None:
    """Processes chunks until the pipe closes."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C and a stop are the worker's business
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    if setup.patch:
        importlib.import_module(setup.patch).patch()
    rules = _rules_within_memory(setup)
    if isinstance(rules, Unfit):
        pipe.send_bytes(pickle.dumps(rules))
        return
    learned: Learned | None = None
    while True:
        records: list[RawRecord]
        try:
            records, told = pickle.loads(pipe.recv_bytes())
        except (EOFError, OSError):
            return
        if told is not None:
            (learned,) = told
        # If the worker is killed while a record hangs here, nobody else would end this process.
        faulthandler.dump_traceback_later(setup.deadline_s * (len(records) + 2), exit=True)
        pipe.send_bytes(pickle.dumps(_chunk(records, rules, setup.limits, learned, note), protocol=5))
        faulthandler.cancel_dump_traceback_later()


def _rules_within_memory(setup: Setup) -> Rules | Unfit:
    """The rules, and from now on the limit on memory; or why no process of this set-up can begin.

    The limit comes last: what runs into one amid its own beginning may die, or hang, rather than say so.
    """
    try:
        rules = load_rules(setup.rules_folder, setup.line_model)
    except WinnowError as error:
        return Unfit(str(error))
    process(WARM, rules, setup.limits)
    if limit := setup.memory_limit:
        if (needed := _address_space()) > limit:
            return Unfit(
                f"worker.memory_limit: {limit:,} bytes, a process needs {needed:,} before its first record"
            )
        resource.setrlimit(resource.RLIMIT_AS, (limit, resource.getrlimit(resource.RLIMIT_AS)[1]))
    return rules


def _address_space() -> int:
    """Bytes that this process takes now, as the limit counts them."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0])
    return pages * resource.getpagesize()


def _chunk(
    records: Sequence[RawRecord], rules: Rules, limits: Limits, learned: Learned | None, note: Any
) -> tuple[list[Result], dict[str, list[float]]]:
    """The result of each record, and the seconds that each spent in each stage."""
    seconds: dict[str, list[float]] = {stage: [] for stage in LAPS}

    begun = time.perf_counter()

    def lap(stage: str) -> None:
        nonlocal begun
        now = time.perf_counter()
        seconds[stage].append(now - begun)
        begun = now
        note[1] = LAPS.index(stage) + 1

    results: list[Result] = []
    for place, record in enumerate(records):
        begun = time.perf_counter()
        note[0], note[1], note[2] = place, 0, time.monotonic()
        try:
            results.append(process(record, rules, limits, lap, learned))
        except Exception as error:  # tried once more, then a dead letter
            # Its class only: its text may quote the article.
            results.append(Raised(STAGES[int(note[1])], type(error).__name__))
    return results, seconds
