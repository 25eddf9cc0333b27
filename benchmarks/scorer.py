"""The scorer that lies beside the cases: its functions, and its figures as a command."""

from __future__ import annotations

import importlib.util
import json
import subprocess
import sys
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from types import ModuleType

from benchmarks.floors import Figures
from benchmarks.line_model_data import cases_folder


@cache
def scorer() -> ModuleType:
    """`score.py` as a module, for reading its cases."""
    spec = importlib.util.spec_from_file_location("score", cases_folder() / "score.py")
    if spec is None or spec.loader is None:
        raise FileNotFoundError(f"no score.py in {cases_folder()}")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def score(
    mode: str,
    paths: Sequence[Path],
    worst: int,
    *,
    predictions: Path | None = None,
    command: str | None = None,
) -> Figures:
    """The figures of one set; the worst cases go to standard error."""
    given = ["--predictions", str(predictions)] if predictions else ["--command", str(command)]
    program = [sys.executable, str(cases_folder() / "score.py"), mode, *map(str, paths)]
    done = subprocess.run(
        [*program, *given, "--worst", str(worst)], capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise RuntimeError(f"{' '.join(program)}: {done.stderr[-2000:]}")
    if worst:
        sys.stderr.writelines(done.stderr.splitlines(keepends=True)[-worst:])
    figures: Figures = {k: v for k, v in json.loads(done.stdout).items() if isinstance(v, int | float)}
    return figures
