"""`winnow run --local`: the same pipeline and the same runner over files and a Redis of our own."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import structlog
from prometheus_client import CollectorRegistry
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from worker.adapters.embedded_redis import embedded_redis
from worker.adapters.files import Input, RawValue, inputs_of
from worker.adapters.local import LocalBroker
from worker.adapters.memory import MemoryHands
from worker.adapters.memory_claims import MemoryClaims
from worker.adapters.redis_claims import RedisClaims
from worker.adapters.redis_scripts import RedisScripts, connect
from worker.bootstrap import guards_of, pool_of, stop_on_signals
from worker.errors import FatalError
from worker.guards import ClaimsGuard, PoisonGuard
from worker.observe import logs
from worker.observe.metrics import Metrics
from worker.ops.summary import print_summary
from worker.ports import Claims
from worker.runner import Runner
from worker.settings import Settings

log = structlog.get_logger("winnow")


def run_local(settings: Settings, arguments: Sequence[str], out: Path, force: bool) -> bool:
    """Files in, JSONL out; answers whether all became clean articles. Raises UsageError, FatalError."""
    logs.configure("warning", settings.log.format)
    inputs = inputs_of(arguments)
    stop = stop_on_signals(settings.worker.drain_timeout)
    metrics = Metrics(CollectorRegistry())
    console = Console(stderr=True)
    with (
        pool_of(settings, metrics) as pool,
        _claims(settings) as claims,
        _progress(console, inputs) as told,
        LocalBroker(inputs, out, force, told, settings.worker.max_batch_bytes) as broker,
    ):
        hands = MemoryHands({}, "local/0", set(), {})
        guards = guards_of(settings, PoisonGuard(hands, settings.worker.max_batch), ClaimsGuard(claims))
        # No clock: the times of a local run are those of its input, so that it can be repeated.
        Runner(broker, claims, pool, guards, metrics, stop, now=lambda: None, pause=time.sleep).run(True)
        if not broker.caught_up():
            raise FatalError(f"stopped before the end of the input; {out} holds .partial files only")
    return print_summary(console, out)


@contextmanager
def _claims(settings: Settings) -> Iterator[Claims]:
    with embedded_redis() as url:
        if url is None:
            log.warning("no redis-server here: claims are kept in memory, for this run only")
            yield MemoryClaims(settings.dedupe.ttl)
            return
        client = connect(url, settings.redis.timeout)
        yield RedisClaims(RedisScripts(client, "local"), settings.dedupe.ttl)
        client.close()


@contextmanager
def _progress(console: Console, inputs: Sequence[Input]) -> Iterator[_Told]:
    """A bar over the bytes of the input on a terminal; nothing elsewhere."""
    total = sum(one.size for one in inputs)
    with Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.fields[records]} records"),
        TimeElapsedColumn(),
        console=console,
        disable=not sys.stderr.isatty(),
        transient=True,
    ) as bar:
        yield _Told(bar, bar.add_task("winnowing", total=total or None, records=0))


class _Told:
    """Moves the bar: bytes of finished files and how far the present one is read."""

    def __init__(self, bar: Progress, task: object) -> None:
        self._bar = bar
        self._task = task
        self._file: Input | None = None
        self._before = 0

    def __call__(self, settled: int, last: RawValue | None) -> None:
        if last is None:
            return
        if self._file is not None and last.source is not self._file:
            self._before += self._file.size
        self._file = last.source
        self._bar.update(self._task, completed=self._before + last.bytes_done, records=settled)  # type: ignore[arg-type]
