"""Options that many commands share, and how they are read."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer
from pydantic import TypeAdapter, ValidationError

from worker.adapters.packaged import config_folder
from worker.errors import UsageError
from worker.setting_types import Duration
from worker.settings import Settings, load_settings

ConfigOption = Annotated[
    Path | None,
    typer.Option(
        "--config", help="A TOML file of settings; default: WINNOW_CONFIG, else config/winnow.toml."
    ),
]
JsonOption = Annotated[bool, typer.Option("--json", help="The result as JSON, on stdout.")]


def settings_from(config: Path | None) -> Settings:
    """The settings of this call. Raises UsageError."""
    return load_settings(config or _default_file(), os.environ)


def seconds_of(text: str, option: str) -> float:
    """`300`, `5m`, `1.5h` as seconds. Raises UsageError."""
    try:
        return float(TypeAdapter(Duration).validate_python(text))
    except ValidationError:
        raise UsageError(f"{option}: {text!r} is no duration (seconds, or 500ms, 15m, 2h, 7d)") from None


def _default_file() -> Path:
    """WINNOW_CONFIG, else config/winnow.toml where the command runs, else the one that came with Winnow."""
    if named := os.environ.get("WINNOW_CONFIG"):
        return Path(named)
    here = Path("config", "winnow.toml")
    return here if here.is_file() else config_folder() / "winnow.toml"
