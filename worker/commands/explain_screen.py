"""`winnow explain` in a terminal: one row for each piece of a line, its rule at the margin.

The margin is on the left so that it stands in one place whatever direction the text has; a line that
is written from right to left is set against the right edge. Kept paragraphs are shortened to one row
unless the whole text is wanted: an ordinary article fits on 24 rows of 80 columns.
"""

from __future__ import annotations

from collections.abc import Iterator

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from worker.commands.explain_display import TERMINAL, is_rtl, named
from worker.ops.explain import Explained, Piece
from worker.ops.plain import is_hidden

RULE_WIDTH = 23
"""struct.site-above-title, the longest id of common use, just fits."""


def screen_of(found: Explained, full: bool = False) -> RenderableType:
    """What is printed: a heading, the rows, what went to metadata."""
    table = Table.grid(padding=(0, 1))
    table.add_column(justify="right", no_wrap=True, style="dim")
    table.add_column(width=RULE_WIDTH, no_wrap=True, overflow="ellipsis")
    table.add_column(ratio=1, no_wrap=not full, overflow="fold" if full else "ellipsis")
    table.expand = True
    for number, piece in _pieces(found):
        table.add_row(number, _margin(piece), _shown(piece))
    return Group(table, _facts(found), _legend(found))


def _pieces(found: Explained) -> Iterator[tuple[str, Piece]]:
    for row in found.rows:
        for place, piece in enumerate(row.pieces):
            yield "" if place or row.number is None else str(row.number), piece


def _margin(piece: Piece) -> Text:
    if piece.fate == "removed":
        return Text(printable(piece.rule), TERMINAL[piece.kind])
    return Text("title" if piece.fate == "title" else "", "bold")


def _shown(piece: Piece) -> Text:
    style = TERMINAL[piece.kind] if piece.fate == "removed" else "bold" if piece.fate == "title" else ""
    return Text(printable(piece.text), style, justify="right" if is_rtl(piece.text) else "left")


def _facts(found: Explained) -> Text:
    facts = {name: value for name, value in found.facts.items() if name != "title"}
    text = Text(overflow="fold")
    for name, value in facts.items():
        text.append(f"{name} ", "dim").append(f"{printable(value)}  ")
    return text


def _legend(found: Explained) -> Text:
    text = Text(overflow="fold")
    for kind, count in found.kinds.items():
        text.append(f"■\N{NO-BREAK SPACE}{kind}\N{NO-BREAK SPACE}{count}  ", TERMINAL[kind])
    return text


def printable(text: str) -> str:
    """The text without anything that a terminal would obey."""
    return "".join(named(one) if is_hidden(one) else " " if one == "\t" else one for one in text)
