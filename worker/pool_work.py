"""What the pool's processes are asked: a work is a batch of records, handed out in chunks of tasks."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from worker.errors import FatalError
from worker.outcome import DeadLetter, Prepared

if TYPE_CHECKING:
    from worker.ports import RawRecord
    from worker.text.habits import Learned

CHUNK_RECORDS = 25
"""Records handed over at once: tens of milliseconds of text articles, so that a round trip does not show."""
CHUNK_BYTES = 1024 * 1024


@dataclass(eq=False)
class PoolWork:
    """The Work port: results fill up in any order."""

    records: Sequence[RawRecord]
    found: list[Prepared | DeadLetter | None]
    missing: int
    done: threading.Event = field(default_factory=threading.Event)
    learned: Learned | None = None
    abandoned: bool = False
    broken: str | None = None

    def wait(self, timeout_s: float) -> bool:
        return self.done.wait(timeout_s)

    def results(self) -> list[Prepared | DeadLetter]:
        if self.broken:
            raise FatalError(self.broken)
        return [result for result in self.found if result is not None]

    def abandon(self) -> None:
        self.abandoned = True


@dataclass(eq=False)
class Task:
    """One record of one work; `alone`: the second and last try."""

    work: PoolWork
    index: int
    alone: bool = False

    @property
    def record(self) -> RawRecord:
        return self.work.records[self.index]


def found(task: Task, result: Prepared | DeadLetter) -> None:
    """A task is done; its work too, if it was the last one."""
    work = task.work
    work.found[task.index] = result
    work.missing -= 1
    if work.missing == 0:
        work.done.set()


def next_chunk(waiting: deque[Task]) -> list[Task]:
    """Up to a chunk of tasks that are still wanted; a doubted one goes alone."""
    chunk: list[Task] = []
    size = 0
    while waiting and len(chunk) < CHUNK_RECORDS and size < CHUNK_BYTES:
        if chunk and (waiting[0].alone or waiting[0].work.learned is not chunk[0].work.learned):
            break
        task = waiting.popleft()
        if task.work.abandoned:
            continue
        chunk.append(task)
        size += task.record.size
        if task.alone:
            break
    return chunk
