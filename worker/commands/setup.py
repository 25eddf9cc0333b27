"""`winnow topics`, `winnow config`, `winnow schemas`: what is set up, or looked at, before a worker runs."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from typing import Annotated

import typer

from worker.commands.options import ConfigOption, settings_from
from worker.commands.output import people, print_json
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
    with closing(KafkaAdmin(settings)) as admin:
        for line in create_topics(settings, admin, alter):
            typer.echo(line)


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
