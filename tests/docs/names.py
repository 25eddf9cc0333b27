"""What the docs name, and what the code has: settings, commands, dead-letter codes, headers."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import typer.main

from worker.cli import app

ROOT = Path(__file__).parents[2]
PAGES = {
    path.relative_to(ROOT).as_posix(): path.read_text(encoding="utf-8")
    for path in [
        ROOT / "README.md",
        ROOT / "CHANGELOG.md",
        ROOT / "CONTRIBUTING.md",
        *sorted(ROOT.glob("docs/*.md")),
    ]
}
OPERATIONS = PAGES["docs/operations.md"]
FENCED = re.compile(r"^```(\w*)\n(.*?)^```", re.MULTILINE | re.DOTALL)
_QUOTED = re.compile(r"`([^`\n]+)`")


def quoted(page: str, language: str = "") -> Iterator[str]:
    """What stands between backticks in a line, and every line of a fenced block (of that language)."""
    for told, block in FENCED.findall(page):
        if told == language or not language:
            yield from block.splitlines()
    yield from _QUOTED.findall(FENCED.sub("", page))


def commands() -> dict[str, Any]:
    """Every command that does something, as it is typed: `dlq list`."""
    return dict(_leaves("", typer.main.get_command(app)))


def _leaves(name: str, command: Any) -> Iterator[tuple[str, Any]]:
    if hasattr(command, "commands"):
        for part, inner in command.commands.items():
            yield from _leaves(f"{name} {part}".strip(), inner)
    else:
        yield name, command


def calls(page: str) -> Iterator[tuple[str, list[str]]]:
    """The calls of `winnow` that a page shows: its words, and its options."""
    for piece in (re.sub(r"(?:^|\s)#\s.*", "", piece) for piece in quoted(page, "sh")):
        for told in re.findall(r"(?:^|[\s$|(])winnow ([^|#&>`·\\]+)", piece):
            words = told.split("  ")[0].split()  # a comment may follow a call
            yield " ".join(words), [word.partition("=")[0] for word in words if word.startswith("--")]


def dead_letter_codes() -> set[tuple[str, str]]:
    """Stage and code of each dead letter that the code makes; `any`: the stage that the pool was in."""
    found = set()
    for path in sorted((ROOT / "worker").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call):
                found |= set(_codes(node))
    return found


def _codes(call: ast.Call) -> Iterator[tuple[str, str]]:
    name = getattr(call.func, "id", getattr(call.func, "attr", ""))
    texts = [arg.value if isinstance(arg, ast.Constant) else None for arg in call.args]
    if name in ("InvalidRecord", "DeadLetter") and len(texts) > 1 and isinstance(texts[0], str):
        if isinstance(texts[1], str):  # else it is another one's, passed on
            yield texts[0], texts[1]
    elif name == "RecordRefused" and isinstance(texts[1], str):
        yield "publish", texts[1]
    elif name in ("_replace", "_doubt") and isinstance(texts[1], str):
        yield "any", texts[1]


def headers() -> set[str]:
    """Every header that the code writes or reads."""
    text = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "worker").rglob("*.py"))
    return set(re.findall(r'"(winnow\.[a-z0-9.]*[a-z0-9])"', text)) - {"winnow.toml"}


def table(page: str, heading: str) -> list[list[str]]:
    """The cells of all rows of all tables of a section, without their heads."""
    section = re.split(r"^#+ ", page.split(f"# {heading}\n", 1)[1], maxsplit=1, flags=re.MULTILINE)[0]
    rows = [line.strip("|").split("|") for line in section.splitlines() if line.startswith("|")]
    starts = {index - 1 for index, row in enumerate(rows) if set("".join(row)) <= set("-: ")}
    kept = [row for index, row in enumerate(rows) if index not in starts and index - 1 not in starts]
    return [[cell.strip() for cell in row] for row in kept]
