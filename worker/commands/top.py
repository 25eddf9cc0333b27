"""`winnow top`: arguments, and the loop of looking."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import closing, suppress
from typing import TYPE_CHECKING, Annotated

import typer
from rich.live import Live

from worker.commands.lag import LONG_WINDOW_S
from worker.commands.options import ConfigOption, JsonOption, seconds_of, settings_from
from worker.commands.output import print_json, screen
from worker.errors import FatalError, TransientError, UsageError
from worker.settings import Settings

if TYPE_CHECKING:
    from worker.ops.lag import GroupLag, LagWindow
    from worker.ops.top import Top

PORTS = 16
"""From metrics.port on: where several workers of one machine listen."""


def top(
    workers: Annotated[
        list[str] | None,
        typer.Option("--workers", help="HOST:PORT of /metrics; a name may stand for many replicas."),
    ] = None,
    every: Annotated[str, typer.Option("--every", help="Time between two looks.")] = "2s",
    once: Annotated[bool, typer.Option("--once", help="Two looks, then one screen.")] = False,
    json: JsonOption = False,
    config: ConfigOption = None,
) -> None:
    """The whole pipeline on one screen; Ctrl-C ends it.

    Lag and verdict, outcomes per second, removed lines by kind, dead letters by code, Redis' memory.
    """
    from worker.adapters.kafka_lag import KafkaLag
    from worker.adapters.worker_metrics import addresses
    from worker.commands.top_screen import screen_of
    from worker.ops.lag import LagWindow

    settings = settings_from(config)
    every_s = seconds_of(every, "--every")
    addresses(workers or ())  # a name that is none is said at once, not on the screen

    def where() -> list[str]:
        """Asked anew each time: replicas come and go."""
        return addresses(workers) if workers else _local(settings)

    window = LagWindow(settings.kafka.group_id, settings.topics.raw, LONG_WINDOW_S)
    with closing(KafkaLag(settings, window.group)) as kafka:
        look = _looker(settings, where, lambda: window.add(kafka.now()))
        if json or once or not screen.is_terminal:
            look()
            time.sleep(every_s)
            seen = look()
            if json:
                print_json(seen.as_json())
            else:
                screen.print(screen_of(seen, window.history, screen.width))
            return
        _watch(look, window, every_s)


def _watch(look: Callable[[], Top], window: LagWindow, every_s: float) -> None:
    """Until Ctrl-C."""
    from worker.commands.top_screen import screen_of

    with Live(console=screen, screen=True, auto_refresh=False) as live, suppress(KeyboardInterrupt):
        while True:
            live.update(screen_of(look(), window.history, screen.width), refresh=True)
            time.sleep(every_s)


def _looker(
    settings: Settings, where: Callable[[], list[str]], lag: Callable[[], GroupLag]
) -> Callable[[], Top]:
    """Asks all of them; who does not answer is named on the screen."""
    from worker.adapters.redis_doctor import RedisFacts, redis_facts
    from worker.adapters.worker_metrics import scraped
    from worker.ops.top import Pictures

    pictures = Pictures()

    def look() -> Top:
        problems: list[str] = []
        group: GroupLag | None = None
        redis: RedisFacts | None = None
        try:
            group = lag()
        except TransientError as away:
            problems.append(str(away))
        try:
            redis = redis_facts(settings.redis.url, settings.redis.timeout)
        except (TransientError, FatalError) as away:  # a wrong password must not cost the rest of the screen
            problems.append(str(away))
        try:
            workers = scraped(where())
        except UsageError as unknown:  # no replica is left behind that name
            workers = {}
            problems.append(str(unknown))
        return pictures.add(time.monotonic(), workers, group, redis, tuple(problems))

    return look


def _local(settings: Settings) -> list[str]:
    """Where the workers of this machine may listen."""
    host = "127.0.0.1" if settings.metrics.host in ("0.0.0.0", "::", "") else settings.metrics.host
    first = settings.metrics.port
    return [f"{host}:{port}" for port in range(first, min(first + PORTS, 65536))] if first else []
