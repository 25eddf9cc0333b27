"""`winnow run --local`: the same pipeline and the same runner over files and a Redis of our own."""

from __future__ import annotations

import secrets
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from pathlib import Path

import structlog
from prometheus_client import CollectorRegistry
from rich.console import Console

from worker.adapters.embedded_redis import embedded_redis, forget_all
from worker.adapters.files import Input, inputs_of
from worker.adapters.local import LocalBroker
from worker.adapters.memory import MemoryHands, Notes
from worker.adapters.memory_claims import MemoryClaims
from worker.adapters.memory_tallies import MemoryTallies
from worker.adapters.redis_scripts import RedisScripts, connect
from worker.bootstrap import claim_options, guards_of, pool_of, redis_claims, stop_on_signals, tallies_of
from worker.errors import FatalError
from worker.learning import Learning
from worker.observe import logs
from worker.observe.metrics import Metrics
from worker.ops.progress import progress
from worker.ops.summary import print_summary
from worker.ports import Claims, Tallies
from worker.runner import Runner
from worker.settings import RedisSettings, Settings

log = structlog.get_logger("winnow")


def run_local(settings: Settings, arguments: Sequence[str], out: Path, force: bool) -> bool:
    """Files in, JSONL out; answers whether all became clean articles. Raises UsageError, FatalError."""
    logs.configure("warning", settings.log.format)
    inputs = _each_once(inputs_of(arguments))
    stop = stop_on_signals(settings.worker.drain_timeout)
    metrics = Metrics(CollectorRegistry())
    console = Console(stderr=True)
    with (
        pool_of(settings, metrics) as pool,
        _stores(settings) as (claims, tallies),
        progress(console, "winnowing", sum(one.size for one in inputs)) as tell,
        LocalBroker(inputs, out, force, tell, settings.worker.max_batch_bytes) as broker,
    ):
        hands = MemoryHands(Notes(), "local/0")
        guards = guards_of(settings, hands, claims)
        learning = Learning(tallies, metrics, exact=True)
        # No clock: the times of a local run are those of its input, so that it can be repeated.
        runner = Runner(
            broker, claims, pool, guards, learning, metrics, stop, now=lambda: None, pause=time.sleep
        )
        runner.run(until_caught_up=True)
        if not broker.caught_up():
            raise FatalError(f"stopped before the end of the input; {out} holds .partial files only")
    return print_summary(console, out, broker.passed_over)


def _each_once(inputs: Sequence[Input]) -> list[Input]:
    """A file that is named twice, or beside its folder, is read once: its records have one outcome each."""
    first: dict[Path | None, Input] = {}
    for one in inputs:
        first.setdefault(one.path, one)
    return list(first.values())


@contextmanager
def _stores(settings: Settings) -> Iterator[tuple[Claims, Tallies | None]]:
    """Fresh claims and tallies for this run: in the Redis that the settings name, else in one of our own."""
    given = settings.redis.url if settings.redis.url != RedisSettings().url else None
    with nullcontext(given) if given else embedded_redis() as url:
        if url is None:
            log.warning("no redis-server can be started here: claims are kept in memory, for this run only")
            yield (
                MemoryClaims(**claim_options(settings)),
                MemoryTallies() if settings.cleaning.learn else None,
            )
            return
        client = connect(url, settings.redis.timeout)
        scripts = RedisScripts(client, f"local-{secrets.token_hex(4)}")
        try:
            yield redis_claims(settings, scripts), tallies_of(settings, scripts)
        finally:
            if given:
                forget_all(client, scripts.prefix)
            client.close()
