"""`winnow load`: arguments, the bar, what was sent."""

from __future__ import annotations

from contextlib import closing
from dataclasses import asdict
from typing import Annotated

import typer

from worker.commands.options import ConfigOption, JsonOption, settings_from
from worker.commands.output import people, print_json
from worker.errors import FatalError


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
    from worker.ops.progress import progress
    from worker.ops.topics import require_topics

    settings = settings_from(config)
    found, topic = inputs_of(inputs), settings.topics.raw
    with closing(KafkaAdmin(settings)) as admin:
        require_topics([topic], admin)
    with (
        closing(KafkaSender(settings, topic)) as sender,
        progress(people, "loading", sum(one.size for one in found)) as tell,
    ):
        done = loading.load(found, sender, tell, rate, limit)
    if json:
        print_json({"topic": topic, **asdict(done)})
    else:
        people.print("\n".join(loading.told_of(done, topic)))
    if done.refused:
        raise FatalError(loading.named(done.refused))
