"""Reads the rule files of a configuration folder."""

from __future__ import annotations

import tomllib
from importlib.resources import files
from pathlib import Path
from typing import Any

from worker.errors import UsageError
from worker.text.rules import Rules, compile_rules, texts_in, with_block_model, with_line_model


def read_rules(folder: Path) -> list[tuple[str, dict[str, Any]]]:
    """`boilerplate/*.toml` and `sources/*.toml`: (name, content), in the order in which they are asked.
    Raises UsageError, RuleError."""
    paths = sorted((folder / "boilerplate").glob("*.toml")) + sorted((folder / "sources").glob("*.toml"))
    if not paths:
        raise UsageError(f"no rule files under {folder / 'boilerplate'}")
    parsed = []
    for path in paths:
        try:
            parsed.append((path.name, tomllib.loads(path.read_text(encoding="utf-8"))))
        except (OSError, ValueError, RecursionError) as error:
            raise UsageError(f"{path}: {error}") from None
    return _ordered(parsed)


def _ordered(parsed: list[tuple[str, dict[str, Any]]]) -> list[tuple[str, dict[str, Any]]]:
    """The files named first, then the others by name: of rules that know one line the first has it."""
    named = [f"{name}.toml" for file in parsed for name in texts_in(*file, "order", "first")]
    return sorted(parsed, key=lambda file: named.index(file[0]) if file[0] in named else len(named))


def load_rules(folder: Path, line_model: bool = True) -> Rules:
    """The rules of a folder, compiled, with the trained models beside them unless these are not wanted.

    Raises UsageError."""
    try:
        rules = compile_rules(read_rules(folder))
        if not line_model:
            return rules
        weights = files("worker.text")
        rules = with_line_model(rules, weights.joinpath("line_model.npz").read_bytes())
        return with_block_model(rules, weights.joinpath("block_model.npz").read_bytes())
    except ValueError as error:  # RuleError, or weights that are none
        raise UsageError(str(error)) from None
