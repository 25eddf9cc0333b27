"""The pipeline on a screen of 80 columns and 24 lines."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from rich.columns import Columns
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from worker.commands.lag_screen import headline
from worker.ops.figures import count, plural, rate, size, sparkline
from worker.ops.plain import plain
from worker.ops.top import Count, Top

ROWS = 9
"""Of the lists at the bottom; what is rarer is summed up in the last."""
NAMES = {"kafka": "Kafka", "redis": "Redis", "other": "something else"}
"""Of what workers wait for (`observe.metrics.WAITED_FOR`)."""
_WIDTH = 38
_WHOLE = 70
"""Columns of the screen from which on the batches are shown beside the outcomes."""


def screen_of(top: Top, history: Sequence[int] = (), width: int = 80) -> RenderableType:
    """Lag first, then what came out, then why."""
    lists = Columns(
        [_listed("removed lines", top.removed), _listed("dead letters", top.dead)],
        width=_WIDTH,
        padding=(0, 2),
    )
    return Group(
        headline(top.lag) if top.lag else Text("Kafka does not answer", "bold red"),
        _rates(top),
        Text(
            f"lag {sparkline(history, min(60, width - 5))}" if any(history) else "",
            style="cyan",
            no_wrap=True,
        ),
        _outcomes(top, width),
        Text(),
        lists,
        *(Text(plain(one), style="yellow", no_wrap=True, overflow="ellipsis") for one in _notes(top)),
    )


def _rates(top: Top) -> Text:
    text = Text(no_wrap=True, overflow="ellipsis")
    if top.lag is not None:
        text.append(f"{plural(top.lag.members, 'member')}, {plural(len(top.lag.partitions), 'partition')}, ")
        text.append(f"in {_rate(top.lag.rate('rate_in'))}, out {_rate(top.lag.rate('rate_out'))}   ")
    if top.redis is not None:
        limit = f" of {size(top.redis.limit_bytes)}" if top.redis.limit_bytes else ""
        text.append(f"Redis {size(top.redis.used_bytes)}{limit}")
    return text


def _outcomes(top: Top, width: int) -> RenderableType:
    done = top.commits.get("committed", Count())
    lost = sum(one.total for name, one in top.commits.items() if name != "committed")
    outcomes = zip(("clean", "duplicates", "dead letters"), top.outcomes.values(), strict=True)
    columns = [(name, count(one.total), _rate(one.per_s)) for name, one in outcomes]
    if width >= _WHOLE:
        columns.append(("in flight", str(top.in_flight), ""))
        columns.append(("commits", count(done.total), _rate(done.per_s)))
        columns.append(("thrown away", count(lost), ""))
    table = Table(box=None, pad_edge=False, padding=(0, 1), header_style="dim")
    table.add_column("", min_width=5, no_wrap=True)
    for name, _, _ in columns:
        table.add_column(name, justify="right", no_wrap=True)
    table.add_row("total", *(total for _, total, _ in columns))
    table.add_row("now", *(now for _, _, now in columns))
    return table


def _listed(title: str, counts: Mapping[str, Count]) -> RenderableType:
    table = Table(box=None, pad_edge=False, padding=(0, 1), header_style="dim", width=_WIDTH)
    table.add_column(title, no_wrap=True, overflow="ellipsis", ratio=1)
    table.add_column("total", justify="right", no_wrap=True)
    table.add_column("now", justify="right", no_wrap=True)
    items = list(counts.items())
    if len(items) > ROWS:
        rest = [one for _, one in items[ROWS - 1 :]]
        items = items[: ROWS - 1]
        items.append((f"{len(rest)} others", Count(sum(one.total for one in rest))))
    for name, one in items:
        table.add_row(Text(plain(name)), count(one.total), _rate(one.per_s) if one.per_s is not None else "")
    return table


def _notes(top: Top) -> list[str]:
    notes = list(top.problems)
    if top.claims_lost:
        notes.append("Redis lost claims: copies may come through (winnow dedupe rebuild)")
    for what in (what for what, attempts in top.waits.items() if attempts.per_s):
        notes.append(f"workers wait for {NAMES.get(what, what)}: their log says why")
    if not top.workers:
        notes.append("no worker answers: counts need metrics.port, or --workers HOST:PORT")
    elif top.lag is not None and top.workers < top.lag.members:
        notes.append(f"{top.workers} of {top.lag.members} workers answer: name the others by --workers")
    return notes[:4]


def _rate(per_s: float | None) -> str:
    return rate(per_s) + ("" if per_s is None else "/s")
