"""Which dead letters: the arguments and options that the commands of `winnow dlq` share."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Annotated, get_args

import typer

from schemas.fields import read_time
from worker.commands.options import seconds_of
from worker.errors import Stage, UsageError
from worker.outcome import is_number

if TYPE_CHECKING:
    from worker.ops.dead_letters import Wanted

PlacesArgument = Annotated[
    list[str] | None, typer.Argument(metavar="PARTITION:OFFSET", help="Of the dead-letter topic.")
]
SinceOption = Annotated[str | None, typer.Option("--since", help="Not older: 2h, or 2026-01-31T12:00.")]
UntilOption = Annotated[str | None, typer.Option("--until", help="Older: 2h, or 2026-01-31T12:00.")]
StageOption = Annotated[list[str] | None, typer.Option("--stage", help="decode, extract, clean, …")]
CodeOption = Annotated[list[str] | None, typer.Option("--code", help="not_json, schema, timeout, …")]
SourceOption = Annotated[list[str] | None, typer.Option("--source", help="Publisher, or domain of the URL.")]


def wanted_of(
    places: list[str] | None,
    since: str | None = None,
    until: str | None = None,
    stage: list[str] | None = None,
    code: list[str] | None = None,
    source: list[str] | None = None,
) -> Wanted:
    """The filter that these options ask for. Raises UsageError."""
    from worker.ops.dead_letters import Wanted

    if unknown := sorted(set(stage or ()) - set(get_args(Stage))):
        raise UsageError(f"--stage: {unknown[0]!r} is none of {', '.join(get_args(Stage))}")

    return Wanted(
        moment_ms(since, "--since") if since else None,
        moment_ms(until, "--until") if until else None,
        frozenset(stage or ()),
        frozenset(code or ()),
        frozenset(source or ()),
        frozenset(_place(text) for text in places or ()),
    )


def moment_ms(text: str, option: str) -> int:
    """`2h` ago, or a time in ISO 8601 (no zone: UTC). Raises UsageError."""
    if moment := read_time(text) if "-" in text else None:
        return round(moment.timestamp() * 1000)
    try:
        return round((time.time() - seconds_of(text, option)) * 1000)
    except UsageError:
        raise UsageError(
            f"{option}: {text!r} is neither an age (15m, 2h, 7d) nor a time (2026-01-31T12:00)"
        ) from None


def _place(text: str) -> tuple[int, int]:
    partition, _, offset = text.rpartition(":")
    if not (is_number(partition) and is_number(offset)):
        raise UsageError(f"{text!r} is no place in the dead-letter topic: write PARTITION:OFFSET, like 3:17")
    return int(partition), int(offset)
