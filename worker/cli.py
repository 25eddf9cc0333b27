"""The command line: arguments and exit codes, nothing else.

Exit codes: 0 done, 1 something is wrong with the system or a check failed, 2 wrong usage.
Results go to stdout, everything for people to stderr.
"""

from __future__ import annotations

import os
import sys
from io import TextIOWrapper
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from worker.commands.audit import audit
from worker.commands.dedupe import dedupe_app
from worker.commands.dlq import dlq_app
from worker.commands.doctor import doctor
from worker.commands.explain import explain
from worker.commands.lag import lag
from worker.commands.load import load
from worker.commands.options import ConfigOption, settings_from
from worker.commands.rules import rules_app
from worker.commands.setup import config_app, schemas_app, topics_app
from worker.commands.top import top
from worker.errors import FatalError, TransientError, UsageError, WinnowError
from worker.ops.plain import plain
from worker.outcome import VERSION

app = typer.Typer(
    name="winnow",
    help="Winnow the article from the chaff: raw news from Kafka in, clean records out, nothing lost.",
    epilog="Exit codes: 0 done, 1 something is wrong with the system or a check failed, 2 wrong usage. "
    "When anything looks wrong: `winnow doctor`.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode="markdown",
    context_settings={"help_option_names": ["-h", "--help"]},
)
errors = Console(stderr=True, highlight=False, soft_wrap=True)


def main() -> None:
    """The `winnow` command: no traceback for what is expected to go wrong."""
    _make_streams_usable()
    try:
        app(standalone_mode=True)
    except UsageError as error:
        _fail(error, 2)
    except TransientError as error:
        _fail(f"{error} (`winnow doctor` looks at everything and names a remedy)", 1)
    except WinnowError as error:
        _fail(error, 1)
    except BrokenPipeError:  # `winnow clean … | head`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
    except OSError as error:  # a full disk behind `winnow clean … > FILE`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        where = f"{os.fspath(error.filename)}: " if isinstance(error.filename, str) else ""
        _fail(where + (error.strerror or str(error)), 1)


def _make_streams_usable() -> None:
    """A standard stream that the caller closed (`>&-`) is opened on /dev/null in the wrong direction: to use
    it is an error, as in other commands, and its number is not given to a file or socket of ours."""
    for number, wrong_way in ((0, os.O_WRONLY), (1, os.O_RDONLY), (2, os.O_WRONLY)):
        try:
            os.fstat(number)
        except OSError:
            lowest = os.open(os.devnull, wrong_way)  # of those that are free: this one
            os.set_inheritable(lowest, True)  # the pool's processes need it, too
    sys.stdin = sys.stdin or os.fdopen(0, "r", closefd=False)
    sys.stdout = sys.stdout or os.fdopen(1, "w", closefd=False)
    sys.stderr = sys.stderr or os.fdopen(2, "w", closefd=False)
    if isinstance(sys.stdout, TextIOWrapper):  # under a locale that lacks a letter
        sys.stdout.reconfigure(errors="backslashreplace")


def _fail(error: object, code: int) -> None:
    errors.print(plain(f"winnow: {' '.join(str(error).splitlines())}"), markup=False)
    sys.exit(code)


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"winnow {VERSION}")
        raise typer.Exit


@app.callback()
def _root(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version.")
    ] = False,
) -> None:
    pass


@app.command(
    epilog="Examples: `winnow run` · `winnow run --until-caught-up` · `winnow run --local samples --out out`"
)
def run(
    inputs: Annotated[
        list[str] | None, typer.Argument(help="With --local: files, folders, JSONL, WARC, or - for stdin.")
    ] = None,
    local: Annotated[bool, typer.Option("--local", help="Without a broker: files in, JSONL out.")] = False,
    out: Annotated[Path | None, typer.Option("--out", help="With --local: the folder to write to.")] = None,
    force: Annotated[bool, typer.Option("--force", help="Write into a folder that is not empty.")] = False,
    strict: Annotated[
        bool, typer.Option("--strict", help="With --local: exit 1 if anything is not clean.")
    ] = False,
    until_caught_up: Annotated[
        bool, typer.Option("--until-caught-up", help="Stop when the lag is 0.")
    ] = False,
    config: ConfigOption = None,
) -> None:
    """The worker: raw topic in; clean articles, duplicates and dead letters out."""
    from worker import bootstrap

    settings = settings_from(config)
    if not local:
        if inputs or out:
            raise UsageError("INPUT and --out belong to --local: `winnow run --local INPUT… --out DIR`")
        bootstrap.run_worker(settings, until_caught_up)
        return
    if not inputs or out is None:
        raise UsageError(
            "--local needs what to read and where to write: `winnow run --local INPUT… --out DIR`"
        )
    from worker.local import run_local

    all_clean = run_local(settings, inputs, out, force)
    if strict and not all_clean:
        raise FatalError("not every record became a clean article (--strict)")


@app.command(epilog="Examples: `winnow clean page.html` · `cat raw.jsonl | winnow clean --format jsonl`")
def clean(
    files: Annotated[list[Path] | None, typer.Argument(help=".txt, .html, .jsonl; default: stdin.")] = None,
    form: Annotated[
        str | None,
        typer.Option("--format", help="text, html or jsonl; default: by the file's name, stdin: text."),
    ] = None,
    strict: Annotated[bool, typer.Option("--strict", help="Exit 1 if an input has no article.")] = False,
    config: ConfigOption = None,
) -> None:
    """The pure cleaning: one CleanArticle per input, as JSON lines. No Kafka, no Redis, no clock."""
    from worker.cleaning import clean_inputs

    if not clean_inputs(settings_from(config), files or [], form, sys.stdout.buffer) and strict:
        raise FatalError("not every input holds an article (--strict)")


app.command(epilog="Examples: `winnow explain article.txt` · `winnow explain page.html --html why.html`")(
    explain
)
app.command(epilog="Examples: `winnow load samples` · `winnow load --rate 5 articles.jsonl.gz`")(load)
app.command(
    epilog="Examples: `winnow audit` · `winnow audit --json | jq .violations` · `winnow audit --repair`"
)(audit)
app.command(
    epilog="Examples: `winnow lag` · `winnow lag --watch` · `winnow lag --fail-over 5m` · "
    "`winnow lag --json | jq .status` · `winnow lag --serve 9465`"
)(lag)
app.command(epilog="Examples: `winnow doctor` · `winnow doctor --json | jq .findings`")(doctor)
app.command(epilog="Examples: `winnow top` · `winnow top --workers worker:9464` · `winnow top --json`")(top)
app.add_typer(dlq_app, name="dlq")
app.add_typer(topics_app, name="topics")
app.add_typer(config_app, name="config")
app.add_typer(schemas_app, name="schemas")
app.add_typer(rules_app, name="rules")
app.add_typer(dedupe_app, name="dedupe")

if __name__ == "__main__":
    main()
