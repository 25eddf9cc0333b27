"""`winnow dlq`: arguments, tables, exit codes."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing
from functools import partial
from typing import TYPE_CHECKING, Annotated

import typer

from worker.commands.dlq_screens import print_letter, print_listing, print_replayed
from worker.commands.dlq_wanted import (
    CodeOption,
    PlacesArgument,
    SinceOption,
    SourceOption,
    StageOption,
    UntilOption,
    wanted_of,
)
from worker.commands.options import ConfigOption, JsonOption, seconds_of, settings_from
from worker.commands.output import people, print_json, progress_bar
from worker.errors import FatalError, UsageError
from worker.settings import Settings

if TYPE_CHECKING:
    from worker.adapters.kafka_reader import KafkaReader
    from worker.ops.audit import Tell
    from worker.ops.dead_letters import Letter, Wanted
    from worker.ops.dead_letters_replay import Replayed
    from worker.ports import RawRecord

dlq_app = typer.Typer(help="The dead letters: list, show, replay, purge.", no_args_is_help=True)

MAX_ATTEMPTS = 3
"""A record that died so often is not helped by another try; --max-attempts says otherwise."""

SKEW_MS = 3600 * 1000
"""By how much the clocks of operators and workers may differ: a replay must not be overlooked."""


@dlq_app.command(
    "list", epilog="Examples: `winnow dlq list` · `winnow dlq list --since 1d --code schema --json`"
)
def list_letters(
    since: SinceOption = None,
    until: UntilOption = None,
    stage: StageOption = None,
    code: CodeOption = None,
    source: SourceOption = None,
    limit: Annotated[int, typer.Option("--limit", min=0, help="Latest letters shown.")] = 10,
    replays: Annotated[
        bool, typer.Option("--replays", help="Count what was sent again: reads the raw topic, too.")
    ] = False,
    json: JsonOption = False,
    config: ConfigOption = None,
) -> None:
    """Count the dead letters by stage and code, and show the latest."""
    from worker.adapters.kafka_reader import KafkaReader
    from worker.ops.dead_letters import listed
    from worker.ops.replays import replayed_already

    settings = settings_from(config)
    wanted = wanted_of(None, since, until, stage, code, source)
    with closing(KafkaReader(settings)) as reader, progress_bar() as tell:
        replayed = replayed_already(reader, settings.topics.raw, tell) if replays else None
        letters = _letters(settings, reader, wanted, tell)
        listing = listed(letters, replayed, settings.topics.raw, limit)
    if json:
        print_json(listing.as_json())
    else:
        print_listing(listing)


@dlq_app.command("show", epilog="Examples: `winnow dlq show` (the latest) · `winnow dlq show 3:17 --json`")
def show(
    place: Annotated[
        str | None,
        typer.Argument(metavar="PARTITION:OFFSET", help="Of the dead-letter topic; default: the latest."),
    ] = None,
    json: JsonOption = False,
    config: ConfigOption = None,
) -> None:
    """Show one dead letter: reason, headers, and the record decoded as far as it goes."""
    from worker.adapters.kafka_reader import KafkaReader
    from worker.ops.dead_letters_show import as_json

    settings = settings_from(config)
    wanted = wanted_of([place] if place else None)
    with closing(KafkaReader(settings)) as reader:
        letters = _letters(settings, reader, wanted)
        letter = max(letters, key=lambda one: one.record.timestamp_ms, default=None)
    if letter is None:
        raise FatalError(f"{settings.topics.dead_letters} holds no such dead letter")
    if json:
        print_json(as_json(letter))
    else:
        print_letter(letter)


@dlq_app.command(
    "replay",
    epilog="Examples: `winnow dlq replay --dry-run` · `winnow dlq replay --code timeout --since 1d` · "
    "`winnow dlq replay 3:17 --even-if-dead`",
)
def replay(
    places: PlacesArgument = None,
    since: SinceOption = None,
    until: UntilOption = None,
    stage: StageOption = None,
    code: CodeOption = None,
    source: SourceOption = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Send nothing, say what would be.")] = False,
    even_if_dead: Annotated[
        bool, typer.Option("--even-if-dead", help="Send also what today's rules still refuse.")
    ] = False,
    max_attempts: Annotated[
        int, typer.Option("--max-attempts", min=1, help="Leave out what was tried so often.")
    ] = MAX_ATTEMPTS,
    json: JsonOption = False,
    config: ConfigOption = None,
) -> None:
    """Send dead letters to the raw topic again, each once, their bytes unchanged.

    Each goes through today's rules first; what would die again stays where it is. What was replayed
    before, by whomever, is not sent a second time.
    """
    settings = settings_from(config)
    wanted = wanted_of(places, since, until, stage, code, source)
    result = _replayed(settings, wanted, dry_run, even_if_dead, max_attempts)
    if json:
        print_json({"dry_run": dry_run, **vars(result)})
    else:
        print_replayed(result, dry_run)
    if result.refused:
        raise FatalError(f"larger than {settings.topics.raw} takes: {', '.join(result.refused[:5])}")


@dlq_app.command("purge", epilog="Examples: `winnow dlq purge --older-than 30d` · `winnow dlq purge --yes`")
def purge(
    older_than: Annotated[
        str | None, typer.Option("--older-than", help="Only what is older, e.g. 30d; default: all.")
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    json: JsonOption = False,
    config: ConfigOption = None,
) -> None:
    """Delete dead letters for good."""
    from worker.adapters.kafka_admin import KafkaAdmin
    from worker.ops import dead_letters_purge

    settings = settings_from(config)
    now_ms = round(time.time() * 1000)
    limit_ms = now_ms - round(seconds_of(older_than, "--older-than") * 1000) if older_than else None
    topic = settings.topics.dead_letters
    with closing(KafkaAdmin(settings)) as admin:
        plan = dead_letters_purge.planned(admin, topic, limit_ms)
        if plan.before and not yes:
            _ask(f"Delete what is in {len(plan.before)} partitions of {topic} for good?")
        dead_letters_purge.purge(admin, settings.kafka.group_id, topic, plan, now_ms)
    if json:
        print_json({"topic": topic, "offsets": plan.offsets})
    else:
        people.print(
            f"{plan.offsets} offsets of {topic} deleted; `winnow audit` counts their records as aged_out"
        )


def _letters(
    settings: Settings, reader: KafkaReader, wanted: Wanted, tell: Tell = lambda *_: None
) -> Iterator[Letter]:
    """Those that were asked for; of named places nothing else is read."""
    from worker.ops.audit import read
    from worker.ops.dead_letters import letter_of

    topic = settings.topics.dead_letters
    bounds = reader.bounds(topic)
    found: Iterator[RawRecord]
    if wanted.places:
        there = [(p, o) for p, o in sorted(wanted.places) if p in bounds and o in range(*bounds[p])]
        found = (record for place in there if (record := reader.one(topic, *place)))
    else:
        found = read(reader, topic, bounds, tell)
    return (letter for letter in map(letter_of, found) if wanted.takes(letter))


def _replayed(
    settings: Settings, wanted: Wanted, dry_run: bool, even_if_dead: bool, max_attempts: int
) -> Replayed:
    """The pool comes before any client, and the replayer before the raw topic is read."""
    from prometheus_client import CollectorRegistry

    from worker.adapters.kafka_reader import KafkaReader
    from worker.adapters.kafka_replayer import Replayer
    from worker.bootstrap import claims_of, pool_of
    from worker.observe.metrics import Metrics
    from worker.ops.dead_letters_replay import Conditions
    from worker.ops.dead_letters_replay import replay as replay_all
    from worker.ops.replays import replayed_already, send_announced

    with ExitStack() as opened:
        pool = opened.enter_context(pool_of(settings, Metrics(CollectorRegistry())))
        replayer = None if dry_run else opened.enter_context(closing(Replayer(settings)))
        send = partial(send_announced, replayer=replayer, claims=claims_of(settings)) if replayer else None
        reader = opened.enter_context(closing(KafkaReader(settings)))
        look_up = opened.enter_context(closing(KafkaReader(settings)))
        tell = opened.enter_context(progress_bar())
        already = replayed_already(reader, settings.topics.raw, tell, _since(settings, reader))
        conditions = Conditions(settings.topics.raw, already, max_attempts, even_if_dead)
        return replay_all(_letters(settings, reader, wanted), conditions, pool, look_up, send)


def _since(settings: Settings, reader: KafkaReader) -> dict[int, int]:
    """From where on the raw topic may hold replays: none is older than the oldest dead letter."""
    from worker.adapters.kafka_admin import KafkaAdmin

    topic, raw = settings.topics.dead_letters, settings.topics.raw
    bounds = reader.bounds(topic)
    firsts = [reader.first(topic, p, start, end) for p, (start, end) in bounds.items()]
    oldest_ms = min((record.timestamp_ms for record in firsts if record), default=0)
    with closing(KafkaAdmin(settings)) as admin:
        return admin.offsets_at(raw, reader.bounds(raw), max(0, oldest_ms - SKEW_MS))


def _ask(question: str) -> None:
    if not sys.stdin.isatty():
        raise UsageError(f"{question} Nobody is there to answer: say --yes")
    if not typer.confirm(question, err=True):
        raise typer.Exit(1)
