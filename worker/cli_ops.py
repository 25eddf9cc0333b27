"""The operator's commands: topics, load, audit, config, schemas."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import orjson
import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn
from rich.table import Table

from worker.cli_options import ConfigOption, JsonOption, settings_from
from worker.errors import FatalError
from worker.settings import Settings

people = Console(stderr=True, highlight=False)
topics_app = typer.Typer(help="The Kafka topics.", no_args_is_help=True)
config_app = typer.Typer(help="The configuration.", no_args_is_help=True)
schemas_app = typer.Typer(help="The JSON Schemas of the records.", no_args_is_help=True)


def print_json(value: Any) -> None:
    """A result for programs, on stdout."""
    sys.stdout.buffer.write(orjson.dumps(value, option=orjson.OPT_INDENT_2) + b"\n")


@topics_app.command("create", epilog="Example: `WINNOW_TOPICS__PARTITIONS=12 winnow topics create`")
def topics_create(
    alter: Annotated[
        bool, typer.Option("--alter", help="Raise sizes and partitions that are too small.")
    ] = False,
    config: ConfigOption = None,
) -> None:
    """Make the topics; of those that are there already, say what differs."""
    from worker.adapters.kafka_admin import KafkaAdmin
    from worker.ops.topics import create_topics

    settings = settings_from(config)
    admin = KafkaAdmin(settings)
    for line in create_topics(settings, admin, alter):
        typer.echo(line)
    admin.close()


def load(
    inputs: Annotated[
        list[str], typer.Argument(help="Files (.txt, .html, .json, .jsonl, .warc, .gz), folders, -.")
    ],
    rate: Annotated[float | None, typer.Option("--rate", min=0.001, help="Records per second.")] = None,
    limit: Annotated[int | None, typer.Option("--limit", min=1, help="Stop after so many records.")] = None,
    config: ConfigOption = None,
) -> None:
    """Publish articles from files to the raw topic."""
    from worker.adapters.files import inputs_of
    from worker.adapters.kafka_admin import KafkaAdmin
    from worker.adapters.kafka_sender import KafkaSender
    from worker.ops import load as loading
    from worker.ops.progress import progress as records_progress
    from worker.ops.topics import require_topics

    settings = settings_from(config)
    found, topic = inputs_of(inputs), settings.topics.raw
    admin = KafkaAdmin(settings)
    require_topics([topic], admin)
    admin.close()
    sender = KafkaSender(settings, topic)
    try:
        with records_progress(people, "loading", sum(one.size for one in found)) as told:
            done = loading.load(found, sender, told, rate, limit)
    finally:
        sender.close()
    for line in loading.told_of(done, topic):
        people.print(line)
    if done.refused:
        raise FatalError(loading.named(done.refused))


def audit(
    json: JsonOption = False,
    fix: Annotated[bool, typer.Option("--repair", help="Send orphans' raw records through again.")] = False,
    config: ConfigOption = None,
) -> None:
    """Prove the conservation law: each raw record has one outcome, each duplicate an original."""
    from worker.adapters.kafka_admin import KafkaAdmin
    from worker.adapters.kafka_reader import KafkaReader
    from worker.ops.audit import audit as audit_all

    settings = settings_from(config)
    admin, reader = KafkaAdmin(settings), KafkaReader(settings)
    with progress() as told:
        result = audit_all(settings, admin, reader, told)
    if json:
        print_json(result.as_json())
    else:
        people.print(_audit_table(result.as_json()))
    if fix and result.findings.orphans:
        people.print(
            f"{_repair(settings, result.findings, reader)} orphans sent through again; audit once more"
        )
    reader.close()
    admin.close()
    if not result.ok:
        broken = dict(result.findings.broken) | (
            {"orphan": len(result.findings.orphans)} if result.findings.orphans else {}
        )
        remedy = (
            "; `winnow audit --repair` sends orphans through again" if "orphan" in broken and not fix else ""
        )
        raise FatalError(f"the conservation law is broken: {broken}{remedy}")


def _repair(settings: Settings, findings: Any, reader: Any) -> int:
    from worker.adapters.kafka_sender import KafkaSender, as_headers
    from worker.bootstrap import claims_of
    from worker.ops.audit import repair
    from worker.stages.fingerprint import owner_of

    sender = KafkaSender(settings, settings.topics.raw)
    claims = claims_of(settings)
    try:
        count = repair(
            settings,
            findings,
            reader,
            claims.release,
            lambda record, marks: sender.send(
                f"{record.topic}-{record.partition}@{record.offset}",
                record.key,
                record.value,
                (*(h for h in record.headers if not h[0].lower().startswith("winnow.")), *as_headers(marks)),
            ),
            owner_of,
        )
        sender.settle()
    finally:
        sender.close()
    return count


def _audit_table(result: dict[str, Any]) -> Table:
    table = Table(title="ok" if result["ok"] else "BROKEN", show_header=False)
    for name, count in sorted(result["counts"].items()):
        table.add_row(name, str(count))
    for name, count in result["violations"].items():
        table.add_row(name, str(count), style="red")
    for one in result["by_origin"][:20]:
        table.add_row("", f"{one['kind']} {one['partition']}@{one['offset']}: {one['detail']}", style="red")
    return table


@config_app.command("check", epilog="Example: `winnow config check --config my.toml`")
def config_check(config: ConfigOption = None) -> None:
    """Read the configuration; an unknown key names the nearest one."""
    settings_from(config)
    people.print("the configuration is fine")


@config_app.command("show", epilog="Example: `winnow config show | jq .kafka`")
def config_show(config: ConfigOption = None) -> None:
    """Print every setting as it is in force; secrets stay hidden."""
    print_json(settings_from(config).model_dump(mode="json"))


@config_app.command("schema")
def config_schema() -> None:
    """Print the JSON Schema of the configuration."""
    print_json(Settings.model_json_schema())


@schemas_app.command("export", epilog="Example: `winnow schemas export schemas/json`")
def schemas_export(folder: Annotated[Path, typer.Argument(help="Where to write the files.")]) -> None:
    """Write the JSON Schema of each record to a folder."""
    from worker.ops.schemas import export

    for path in export(folder):
        typer.echo(str(path))


@schemas_app.command("check", epilog="Example: `winnow schemas check schemas/json`")
def schemas_check(folder: Annotated[Path, typer.Argument(help="Schemas that others rely on.")]) -> None:
    """Compare the records with schemas on file; an incompatible change fails."""
    from worker.ops.schemas import check

    compatible, breaking = check(folder)
    for line in compatible:
        people.print(line)
    if breaking:
        raise FatalError("incompatible: " + "; ".join(breaking))
    people.print("no incompatible change")


@contextmanager
def progress() -> Iterator[Callable[[str, int, int], None]]:
    """A progress bar on a terminal; silence elsewhere."""
    with Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        TaskProgressColumn(),
        TimeRemainingColumn(),
        console=people,
        disable=not people.is_terminal,
        transient=True,
    ) as bar:
        task = bar.add_task("starting", total=None)
        yield lambda what, done, total: bar.update(
            task, description=what, completed=done, total=total or None
        )


def register(app: typer.Typer) -> None:
    """Adds these commands to the main one."""
    app.command(epilog="Examples: `winnow load samples` · `winnow load --rate 5 articles.jsonl.gz`")(load)
    app.command(epilog="Examples: `winnow audit` · `winnow audit --json | jq .violations`")(audit)
    app.add_typer(topics_app, name="topics")
    app.add_typer(config_app, name="config")
    app.add_typer(schemas_app, name="schemas")
