"""`winnow rules`: the rules by name, and what is wrong with them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from worker.commands.options import JsonOption
from worker.commands.output import print_json, screen
from worker.errors import FatalError, UsageError
from worker.ops.figures import plural

rules_app = typer.Typer(help="The rules that take lines out.", no_args_is_help=True)
ARTICLES = (".txt", ".html", ".jsonl")


@rules_app.command("list", epilog="Examples: `winnow rules list` · `winnow rules list --only ar --json`")
def list_rules(
    only: Annotated[str, typer.Option("--only", help="Ids that begin so: a language, or a rule.")] = "",
    json: JsonOption = False,
) -> None:
    """Every rule: its kind, the zones where it holds, why it is there."""
    from worker.adapters.packaged import config_folder
    from worker.adapters.rule_files import load_rules

    rules = load_rules(config_folder(), line_model=False)
    chosen = [rule for rule in rules.all if rule.id.startswith(only)]
    if json:
        fields = ("id", "kind", "takes", "why")
        print_json([{f: getattr(rule, f) for f in fields} | {"zones": sorted(rule.zones)} for rule in chosen])
        return
    table = Table("rule", "kind", "zones", "why", box=None)
    for rule in chosen:
        zones = "all" if len(rule.zones) == 3 else " ".join(sorted(rule.zones))
        table.add_row(rule.id, rule.kind, zones, rule.why)
    screen.print(table)
    screen.print(f"{plural(len(chosen), 'rule')}, version {rules.version}")


@rules_app.command("test", epilog="Examples: `winnow rules test` · `winnow rules test samples --json`")
def try_rules(
    articles: Annotated[
        list[Path] | None, typer.Argument(help="Files or folders of articles: which rules never fire there?")
    ] = None,
    json: JsonOption = False,
) -> None:
    """Try every rule on its own examples; find duplicates, hidden rules and slow patterns.

    Exit 1 if an example does not hold, a file names a phrase twice or a pattern backtracks.
    """
    from worker.adapters.packaged import config_folder
    from worker.adapters.rule_files import load_rules, read_rules
    from worker.ops.rules_check import check, fired, silent

    rules = load_rules(config_folder(), line_model=False)
    found = check(rules, read_rules(config_folder()))
    counts: Counter[str] = Counter()
    if articles:
        counts = fired(_values(articles), rules)
        found += silent(rules, counts)
    errors = sum(one.level == "error" for one in found)
    if json:
        print_json({"rules": len(rules.all), "errors": errors, "findings": [asdict(one) for one in found],
                    "fired": dict(counts.most_common())})  # fmt: skip
    else:
        for one in found:
            screen.print(f"{one.level:<5} {one.what:<9} {one.rule}: {one.told}")
        told = f"{plural(errors, 'error')}, {plural(len(found) - errors, 'note')}"
        screen.print(f"{plural(len(rules.all), 'rule')}: {told}")
    if errors:
        raise FatalError(f"{plural(errors, 'error')} in the rules")


def _values(paths: list[Path]) -> Iterator[bytes]:
    from worker.cleaning import raw_records

    for path in paths:
        inside = sorted(one for one in path.rglob("*") if one.suffix in ARTICLES) if path.is_dir() else [path]
        if not inside:
            raise UsageError(f"{path}: no {', '.join(ARTICLES)} in it")
        yield from (one.value or b"" for one in raw_records(inside, None))
