"""How well `winnow clean` cleans: every labelled set, beside what is public, what is asked and the floors.

    python -m benchmarks.cleaning                     # all sets
    python -m benchmarks.cleaning --only html/aeb --worst 10
    python -m benchmarks.cleaning --held-out          # trained parts by cross-validation grouped by site
    python -m benchmarks.cleaning --held-out --write-floors

The cases are other people's texts and not part of the project: they are found by WINNOW_CASES, by
default ../shared, and scored by the `score.py` that lies beside them. Sets that a trained part has seen
are marked: without `--held-out` (which needs catboost, dependency group `train`) their figures are worth
nothing and are held against no floor. A figure under its floor in `floors.toml`, and cases
whose digest is not that of the floors, end in exit 1; `--write-floors` raises floors, and lowers one with
`--allow-lower` only.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from benchmarks.floors import (
    FLOORS,
    Figures,
    digest_of,
    digests_in,
    floors_in,
    other_cases,
    raised,
    under,
    written,
)  # fmt: skip
from benchmarks.held_out import RulesOf, held_out_rules
from benchmarks.line_model_data import cases_folder
from benchmarks.scorer import score, scorer
from worker.adapters.packaged import config_folder
from worker.adapters.rule_files import load_rules
from worker.errors import InvalidRecord
from worker.pipeline import Limits, article_of
from worker.ports import RawRecord
from worker.text.rules import Rules


@dataclass(frozen=True, slots=True)
class CaseSet:
    """One labelled set: where it lies, how it is scored, what others reach on it and what is asked."""

    name: str
    mode: str
    figures: tuple[str, ...]
    public: str
    asked: str
    trained: bool = False
    """Whether a trained part has seen it."""


FLAT = ("F1", "loss", "exact", "title")
HTML = ("F1", "exact")
SETS = (
    CaseSet("seeds", "seeds", ("text", "title", "kinds"), "0 of 5 exact, titles 3", "5 5 5"),
    CaseSet("html/aeb", "html", HTML, ".964 / .337", ".972 / .52", trained=True),
    CaseSet("html/nonlatin", "html", HTML, "trafilatura", "more exact, F1 no lower", trained=True),
    CaseSet("flat_html/fundus", "flat", FLAT, ".54 at 9.4 %", ".83 at .8 %", trained=True),
    CaseSet("flat_html/aeb", "flat", FLAT, ".55 at 6.4 %", ".77 at 1 %", trained=True),
    CaseSet("flat_html/newspaper4k", "flat", FLAT, ".47 at 4.3 %", ".60 at 1 %", trained=True),
    CaseSet("flat_html/wcxb-article-dev", "flat", FLAT, ".34 at 13.6 %", ".52 at 1 %", trained=True),
    CaseSet("flat_arabic/bbc_arabic", "flat", FLAT, ".77 at 12.7 %, titles 0", ".98 at .2 %, titles .983"),
    CaseSet("flat_arabic/saudi_clean_controls", "flat", ("loss", "touched"), "", "loss 0"),
    CaseSet("flat_arabic/saudi_leftovers", "stream", FLAT, ".27 at 19 %", ".985 at .05 %"),
)
"""Public: the best of trafilatura, resiliparse, readability, newspaper4k and the C4 line rules, measured by
the issue that asks for this; F1 / exact for pages, F1 at the share of the body lost for flattened text."""
WARMUP = "stream/saudi_warmup"


def path_of(name: str) -> Path:
    """A set's folder or file."""
    path = cases_folder() / name
    return path if path.is_dir() else path.with_name(path.name + ".jsonl.gz")


def raws_of(one: CaseSet) -> list[dict[str, Any]]:
    """The records as a crawler would send them, without a label."""
    known, path = scorer(), str(path_of(one.name))
    if one.mode == "html":
        keys = ("id", "url", "html")
        return [{key: case[key] for key in keys if case.get(key)} for case in known.html_cases(path)]
    if one.mode == "seeds":
        return [
            {"id": file.stem, "text": file.read_text("utf-8")} for file in sorted(Path(path).glob("*.txt"))
        ]
    return [known.raw_of(case) for case in known.read(path)]


def answer(raw: Mapping[str, Any], rules: Rules) -> dict[str, Any]:
    """What `winnow clean` answers to a record."""
    record = RawRecord("", 0, 0, 0, None, json.dumps(raw).encode())
    try:
        return article_of(record, rules, Limits()).model_dump(mode="json")
    except InvalidRecord as error:
        return {"id": raw["id"], "error": error.code}


def measured(one: CaseSet, rules_of: RulesOf, worst: int = 0) -> Figures:
    """The set's figures, by its own scorer."""
    if one.mode == "stream":
        command = f"{sys.executable} -m worker.cli run --local - --out {{out}}"
        return score("stream", [path_of(WARMUP), path_of(one.name)], worst, command=command)
    with tempfile.NamedTemporaryFile("w", suffix=".jsonl", encoding="utf-8") as file:
        for raw in raws_of(one):
            file.write(json.dumps(answer(raw, rules_of(raw)), ensure_ascii=False) + "\n")
        file.flush()
        return score(one.mode, [path_of(one.name)], worst, predictions=Path(file.name))


def parser(told: str | None) -> argparse.ArgumentParser:
    """What everything that measures these sets is asked with: `--only`."""
    result = argparse.ArgumentParser(description=told, formatter_class=argparse.RawDescriptionHelpFormatter)
    result.add_argument(
        "--only", action="append", default=[], metavar="NAME", help="sets whose name begins so"
    )
    return result


def chosen(names: Sequence[str]) -> list[CaseSet]:
    """The sets whose names begin like one of these; all where none is given.

    Raises SystemExit where there are no cases.
    """
    if not cases_folder().is_dir():
        print("no cases: set WINNOW_CASES to the folder that holds articles/score.py", file=sys.stderr)
        raise SystemExit(2)
    return [one for one in SETS if not names or any(one.name.startswith(name) for name in names)]


def shown(value: float | None) -> str:
    """A figure as it is read: counts as they are, shares with their places."""
    return "–" if value is None else f"{value:.4f}".rstrip("0").rstrip(".") if value % 1 else f"{value:.0f}"


def table(sets: Iterable[CaseSet], found: Mapping[str, Figures], floors: Mapping[str, Figures]) -> Table:
    """One row per set: what it reaches, its floors, what is public and what is asked."""
    result = Table("set", "figures", "floors", "best public", "asked", "cases")
    for one in sets:
        if one.name in found:
            figures, floor = found[one.name], floors.get(one.name, {})
            said = " · ".join(f"{name} {shown(figures.get(name))}" for name in one.figures)
            least = " · ".join(shown(floor.get(name)) for name in one.figures) if floor else "–"
            result.add_row(one.name, said, least, one.public, one.asked, shown(figures["n"]))
    return result


def options() -> argparse.Namespace:
    """As in the module's docstring."""
    told = parser(__doc__)
    told.add_argument("--held-out", action="store_true", help="trained parts by cross-validation")
    told.add_argument("--worst", type=int, default=0, metavar="N", help="name the N worst cases of each set")
    told.add_argument("--write-floors", action="store_true", help="raise floors to what was measured")
    told.add_argument("--allow-lower", action="store_true", help="with --write-floors: lower them too")
    return told.parse_args()


def main() -> int:
    """Measures, prints, compares; 1 if a figure is under its floor."""
    asked = options()
    sets = chosen(asked.only)
    rules, floors = load_rules(config_folder()), floors_in(FLOORS)
    rules_of: RulesOf = held_out_rules(rules) if asked.held_out else lambda raw: rules
    found: dict[str, Figures] = {}
    for one in sets:
        found[one.name] = {
            k: v for k, v in measured(one, rules_of, asked.worst).items() if k in (*one.figures, "n")
        }
        print(f"measured {one.name}", file=sys.stderr)
    counted = {one.name: found[one.name] for one in sets if asked.held_out or not one.trained}
    Console(width=150).print(table(sets, found, floors))
    if seen := [name for name in found if name not in counted]:
        print(f"Trained on, so these figures are worth nothing without --held-out: {', '.join(seen)}")
    known, digests = digests_in(FLOORS), {name: digest_of(path_of(name)) for name in counted}
    if asked.write_floors:
        kept = raised(floors, counted, asked.allow_lower)
        FLOORS.write_text(written(kept, corpus=known | digests), "utf-8")
        return 0
    missed = [*other_cases(known, digests), *under(floors, counted)]
    for line in missed:
        print(line, file=sys.stderr)
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
