"""What `winnow dlq` prints for people. Records come from anybody: a terminal must not obey what they hold."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rich.table import Table
from rich.text import Text

from worker.commands.output import screen
from worker.ops.figures import plural
from worker.ops.plain import plain

if TYPE_CHECKING:
    from worker.ops.dead_letters import Letter, Listing
    from worker.ops.dead_letters_replay import Replayed

_WIDTHS = {"mostly from": 64, "last": 50}
"""Columns that a narrower screen does without: better than all of them cut short."""


def print_listing(listing: Listing) -> None:
    """Counts by stage and code, then the latest."""
    from worker.ops.dead_letters import time_of

    title = plural(listing.total, "dead letter")
    table = Table(title=title, box=None, pad_edge=False, padding=(0, 1), header_style="dim")
    columns = ("stage", "code", "count", "replayed", "last", "mostly from")
    kept = [name for name in columns if screen.width >= _WIDTHS.get(name, 0)]
    for name in kept:
        side: Any = "right" if name in ("count", "replayed") else "left"
        table.add_column(name, justify=side, overflow="fold" if name == "mostly from" else "ellipsis")
    for (stage, code), group in listing.sorted_groups():
        sources = ", ".join(f"{name} {count}" for name, count in group.sources.most_common(3))
        cells: dict[str, str | Text] = {
            "stage": _text(stage), "code": _text(code), "count": f"{group.count:,}",
            "replayed": "–" if group.replayed is None else str(group.replayed),
            "last": time_of(group.last_ms), "mostly from": _text(sources),
        }  # fmt: skip
        table.add_row(*(cells[name] for name in kept))
    screen.print(table)
    for letter in listing.latest:
        place = f"{letter.record.partition}:{letter.record.offset}"
        line = Text(f"{place:>8}  ", style="cyan")
        line.append(plain(f"{letter.stage}/{letter.code}: {letter.message}"), style="default")
        screen.print(line, soft_wrap=True)  # the terminal breaks it; in a pipe it is whole


def print_letter(letter: Letter) -> None:
    """Reason, headers, record."""
    from worker.ops.dead_letters_show import readable

    table = Table(box=None, show_header=False, pad_edge=False)
    table.add_column(style="dim", no_wrap=True)
    table.add_column(overflow="fold")
    for name, value in letter.as_json().items():
        table.add_row(name, _text("?" if value is None else str(value)))
    for name, content in letter.record.headers:
        table.add_row(_text(name), _text((content or b"").decode("utf-8", "replace")))
    screen.print(table)
    kind, text = readable(letter.record.value)
    screen.print(Text(f"— the record, as {kind} —", style="dim"))
    screen.print(Text(text))


def print_replayed(result: Replayed, dry_run: bool) -> None:
    """What became of the letters."""
    table = Table(box=None, show_header=False, pad_edge=False)
    table.add_column(justify="right")
    table.add_column()
    table.add_row(f"{result.sent:,}", "would be sent again" if dry_run else "sent to the raw topic again")
    for count, said in (
        (result.already, "had been replayed before"),
        (result.tired, "were tried too often (--max-attempts)"),
        (result.unreadable, "have no bytes to send"),
        (sum(result.still_dead.values()), f"would die again: {dict(result.still_dead)} (--even-if-dead)"),
    ):
        if count:
            table.add_row(f"{count:,}", _text(said))
    screen.print(table)


def _text(text: str) -> Text:
    """As it stands: no markup in it is meant."""
    return Text(plain(text))
