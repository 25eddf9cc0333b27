"""What `winnow dlq` prints for people. Records come from anybody: a terminal must not obey what they hold."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.table import Table
from rich.text import Text

from worker.commands.output import screen
from worker.ops.plain import plain

if TYPE_CHECKING:
    from worker.ops.dead_letters import Letter, Listing
    from worker.ops.dead_letters_replay import Replayed


def print_listing(listing: Listing) -> None:
    """Counts by stage and code, then the latest."""
    from worker.ops.dead_letters import time_of

    table = Table(title=f"{listing.total:,} dead letters", box=None, pad_edge=False, header_style="dim")
    for name in ("stage", "code"):
        table.add_column(name)
    for name in ("count", "replayed"):
        table.add_column(name, justify="right")
    for name in ("last", "mostly from"):
        table.add_column(name, overflow="fold")
    for (stage, code), group in listing.sorted_groups():
        sources = ", ".join(f"{name} {count}" for name, count in group.sources.most_common(3))
        last = time_of(group.last_ms)
        replayed = "–" if group.replayed is None else str(group.replayed)
        table.add_row(_text(stage), _text(code), f"{group.count:,}", replayed, last, _text(sources))
    screen.print(table)
    for letter in listing.latest:
        place = f"{letter.record.partition}:{letter.record.offset}"
        line = Text(f"{place:>8}  ", style="cyan", no_wrap=True, overflow="ellipsis")
        line.append(plain(f"{letter.stage}/{letter.code}: {letter.message}"), style="default")
        screen.print(line)


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
