"""`winnow audit`: arguments, tables, exit codes."""

from __future__ import annotations

import time
from contextlib import closing
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table
from rich.text import Text

from worker.commands.options import ConfigOption, JsonOption, settings_from
from worker.commands.output import people, print_json, progress_bar, screen
from worker.errors import FatalError
from worker.ops.plain import plain
from worker.settings import Settings

if TYPE_CHECKING:
    from worker.adapters.kafka_reader import KafkaReader
    from worker.ops.audit_findings import Findings

SHOWN = 20
"""Violations in the table; --json has more."""
RANGES = 12
"""Lines of ranges in the table."""


def audit(
    json: JsonOption = False,
    fix: Annotated[bool, typer.Option("--repair", help="Send orphans' raw records through again.")] = False,
    config: ConfigOption = None,
) -> None:
    """Prove the conservation law: each raw record has one outcome, each duplicate an original.

    Reads the topics only, from the raw log's start to the group's committed offsets. Exit 1 on a violation
    or an orphan (a duplicate whose original died); what is not committed yet, and what retention took, is
    counted apart.
    """
    from worker.adapters.kafka_admin import KafkaAdmin
    from worker.adapters.kafka_reader import KafkaReader
    from worker.ops.audit import audit as audit_all

    settings = settings_from(config)
    with closing(KafkaAdmin(settings)) as admin, closing(KafkaReader(settings)) as reader:
        with progress_bar() as tell:
            result = audit_all(settings, admin, reader, tell, round(time.time() * 1000))
        if json:
            print_json(result.as_json())
        else:
            screen.print(table_of(result))
        if fix and result.orphans:
            _repair(settings, result, reader)
    if not result.ok:
        raise FatalError(_verdict(result, fix))


def table_of(result: Findings) -> Table:
    """The findings on a screen."""
    from worker.ops.audit_findings import APART, VIOLATIONS

    title = "the conservation law " + ("holds" if result.ok else "is BROKEN")
    is_empty = all(start == end for start, end in result.spans.values())
    if result.ok and is_empty and result.counts["pending"]:
        title = "nothing to judge: the group has committed nothing (a new one, or a wrong name?)"
    table = Table(title=title)
    table.add_column("")
    table.add_column("records", justify="right")
    table.add_column("")
    for name, count in result.told_counts.items():
        if count or name not in APART:
            table.add_row(name, f"{count:,}", APART.get(name, ""))
    for name, by_partition in result.ranges.items():
        for partition, (first, last) in sorted(by_partition.items())[:RANGES]:
            table.add_row("", "", f"{name}: {partition}@{first}–{last}", style="dim")
    for name, count in result.broken.items():
        table.add_row(name, f"{count:,}", VIOLATIONS[name], style="red")
    for one in result.violations[:SHOWN]:
        said = f"{one.kind}: {one.partition}@{one.offset}: {one.detail}"
        table.add_row("", "", Text(plain(said)), style="red")
    return table


def _verdict(result: Findings, fixed: bool) -> str:
    broken = result.broken | ({"orphan": len(result.orphans)} if result.orphans else {})
    said = ", ".join(f"{count} {kind}" for kind, count in broken.items())
    remedy = "; `winnow audit --repair` sends orphans through again" if result.orphans and not fixed else ""
    return f"the conservation law is broken: {said}{remedy}"


def _repair(settings: Settings, result: Findings, reader: KafkaReader) -> None:
    from worker.adapters.kafka_replayer import Replayer
    from worker.bootstrap import claims_of
    from worker.ops.audit_repair import repair

    with closing(Replayer(settings)) as replayer, progress_bar() as tell:
        done = repair(result.orphans, settings.topics.raw, reader, claims_of(settings), replayer, tell)
    people.print(
        f"{done.sent} orphans sent through again, {done.already} had been sent before; "
        "audit once more when the group has caught up"
    )
    for place in done.gone:
        people.print(f"{place[0]}@{place[1]}: retention took the raw record or its original", style="red")
    for name in done.refused:
        people.print(f"{name}: larger than the topic takes", style="red")
