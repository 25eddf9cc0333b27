"""Where the files that come with Winnow are."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path


def config_folder() -> Path:
    """`config/` of the source tree, or the copy of it inside an installed wheel."""
    packaged = Path(str(files("worker"))) / "_config"
    return packaged if packaged.is_dir() else Path(str(files("worker"))).parent / "config"
