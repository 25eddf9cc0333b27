"""`winnow lag`: arguments, the loop of looking, exit codes."""

from __future__ import annotations

import signal
import sys
import threading
import time
from collections.abc import Callable
from contextlib import closing, suppress
from typing import TYPE_CHECKING, Annotated

import orjson
import typer
from rich.live import Live
from rich.text import Text

from worker.commands.options import ConfigOption, JsonOption, seconds_of, settings_from
from worker.commands.output import people, print_json, screen
from worker.errors import FatalError, TransientError, UsageError
from worker.ops.plain import plain
from worker.settings import Settings

if TYPE_CHECKING:
    from worker.ops.lag import GroupLag, LagWindow

SHORT_WINDOW_S = 10.0
"""For one answer: longer than a batch of slow pages takes, shorter than an operator waits."""
LONG_WINDOW_S = 60.0
"""For those that go on looking: a handover to another worker is over within it."""
BETWEEN_S = 1.0
"""Between two looks for one answer: two of them tell whether anybody is there."""

Look = Callable[[], "GroupLag"]


def lag(
    watch: Annotated[bool, typer.Option("--watch", help="A live table; Ctrl-C ends it.")] = False,
    json: JsonOption = False,
    once: Annotated[bool, typer.Option("--once", help="Two looks, a second apart, are enough.")] = False,
    fail_over: Annotated[
        str | None, typer.Option("--fail-over", help="Exit 1 if the oldest record waits longer, e.g. 5m.")
    ] = None,
    serve: Annotated[
        int | None, typer.Option("--serve", min=1, max=65535, help="Export to Prometheus on this port.")
    ] = None,
    group: Annotated[str | None, typer.Option("--group", help="Default: kafka.group_id.")] = None,
    window: Annotated[
        str | None,
        typer.Option("--window", help="What the verdict looks at; default 10s, with --watch or --serve 60s."),
    ] = None,
    every: Annotated[str, typer.Option("--every", help="Time between two looks.")] = "2s",
    config: ConfigOption = None,
) -> None:
    """How far the group is behind, per partition, and whether it keeps up.

    Asks Kafka alone, so it works when every worker is dead. The status looks at a window of time: ok,
    behind (moving, never gaining), stalled (owned, not moving), stopped (nobody is there), rewound.
    """
    from worker.adapters.kafka_lag import KafkaLag
    from worker.ops.lag import LagWindow

    if (watch, once, serve is not None).count(True) > 1:
        raise UsageError("--watch, --once and --serve: one of them")
    if serve is not None and (json or fail_over):
        raise UsageError("--json and --fail-over have no meaning with --serve")
    settings = settings_from(config)
    limit_s = seconds_of(fail_over, "--fail-over") if fail_over else None
    every_s = seconds_of(every, "--every")
    window_s = LONG_WINDOW_S if watch or serve is not None else SHORT_WINDOW_S
    if window:
        window_s = seconds_of(window, "--window")
    seen = LagWindow(group or settings.kafka.group_id, settings.topics.raw, window_s)
    with closing(KafkaLag(settings, seen.group)) as kafka:

        def look() -> GroupLag:
            return seen.add(kafka.now())

        if serve is not None:
            _serve(settings, serve, look, every_s)
        elif watch:
            _watch(seen, look, every_s, limit_s, json)
        else:
            is_quick = once or limit_s is not None
            patience_s = LONG_WINDOW_S if window is None else seen.window_s
            result = _settled(look, BETWEEN_S) if is_quick else one_answer(seen, look, patience_s)
            _show(result, json)
            _fail_over(result, limit_s)


def _settled(look: Look, window_s: float) -> GroupLag:
    """Looks until the window is full, or earlier when more of it would change nothing."""
    result = look()
    with people.status(f"looking for {window_s:.0f} s …"):
        while result.window_s < window_s and (result.window_s == 0 or not result.is_clear):
            time.sleep(BETWEEN_S)
            result = look()
    return result


def one_answer(seen: LagWindow, look: Look, patience_s: float) -> GroupLag:
    """Looks until the window is full, and on, `patience_s` at most, until each partition has had its turn."""
    result = _settled(look, seen.window_s)
    if not result.is_uneven:
        return result
    seen.window_s = max(seen.window_s, patience_s)
    with people.status(f"a partition stands while its owner works: looking for {seen.window_s:.0f} s …"):
        while result.is_uneven and result.window_s < seen.window_s:
            time.sleep(BETWEEN_S)
            result = look()
    seen.window_s = result.window_s
    return seen.judged()


def _show(result: GroupLag, json: bool) -> None:
    from worker.commands.lag_screen import screen_of

    if json:
        print_json(result.as_json())
    else:
        screen.print(screen_of(result, height=10_000, width=screen.width))


def _fail_over(result: GroupLag, limit_s: float | None) -> None:
    from worker.ops.figures import duration

    if limit_s is not None and result.exceeds(limit_s):
        raise FatalError(
            f"the oldest record of {result.topic} that {result.group} has not processed waits for "
            f"{duration(result.lag_s)} (--fail-over {duration(limit_s)}); the group is {result.verdict}"
        )


def _watch(seen: LagWindow, look: Look, every_s: float, limit_s: float | None, json: bool) -> None:
    """Until Ctrl-C. An outage of Kafka is shown, and waited out."""
    if json or not screen.is_terminal:
        _watch_lines(look, every_s, limit_s)
        return
    from worker.commands.lag_screen import screen_of

    with Live(console=screen, screen=True, auto_refresh=False) as live, suppress(KeyboardInterrupt):
        while True:
            try:
                result = look()
                shown = screen_of(result, seen.history, screen.height, screen.width)
                live.update(shown, refresh=True)
                _fail_over(result, limit_s)
            except TransientError as away:
                live.update(Text(plain(f"waiting: {away}"), style="yellow"), refresh=True)
            time.sleep(every_s)


def _watch_lines(look: Look, every_s: float, limit_s: float | None) -> None:
    """For programs: one line of JSON per look."""
    with suppress(KeyboardInterrupt):
        while True:
            try:
                result = look()
                sys.stdout.buffer.write(orjson.dumps(result.as_json()) + b"\n")
                sys.stdout.buffer.flush()
                _fail_over(result, limit_s)
            except TransientError as away:
                people.print(plain(f"waiting: {away}"))
            time.sleep(every_s)


def _serve(settings: Settings, port: int, look: Look, every_s: float) -> None:
    """The exporter: until SIGTERM or Ctrl-C."""
    from prometheus_client import start_http_server

    from worker.ops.lag_export import LagCollector, registry_of, watch

    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    collector = LagCollector()
    try:
        server, _ = start_http_server(port, settings.metrics.host, registry_of(collector))
    except OSError as error:
        raise FatalError(f"port {port} of {settings.metrics.host}: {error.strerror}") from None
    people.print(f"lag of {settings.kafka.group_id}: http://{settings.metrics.host}:{port}/metrics")
    watch(collector, look, every_s, stop, lambda said: people.print(said, markup=False))
    server.shutdown()
