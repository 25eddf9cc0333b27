"""Options that many commands share."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

from worker.adapters.packaged import config_folder
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


def _default_file() -> Path:
    """WINNOW_CONFIG, else config/winnow.toml where the command runs, else the one that came with Winnow."""
    if named := os.environ.get("WINNOW_CONFIG"):
        return Path(named)
    here = Path("config", "winnow.toml")
    return here if here.is_file() else config_folder() / "winnow.toml"
