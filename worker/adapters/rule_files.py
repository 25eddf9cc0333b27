"""Reads the rule files of a configuration folder."""

from __future__ import annotations

import tomllib
from pathlib import Path

from worker.errors import UsageError
from worker.text.rules import RuleError, Rules, compile_rules


def load_rules(folder: Path) -> Rules:
    """`boilerplate/*.toml` and `sources/*.toml` of a folder, by name. Raises UsageError."""
    paths = sorted((folder / "boilerplate").glob("*.toml")) + sorted((folder / "sources").glob("*.toml"))
    if not paths:
        raise UsageError(f"no rule files under {folder / 'boilerplate'}")
    parsed = []
    for path in paths:
        try:
            parsed.append((path.name, tomllib.loads(path.read_text(encoding="utf-8"))))
        except (OSError, tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            raise UsageError(f"{path}: {error}") from None
    try:
        return compile_rules(parsed)
    except RuleError as error:
        raise UsageError(str(error)) from None
