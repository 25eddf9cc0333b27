"""Processes that run the pipeline: a crash or a hang costs one record, not the worker.

Extraction holds the GIL and can hang or crash in C, so it happens elsewhere. One thread of the worker
feeds the processes in chunks; a process says in shared memory which record it has begun, in which
stage and when. A record that is late, or in hand when its process died, is tried once more, alone in a
fresh process; only the second time is believed (P11: a machine that was frozen makes every record late).
"""

from __future__ import annotations

import multiprocessing as mp
import pickle
import signal
import threading
import time
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from multiprocessing import forkserver, resource_tracker
from multiprocessing.connection import Connection, wait
from typing import TYPE_CHECKING, Any

from worker.errors import FatalError
from worker.outcome import DeadLetter
from worker.pool_child import STAGES, Raised, Setup, Unfit, child
from worker.pool_work import PoolWork, Task, found, next_chunk

if TYPE_CHECKING:
    from multiprocessing.context import ForkServerProcess

    from worker.errors import Stage
    from worker.observe.metrics import Metrics
    from worker.ports import RawRecord
    from worker.text.habits import Learned

TICK_S = 0.25
"""How often deadlines are looked at."""
START_S = 60
"""Seconds that a process may take to start, on top of a record's deadline."""
START_FAILURES = 5
"""Processes in a row that may die before their first record; then the installation is broken."""


@dataclass(eq=False)
class _Child:
    """A process, our end of its pipe, and the note in which it says what it has begun:
    place in the chunk, stage, time (0: nothing yet)."""

    process: ForkServerProcess
    pipe: Connection
    note: Any
    chunk: list[Task] = field(default_factory=list)
    handed_at: float = 0.0
    used: bool = False
    learned: Learned | None = None
    """What it was last told of what the sources repeat."""

    @property
    def begun(self) -> bool:
        return bool(self.note[2])

    def is_late(self, deadline_s: float) -> bool:
        now = time.monotonic()
        begun, allowed_s = (
            (self.note[2], deadline_s) if self.begun else (self.handed_at, deadline_s + START_S)
        )
        return bool(self.chunk) and now - begun > allowed_s


class ProcessPool:
    """The Pool port."""

    def __init__(self, processes: int, setup: Setup, metrics: Metrics) -> None:
        self._context = mp.get_context("forkserver")
        self._context.set_forkserver_preload(["worker.pool_child", "worker.pool_preload"])
        _start_fork_server()
        self._setup = setup
        self._metrics = metrics
        self._waiting: deque[Task] = deque()
        self._open: list[PoolWork] = []
        """Works that may still be waited for."""
        self._lock = threading.Lock()
        self._wake_read, self._wake_write = mp.Pipe(duplex=False)
        self._closing = False
        self._broken: str | None = None
        self._stillborn = 0
        self._children = [self._born() for _ in range(processes)]
        self._thread = threading.Thread(target=self._serve, name="pool", daemon=True)
        self._thread.start()

    def start(self, records: Sequence[RawRecord], learned: Learned | None = None) -> PoolWork:
        work = PoolWork(records, [None] * len(records), len(records), learned=learned)
        with self._lock:
            work.broken = self._broken
            if not records or work.broken:
                work.done.set()
                return work
            self._open = [one for one in self._open if not (one.done.is_set() or one.abandoned)] + [work]
            self._waiting.extend(Task(work, index) for index in range(len(records)))
        self._wake_write.send_bytes(b"!")
        return work

    def close(self) -> None:
        self._closing = True
        self._wake_write.send_bytes(b"!")
        self._thread.join(5)
        for one in self._children:
            _end(one)

    def _serve(self) -> None:
        """The pool's thread: hands out chunks, takes in results, watches deadlines."""
        try:
            while not self._closing:
                self._hand_out()
                for ready in wait([self._wake_read, *(one.pipe for one in self._children)], TICK_S):
                    if ready is self._wake_read:
                        self._wake_read.recv_bytes()
                    else:
                        self._take_in(next(one for one in self._children if one.pipe is ready))
                for one in list(self._children):
                    if one.is_late(self._setup.deadline_s):
                        self._replace(one, "timeout")
        except Exception as error:  # the runner must hear of it, whatever it is: its works would never end
            self._break(str(error) or repr(error))

    def _hand_out(self) -> None:
        for one in list(self._children):
            if one.chunk:
                continue
            with self._lock:
                chunk = next_chunk(self._waiting)
            if not chunk:
                return
            # Alone means: in a fresh process.
            self._hand(self._fresh(one) if chunk[0].alone and one.used else one, chunk)

    def _hand(self, one: _Child, chunk: list[Task]) -> None:
        one.note[:] = (0, 0, 0)
        one.chunk, one.handed_at, one.used = chunk, time.monotonic(), True
        try:
            told = _news(one, chunk[0].work.learned)
            one.pipe.send_bytes(pickle.dumps(([task.record for task in chunk], told), protocol=5))
        except OSError:
            self._replace(one, "crash")

    def _take_in(self, one: _Child) -> None:
        try:
            told = pickle.loads(one.pipe.recv_bytes())
        except (EOFError, OSError):
            self._replace(one, "crash")
            return
        if isinstance(told, Unfit):
            raise FatalError(told.why)
        results, seconds = told
        self._stillborn = 0
        self._metrics.staged(seconds)
        chunk, one.chunk = one.chunk, []
        for task, result in zip(chunk, results, strict=True):
            if isinstance(result, Raised):
                self._doubt(task, "crash", result.stage, result.what)
            else:
                found(task, result)

    def _replace(self, one: _Child, reason: str) -> None:
        """A fresh process for one that died or is late; the record it had begun is doubted."""
        chunk, one.chunk = one.chunk, []
        place, stage = int(one.note[0]), STAGES[int(one.note[1])]
        doubted = chunk[place] if chunk and one.begun else None
        self._metrics.pool_restarted(reason)
        self._stillborn = 0 if one.begun else self._stillborn + 1
        if self._stillborn > START_FAILURES:
            raise FatalError(
                "the pool's processes die before they begin: raise worker.memory_limit or run `winnow doctor`"
            )
        self._fresh(one)
        with self._lock:
            self._waiting.extendleft(task for task in reversed(chunk) if task is not doubted)
        if doubted is not None:
            late = f"still at it after {self._setup.deadline_s:g} s"
            self._doubt(doubted, reason, stage, late if reason == "timeout" else "its process died")

    def _doubt(self, task: Task, code: str, stage: Stage, what: str) -> None:
        """The first time: once more, alone. The second time: it is so."""
        if task.alone:
            found(task, DeadLetter(stage, code, f"{what}, twice, the second time alone"))
            return
        task.alone = True
        with self._lock:
            self._waiting.appendleft(task)

    def _break(self, reason: str) -> None:
        with self._lock:
            self._broken = reason
            for work in self._open:
                work.broken = reason
                work.done.set()

    def _fresh(self, one: _Child) -> _Child:
        _end(one)
        fresh = self._children[self._children.index(one)] = self._born()
        return fresh

    def _born(self) -> _Child:
        ours, theirs = self._context.Pipe()
        note = self._context.RawArray("d", 3)
        process = self._context.Process(target=child, args=(theirs, note, self._setup), daemon=True)
        process.start()
        theirs.close()
        return _Child(process, ours, note)


def _start_fork_server() -> None:
    """It and all its children never see Ctrl-C, not even while they import: a stop is the worker's business.

    The tracker comes first, because starting it would lift the mask."""
    resource_tracker.ensure_running()
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        forkserver.ensure_running()
    finally:
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})


def _news(one: _Child, learned: Learned | None) -> tuple[Learned | None] | None:
    """What the process must be told of what was learned; None: it knows."""
    if one.learned is learned:
        return None
    one.learned = learned
    return (learned,)


def _end(one: _Child) -> None:
    one.pipe.close()
    one.process.kill()
    one.process.join(5)
