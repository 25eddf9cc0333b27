"""`winnow explain`: what was removed from one article, and by which rule."""

from __future__ import annotations

import itertools
import sys
from contextlib import suppress
from pathlib import Path
from typing import Annotated

import typer

from worker.commands.options import ConfigOption, JsonOption, settings_from
from worker.commands.output import people, print_json, screen
from worker.errors import FatalError, InvalidRecord, UsageError

STDOUT = Path("-")


def explain(
    file: Annotated[Path, typer.Argument(help=".txt, .html or .jsonl; - for stdin.")],
    html: Annotated[
        Path | None, typer.Option("--html", help="Write a page to this file instead; - for stdout.")
    ] = None,
    full: Annotated[bool, typer.Option("--full", help="Whole paragraphs, not their beginnings.")] = False,
    record: Annotated[int, typer.Option("--record", min=1, help="Which record of a .jsonl file.")] = 1,
    form: Annotated[
        str | None, typer.Option("--format", help="text, html or jsonl; default: by the file's name.")
    ] = None,
    json: JsonOption = False,
    config: ConfigOption = None,
) -> None:
    """What was removed from an article and by which rule; what stays; what became metadata."""
    from worker.adapters.packaged import config_folder
    from worker.adapters.rule_files import load_rules
    from worker.bootstrap import limits_of
    from worker.cleaning import raw_records
    from worker.commands.explain_page import page
    from worker.commands.explain_screen import screen_of
    from worker.ops import explain as explaining

    if json and html is not None:
        raise UsageError("--json and --html: one of them")
    if html is not None and html.exists() and file.exists() and html.samefile(file):
        raise UsageError(f"--html {html} is the article itself: name another file")
    settings = settings_from(config)
    raw = next(itertools.islice(raw_records([file], form), record - 1, None), None)
    if raw is None:
        raise UsageError(f"{file}: there is no record {record}")
    rules = load_rules(config_folder(), settings.cleaning.line_model)
    try:
        found = explaining.explain(raw, rules, limits_of(settings))
    except InvalidRecord as error:
        raise FatalError(f"{file}: no article: {error.code} ({error.stage}): {error.message}") from None
    if json:
        print_json(found.as_json())
    elif html is not None:
        _write(html, page(found).encode("utf-8", "replace"))
    else:
        screen.print(screen_of(found, full))


def _write(path: Path, content: bytes) -> None:
    """The page: whole, or not there at all."""
    if path == STDOUT:
        sys.stdout.buffer.write(content)
        return
    is_new = not path.exists()
    try:
        path.write_bytes(content)
    except OSError as error:  # of a full disk, which does not say the name
        if is_new:
            with suppress(OSError):
                path.unlink()
        raise FatalError(f"{path}: {error.strerror}") from None
    people.print(f"written: {path}", markup=False)
