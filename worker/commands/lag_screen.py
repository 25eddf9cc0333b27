"""The lag on a screen of 80 columns and 24 lines."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from worker.ops.figures import count, duration, listed, plural, rate, sparkline
from worker.ops.lag import GroupLag, PartitionLag

COLOURS = {"ok": "green", "behind": "yellow", "rewound": "magenta", "stalled": "red", "stopped": "bold red"}
_NEEDED = 4
"""Lines that are no partition: title, table head, what is hidden, and one left free for the cursor."""
_SPARK_WIDTH = 60
_WIDTHS = {"done in": 66, "in/s": 58, "out/s": 58, "committed": 44, "end": 44}
"""Columns that a narrower screen does without: better than all of them cut short."""


def screen_of(
    group: GroupLag, history: Sequence[int] = (), height: int = 24, width: int = 80
) -> RenderableType:
    """The group's line, the partitions (the worst ones if not all fit), and what else must be known."""
    rows = max(1, height - _NEEDED - len(list(notes_of(group))) - (1 if history else 0))
    shown = sorted(group.partitions, key=_badness, reverse=True)[:rows]
    parts: list[RenderableType] = [headline(group).append(f", {plural(group.members, 'member')}")]
    if history:
        spark = sparkline(history, min(_SPARK_WIDTH, width - 5))
        parts.append(Text(f"lag {spark}", style="cyan", no_wrap=True))
    parts.append(_table(sorted(shown, key=lambda one: one.partition), width))
    if hidden := len(group.partitions) - len(shown):
        parts.append(Text(f"… and {hidden} partitions that are no worse", style="dim"))
    parts += [Text(note, style="yellow", no_wrap=True, overflow="ellipsis") for note in notes_of(group)]
    return Group(*parts)


def notes_of(group: GroupLag) -> Iterator[str]:
    """What the numbers alone do not say."""
    if group.never_committed:
        yield f"{group.group} never committed (a new group, or a wrong name?): lag from the log start"
    if unread := sum(one.standing.unread for one in group.partitions):
        yield f"retention took {unread:,} offsets before the group had read them"
    if held := [one.partition for one in group.partitions if one.standing.held]:
        yield f"open transactions hold back records of partition {listed(held)}"
    if group.gone:
        yield f"committed offsets of partitions that are gone: {listed(group.gone)}"
    if any(not one.standing.exact for one in group.partitions):
        yield "~: markers of transactions may be among these"


def headline(group: GroupLag) -> Text:
    """Who, on what, the verdict, the lag."""
    text = Text(f"{group.group} on {group.topic}: ", no_wrap=True, overflow="ellipsis")
    text.append(group.verdict, COLOURS[group.verdict])
    return text.append(f"  lag {group.lag:,}, oldest {duration(group.lag_s)}")


def _table(shown: Sequence[PartitionLag], width: int) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 1), header_style="dim")
    rows = [_cells(one) for one in shown]
    names = ["part", "committed", "end", "lag", "oldest", "in/s", "out/s", "done in", "status"]
    kept = [name for name in names if width >= _WIDTHS.get(name, 0)]
    for name in kept:
        table.add_column(name, justify="left" if name == "status" else "right", no_wrap=True)
    for cells in rows:
        table.add_row(*(cells[name] for name in kept))
    return table


def _cells(one: PartitionLag) -> dict[str, RenderableType]:
    """A partition's row, by the names of its columns."""
    standing = one.standing
    return {
        "part": str(one.partition),
        "committed": "–" if standing.committed is None else str(standing.committed),
        "end": str(standing.end),
        "lag": ("" if standing.exact else "~") + count(standing.lag),
        "oldest": duration(one.lag_s),
        "in/s": rate(one.rate_in),
        "out/s": rate(one.rate_out),
        "done in": "–" if one.catch_up_s is None else duration(one.catch_up_s),
        "status": Text(one.verdict, COLOURS[one.verdict]),
    }


def _badness(one: PartitionLag) -> tuple[int, float]:
    return list(COLOURS).index(one.verdict), one.lag_s if one.lag_s is not None else float("inf")
