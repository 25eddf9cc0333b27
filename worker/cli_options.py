"""Options that many commands share."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

from worker.adapters.rule_files import config_folder
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
    named = config or (Path(os.environ["WINNOW_CONFIG"]) if os.environ.get("WINNOW_CONFIG") else None)
    return load_settings(named or config_folder() / "winnow.toml", os.environ)
