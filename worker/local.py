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
from worker.adapters.files import inputs_of
from worker.adapters.local import LocalBroker
from worker.adapters.memory import MemoryHands
from worker.adapters.memory_claims import MemoryClaims
from worker.adapters.redis_scripts import RedisScripts, connect
from worker.bootstrap import claim_options, guards_of, pool_of, redis_claims, stop_on_signals
from worker.errors import FatalError
from worker.guards import ClaimsGuard, PoisonGuard
from worker.observe import logs
from worker.observe.metrics import Metrics
from worker.ops.progress import progress
from worker.ops.summary import print_summary
from worker.ports import Claims
from worker.runner import Runner
from worker.settings import RedisSettings, Settings

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
        progress(console, "winnowing", sum(one.size for one in inputs)) as told,
        LocalBroker(inputs, out, force, told, settings.worker.max_batch_bytes) as broker,
    ):
        hands = MemoryHands({}, "local/0", set(), {})
        guards = guards_of(settings, PoisonGuard(hands, settings.worker.max_batch), ClaimsGuard(claims))
        # No clock: the times of a local run are those of its input, so that it can be repeated.
        Runner(broker, claims, pool, guards, metrics, stop, now=lambda: None, pause=time.sleep).run(True)
        if not broker.caught_up():
            raise FatalError(f"stopped before the end of the input; {out} holds .partial files only")
    return print_summary(console, out, broker.passed_over)


@contextmanager
def _claims(settings: Settings) -> Iterator[Claims]:
    """In the Redis that the settings name; if they name none, in one of our own. Fresh each run."""
    given = settings.redis.url if settings.redis.url != RedisSettings().url else None
    with nullcontext(given) if given else embedded_redis() as url:
        if url is None:
            log.warning("no redis-server can be started here: claims are kept in memory, for this run only")
            yield MemoryClaims(**claim_options(settings))
            return
        client = connect(url, settings.redis.timeout)
        scripts = RedisScripts(client, f"local-{secrets.token_hex(4)}")
        try:
            yield redis_claims(settings, scripts)
        finally:
            if given:
                forget_all(client, scripts.prefix)
            client.close()
