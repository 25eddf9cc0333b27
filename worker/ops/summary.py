"""The table after a local run: what came in, what came out, which lines went and why."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson
from rich.console import Console
from rich.table import Table
from rich.text import Text

ARTICLES_SHOWN = 20
LINES_SHOWN = 4
WIDTHS = {"article": 12, "line": 4, "kind": 16, "rule": 20}
"""Of the columns; the text gets what is left of the terminal."""
BORDERS = 12


def print_summary(console: Console, out: Path) -> bool:
    """Prints the table of a finished local run; answers whether everything became a clean article."""
    duplicates, letters = list(_lines(out / "duplicates.jsonl")), list(_lines(out / "dead-letters.jsonl"))
    count, removed = 0, Counter[str]()
    table = Table(title="Lines removed", title_justify="left", show_edge=False, pad_edge=False, expand=False)
    text_width = max(12, console.width - sum(WIDTHS.values()) - BORDERS)
    for column, width in {**WIDTHS, "text": text_width}.items():
        table.add_column(column, overflow="ellipsis", no_wrap=True, width=width)
    for article in _lines(out / "clean.jsonl"):
        removed.update(cut["kind"] for cut in article["removed"])
        if count < ARTICLES_SHOWN:
            _add(table, article)
        count += 1
    console.print(table)
    if count > ARTICLES_SHOWN:
        console.print(f"… and {count - ARTICLES_SHOWN} more articles: see {out / 'clean.jsonl'}")
    console.print(_totals(count, duplicates, letters, removed))
    console.print(f"Written to {out}/: clean.jsonl, duplicates.jsonl, dead-letters.jsonl", highlight=False)
    return not duplicates and not letters


def _add(table: Table, article: dict[str, Any]) -> None:
    cuts = article["removed"]
    name = f"{article['id']}" + (f" v{article['version']}" if article["version"] != 1 else "")
    for number, cut in enumerate(cuts[:LINES_SHOWN]):
        last = number == LINES_SHOWN - 1 and len(cuts) > LINES_SHOWN
        more = f" (+{len(cuts) - LINES_SHOWN} more)" if last else ""
        table.add_row(
            name if number == 0 else "",
            str(cut["line"] or "-"),
            cut["kind"],
            cut["rule"],
            _shown(cut["text"] + more),
        )
    if not cuts:
        table.add_row(name, "", Text("nothing", style="dim"), "", "")


def _shown(text: str) -> Text:
    """One line, isolated so that right-to-left text does not turn the row around (Unicode FSI … PDI)."""
    return Text(f"\u2068{' '.join(text.split())}\u2069")


def _totals(
    clean: int, duplicates: list[dict[str, Any]], letters: list[dict[str, Any]], removed: Counter[str]
) -> Table:
    kinds = Counter(one["kind"] for one in duplicates)
    codes = Counter(one["headers"]["winnow.error.code"] for one in letters)
    table = Table.grid(padding=(0, 2))
    total = clean + len(duplicates) + len(letters)
    table.add_row("in", str(total), "raw records")
    table.add_row("clean", str(clean), "articles; removed from them: " + (_listed(removed) or "nothing"))
    table.add_row("duplicates", str(len(duplicates)), _listed(kinds))
    table.add_row("dead letters", str(len(letters)), _listed(codes))
    return table


def _listed(counts: Counter[str]) -> str:
    return ", ".join(f"{name} {count}" for name, count in counts.most_common())


def _lines(path: Path) -> Iterator[dict[str, Any]]:
    with path.open("rb") as file:
        for line in file:
            yield orjson.loads(line)
