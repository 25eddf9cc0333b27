"""The table after a local run: what came in, what came out, which lines went and why."""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson
from rich.console import Console
from rich.table import Table
from rich.text import Text

from worker.ops.plain import plain

ARTICLES_SHOWN = 30
ROWS_SHOWN = 4
"""Of one article: a row for each rule that took something out."""
WIDTHS = {"article": 14, "kind": 16, "rule": 18, "n": 3}
"""Columns; the text gets what is left of the terminal."""
GAPS = 2 * len(WIDTHS)
NAMED = 3
"""Duplicates and dead letters that are named, of each."""
NAME_WIDTH = 25
"""Of the first two columns of the totals, up to numbers of seven digits."""


@dataclass(frozen=True, slots=True)
class Removal:
    """What one rule took out of an article."""

    kind: str
    rule: str
    count: int
    text: str
    """The first line of it."""


def print_summary(console: Console, out: Path, passed_over: Mapping[str, int] | None = None) -> bool:
    """Prints the tables of a finished local run; answers whether everything became a clean article.

    `passed_over`: what the inputs held besides records, by the reason.
    """
    clean, removed, table = _articles(out / "clean.jsonl", console.width)
    duplicates = _Outcomes.of(out / "duplicates.jsonl", _kind_of_copy)
    letters = _Outcomes.of(out / "dead-letters.jsonl", _code_of_letter)
    console.print(table)
    if clean > ARTICLES_SHOWN:
        more = f"… and {clean - ARTICLES_SHOWN:,} more articles: see {out / 'clean.jsonl'}"
        console.print(Text(plain(more)))
    console.print()
    console.print(_totals(console.width, out, clean, removed, duplicates, letters, passed_over or {}))
    return not duplicates.counts and not letters.counts


def _articles(path: Path, width: int) -> tuple[int, Counter[str], Table]:
    """How many articles, how many lines removed by kind, and the table of the first ones."""
    table = Table(box=None, padding=(0, 2, 0, 0), pad_edge=False, header_style="bold")
    text_width = max(12, width - sum(WIDTHS.values()) - GAPS - 1)
    for column, column_width in {**WIDTHS, "text removed": text_width}.items():
        side: Any = "right" if column == "n" else "left"
        table.add_column(column, overflow="ellipsis", no_wrap=True, width=column_width, justify=side)
    count, removed = 0, Counter[str]()
    for article in _lines(path):
        removed.update(cut["kind"] for cut in article["removed"])
        if count < ARTICLES_SHOWN:
            _add(table, article, text_width)
        count += 1
    return count, removed, table


def _add(table: Table, article: dict[str, Any], text_width: int) -> None:
    """The rows of one article."""
    version = "" if article["version"] == 1 else f" v{article['version']}"
    name = _cut(article["id"], WIDTHS["article"] - len(version)) + version
    removals = removals_of(article)
    for number, one in enumerate(removals[:ROWS_SHOWN]):
        shown = Text(_isolated(_cut(one.text, text_width)), style="dim")
        table.add_row(Text(name if number == 0 else ""), one.kind, one.rule, str(one.count), shown)
    if hidden := removals[ROWS_SHOWN:]:
        kinds = ", ".join(dict.fromkeys(one.kind for one in hidden))
        table.add_row("", "…", "", str(sum(one.count for one in hidden)), Text(kinds, style="dim"))
    if not removals:
        table.add_row(Text(name), "-", "", "0", Text("nothing", style="dim"))


def removals_of(article: dict[str, Any]) -> list[Removal]:
    """What was taken out, by rule, in the order of the first line of each."""
    counts = Counter((cut["kind"], cut["rule"]) for cut in article["removed"])
    first: dict[tuple[str, str], str] = {}
    for cut in article["removed"]:
        first.setdefault((cut["kind"], cut["rule"]), cut["text"])
    return [Removal(kind, rule, counts[kind, rule], text) for (kind, rule), text in first.items()]


@dataclass(frozen=True, slots=True)
class _Outcomes:
    """Records that are not clean: how many of each kind, and the first ones in words."""

    counts: Counter[str]
    named: list[str]

    @classmethod
    def of(cls, path: Path, told: Callable[[dict[str, Any]], tuple[str, str]]) -> _Outcomes:
        counts, named = Counter[str](), list[str]()
        for one in _lines(path):
            kind, words = told(one)
            counts[kind] += 1
            if len(named) < NAMED:
                named.append(words)
        return cls(counts, named)


def _kind_of_copy(one: dict[str, Any]) -> tuple[str, str]:
    return one["kind"], f"{one['kind']}: {one['id']}, kept is {one['duplicate_of']}"


def _code_of_letter(one: dict[str, Any]) -> tuple[str, str]:
    told = one["headers"]
    code = told["winnow.error.code"]
    place = f"{told['winnow.origin.topic'].removeprefix('file:')}#{told['winnow.origin.offset']}"
    return code, f"{code}: {place}: {told['winnow.error.message']}"


def _totals(
    width: int,
    out: Path,
    clean: int,
    removed: Counter[str],
    duplicates: _Outcomes,
    letters: _Outcomes,
    passed_over: Mapping[str, int],
) -> Table:
    table = Table.grid(padding=(0, 2))
    table.add_column(justify="left", style="bold")
    table.add_column(justify="right")
    table.add_column()
    total = clean + duplicates.counts.total() + letters.counts.total()
    others = f" (passed over: {_listed(Counter(passed_over))})" if passed_over else ""
    table.add_row("in", f"{total:,}", f"raw records{others}")
    table.add_row("clean", f"{clean:,}", Text(plain(f"articles in {out}/")))
    for name, outcomes in (("duplicates", duplicates), ("dead letters", letters)):
        table.add_row(name, f"{outcomes.counts.total():,}", _listed(outcomes.counts))
        for words in outcomes.named:
            table.add_row("", "", Text(_cut(words, width - NAME_WIDTH), style="dim"))
    table.add_row("lines removed", f"{removed.total():,}", _listed(removed))
    return table


def _listed(counts: Counter[str]) -> str:
    return ", ".join(f"{name} {count:,}" for name, count in counts.most_common())


def _cut(text: str, width: int) -> str:
    """One line of at most so many characters, none of which a terminal obeys."""
    line = plain(" ".join(text[: 4 * width].split()))
    return line if len(line) <= width and len(text) <= 4 * width else line[: width - 1] + "…"


def _isolated(text: str) -> str:
    """Right-to-left text between U+2068 and U+2069, so that it does not turn the row around."""
    turns = any(unicodedata.bidirectional(character) in ("R", "AL") for character in text)
    return f"\u2068{text}\u2069" if turns else text


def _lines(path: Path) -> Iterator[dict[str, Any]]:
    with path.open("rb") as file:
        for line in file:
            yield orjson.loads(line)
