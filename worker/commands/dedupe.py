"""`winnow dedupe`: the claims in Redis."""

from __future__ import annotations

import time
from contextlib import closing
from dataclasses import asdict
from typing import Annotated

import typer
from rich.table import Table

from worker.commands.options import ConfigOption, JsonOption, settings_from
from worker.commands.output import people, print_json, progress_bar, screen
from worker.errors import TransientError
from worker.ops.figures import plural
from worker.ops.plain import plain
from worker.settings import Settings

dedupe_app = typer.Typer(help="The claims in Redis.", no_args_is_help=True)
IdArgument = Annotated[str, typer.Argument(help="Id of an article.")]


def _leave_word(settings: Settings, remedy: str) -> None:
    """For the audit: copies that came through are no riddle then."""
    from worker.adapters.kafka_admin import KafkaAdmin

    try:
        with closing(KafkaAdmin(settings)) as admin:
            group, topic = settings.kafka.group_id, settings.topics.clean
            admin.note_loss(group, topic, remedy, round(time.time() * 1000))
    except TransientError as error:  # Redis matters more
        people.print(f"! the audit will not know of it: {error}")


@dedupe_app.command("acknowledge", epilog="Example: `winnow dedupe acknowledge`")
def acknowledge(config: ConfigOption = None) -> None:
    """Take note that Redis lost claims: copies may come a second time; workers are ready again."""
    from worker.bootstrap import claims_of
    from worker.ops.audit import ACKNOWLEDGED

    settings = settings_from(config)
    claims = claims_of(settings)
    loss = claims.ledger().loss
    if loss is None:
        typer.echo("no loss was reported")
        return
    _leave_word(settings, ACKNOWLEDGED)
    claims.acknowledge_loss()
    typer.echo(f"acknowledged: {loss} claims had been made before the loss")


@dedupe_app.command("stats", epilog="Examples: `winnow dedupe stats` · `winnow dedupe stats --json`")
def show_stats(json: JsonOption = False, config: ConfigOption = None) -> None:
    """How much the claims hold, and what it costs (bytes are estimated from a sample)."""
    from worker.bootstrap import claims_of, inventory_of, namespace_of
    from worker.ops.dedupe_stats import stats

    settings = settings_from(config)
    with progress_bar() as tell:
        found = stats(
            namespace_of(settings),
            inventory_of(settings),
            claims_of(settings).ledger(),
            lambda number: tell("counting keys", number, 0),
        )
    if json:
        print_json(asdict(found))
        return
    table = Table("kind", title=f"claims of {found.namespace}")
    table.add_column("keys", justify="right")
    table.add_column("bytes", justify="right")
    for kind, count in found.keys.items():
        table.add_row(kind, f"{count:,}", f"{found.bytes[kind]:,}")
    screen.print(table)
    each = f"{found.bytes_per_article:,.0f}" if found.bytes_per_article else "-"
    screen.print(f"{found.claimed:,} claims ever made · {each} bytes per kept article")
    for warning in found.warnings:
        screen.print(f"! {warning}")


@dedupe_app.command("forget", epilog="Example: `winnow dedupe forget a1b2c3`")
def forget_article(article_id: IdArgument, config: ConfigOption = None) -> None:
    """Forget an article and all its versions: the next copy of it is new. What is published stays."""
    from worker.bootstrap import claims_of, inventory_of
    from worker.ops.dedupe_forget import forget

    settings = settings_from(config)
    forgotten = forget(article_id, inventory_of(settings), claims_of(settings))
    said = f"forgotten: {plural(forgotten, 'version')} of {article_id}"
    typer.echo(plain(said) if forgotten else "nothing was known of it")


@dedupe_app.command("explain", epilog="Example: `winnow dedupe explain a1b2c3 d4e5f6`")
def explain_pair(
    one: IdArgument, other: IdArgument, json: JsonOption = False, config: ConfigOption = None
) -> None:
    """Why two articles are, or are not, copies of one another."""
    from worker.bootstrap import inventory_of
    from worker.ops.dedupe_explain import explain

    found = explain(one, other, inventory_of(settings_from(config)))
    if json:
        print_json(asdict(found))
        return
    typer.echo(plain(f"{found.verdict}: {found.reason}"))
    for name, value in found.facts.items():
        typer.echo(plain(f"  {name:<40} {'unknown' if value is None else value}"))


@dedupe_app.command("rebuild", epilog="Example: `winnow dedupe rebuild` (with all workers stopped)")
def rebuild_claims(config: ConfigOption = None) -> None:
    """Fill Redis again from the clean topic, after a loss. The group must be stopped."""
    from worker.adapters.kafka_admin import KafkaAdmin
    from worker.adapters.kafka_reader import KafkaReader
    from worker.adapters.redis_hands import RedisHands
    from worker.bootstrap import claim_options, claims_of, inventory_of, layout_of, scripts_of
    from worker.ops.audit import REBUILT
    from worker.ops.dedupe_rebuild import check_stopped, rebuild
    from worker.ops.redis_checks import note_layout

    settings = settings_from(config)
    with closing(KafkaAdmin(settings)) as admin:
        _, members, _ = admin.owners(settings.kafka.group_id, settings.topics.raw)
        claimed = admin.claimed(settings.kafka.group_id, settings.topics.raw)
    check_stopped(members, settings.kafka.group_id)
    options = claim_options(settings)
    with closing(KafkaReader(settings)) as reader, progress_bar() as tell:
        raw = settings.topics.raw
        hands = RedisHands(scripts_of(settings), "rebuild", 0, reader.topic_id(raw))
        spans = reader.bounds(settings.topics.clean)
        total = sum(end - start for start, end in spans.values())
        done = rebuild(
            reader.read(settings.topics.clean, spans),
            inventory_of(settings),
            options["ttl_s"],
            options["story_ttl_s"],
            lambda number: tell("claiming again", number, total),
        )
    hands.settle({place: offset for place, offset in done.settled.items() if place[0] == raw})
    note_layout(scripts_of(settings), layout_of(settings))
    claims = claims_of(settings)
    ledger = claims.ledger()
    if ledger.loss is not None or ledger.claimed < claimed:
        _leave_word(settings, REBUILT)
    claims.report_loss(claimed)  # which no worker may have seen yet: duplicates were claimed for, too
    claims.acknowledge_loss()
    typer.echo(
        f"restored {done.restored}, known already {done.known}, too old {done.expired}, "
        f"not ours {done.foreign}"
    )
