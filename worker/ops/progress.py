"""Progress for people, on stderr: a bar on a terminal, a plain line now and then elsewhere."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

Tell = Callable[[int, int], None]
"""Told how many records are done, and how many bytes of the input are read."""

BAR_EVERY_S = 0.1
LINE_EVERY_S = 5.0
"""Often enough to see that it goes on, seldom enough for a log."""


@contextmanager
def progress(console: Console, what: str, total_bytes: int) -> Iterator[Tell]:
    """Tell it as often as you like. `what`: a word such as `loading`; `total_bytes` 0: nobody knows."""
    if not console.is_terminal:
        yield _seldom(LINE_EVERY_S, lambda n, done: console.print(_line(what, n, done, total_bytes)))
        return
    with Progress(
        TextColumn("{task.description}"),
        BarColumn(bar_width=24),
        TextColumn("{task.fields[records]:,} records"),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
        console=console,
        transient=True,
    ) as bar:
        task = bar.add_task(what, total=total_bytes or None, records=0)
        yield _seldom(BAR_EVERY_S, lambda n, done: bar.update(task, completed=done, records=n))


def _seldom(every_s: float, show: Tell) -> Tell:
    """The same, at most once in `every_s` seconds: drawing costs more than a record."""
    shown = time.monotonic()

    def tell(records: int, bytes_done: int) -> None:
        nonlocal shown
        if time.monotonic() - shown >= every_s:
            shown = time.monotonic()
            show(records, bytes_done)

    return tell


def _line(what: str, records: int, bytes_done: int, total_bytes: int) -> str:
    share = f", {min(100, 100 * bytes_done // total_bytes)} % of the input" if total_bytes else ""
    return f"{what}: {records:,} records{share}"
