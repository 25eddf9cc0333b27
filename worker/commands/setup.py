"""The operator's commands: topics, load, config, schemas. The others have files of their own."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Annotated

import typer

from worker.commands.audit import audit
from worker.commands.dlq import dlq_app
from worker.commands.doctor import doctor
from worker.commands.lag import lag
from worker.commands.options import ConfigOption, JsonOption, settings_from
from worker.commands.output import people, print_json
from worker.commands.rules import rules_app
from worker.commands.top import top
from worker.errors import FatalError

topics_app = typer.Typer(help="The Kafka topics.", no_args_is_help=True)
config_app = typer.Typer(help="The configuration.", no_args_is_help=True)
schemas_app = typer.Typer(help="The JSON Schemas of the records.", no_args_is_help=True)


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
    json: JsonOption = False,
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
    if json:
        print_json({"topic": topic, **dataclasses.asdict(done)})
    else:
        people.print("\n".join(loading.told_of(done, topic)))
    if done.refused:
        raise FatalError(loading.named(done.refused))


@config_app.command("check", epilog="Example: `winnow config check --config my.toml`")
def config_check(config: ConfigOption = None) -> None:
    """Read the configuration; an unknown key names the nearest one."""
    settings_from(config)
    people.print("the configuration is fine")


@config_app.command("show", epilog="Example: `winnow config show | jq .kafka`")
def config_show(config: ConfigOption = None) -> None:
    """Print every setting as it is in force; secrets stay hidden."""
    from worker.ops.config import shown

    print_json(shown(settings_from(config)))


@config_app.command("schema", epilog="Example: `winnow config schema > winnow.schema.json`")
def config_schema() -> None:
    """Print the JSON Schema of the configuration file."""
    from worker.adapters.packaged import config_folder
    from worker.ops.config import json_schema

    print_json(json_schema((config_folder() / "winnow.toml").read_text(encoding="utf-8")))


@schemas_app.command("export", epilog="Example: `winnow schemas export schemas/json`")
def schemas_export(
    folder: Annotated[Path, typer.Argument(help="Where to write the files.")],
    force: Annotated[
        bool, typer.Option("--force", help="Overwrite files that the schemas are not compatible with.")
    ] = False,
) -> None:
    """Write the JSON Schema of each record to a folder."""
    from worker.ops.schemas import export

    for path in export(folder, force):
        typer.echo(str(path))


@schemas_app.command(
    "check", epilog="Examples: `winnow schemas check` · `winnow schemas check last-release/`"
)
def schemas_check(
    folder: Annotated[
        Path | None, typer.Argument(help="Schemas that others rely on; default: those that came with Winnow.")
    ] = None,
) -> None:
    """Compare the records with schemas on file; an incompatible change fails."""
    from worker.ops.schemas import check, published

    compatible, breaking = check(folder or published())
    for line in compatible:
        people.print(line)
    if breaking:
        raise FatalError("incompatible: " + "; ".join(breaking))
    people.print("no incompatible change")


def register(app: typer.Typer) -> None:
    """Adds these commands to the main one."""
    app.command(epilog="Examples: `winnow load samples` · `winnow load --rate 5 articles.jsonl.gz`")(load)
    app.command(
        epilog="Examples: `winnow audit` · `winnow audit --json | jq .violations` · `winnow audit --repair`"
    )(audit)
    app.command(
        epilog="Examples: `winnow lag` · `winnow lag --watch` · `winnow lag --fail-over 5m` · "
        "`winnow lag --json | jq .status` · `winnow lag --serve 9465`"
    )(lag)
    app.command(epilog="Examples: `winnow doctor` · `winnow doctor --json | jq .findings`")(doctor)
    app.command(epilog="Examples: `winnow top` · `winnow top --workers worker:9464` · `winnow top --json`")(
        top
    )
    app.add_typer(dlq_app, name="dlq")
    app.add_typer(topics_app, name="topics")
    app.add_typer(config_app, name="config")
    app.add_typer(schemas_app, name="schemas")
    app.add_typer(rules_app, name="rules")
