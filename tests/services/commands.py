"""The `winnow` command as the tests call it: in a process of its own, or in this one.

In this one nothing is imported anew, which takes longer than most commands; arguments, settings, streams and
exit codes go the same way. `winnow run` is always a process: it listens to signals, and it ends with its own.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from io import BytesIO, TextIOWrapper
from pathlib import Path
from tempfile import TemporaryFile

import pytest

from worker import cli

ROOT = Path(__file__).parents[2]
WINNOW = [sys.executable, "-m", "worker.cli"]
Done = subprocess.CompletedProcess[str]


def in_a_process(
    environment: Mapping[str, str], *arguments: str, stdin: str = "", folder: Path = ROOT
) -> Done:
    """The command as an operator types it; nobody is there to answer its questions."""
    return subprocess.run(
        [*WINNOW, *arguments],
        cwd=folder,
        env={**os.environ, **environment},
        input=stdin,
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )


def in_here(environment: Mapping[str, str], *arguments: str, stdin: str = "") -> Done:
    """The same, in this process."""
    streams = {name: TextIOWrapper(BytesIO(), encoding="utf-8") for name in ("stdout", "stderr")}
    with pytest.MonkeyPatch.context() as patched, TemporaryFile("w+", encoding="utf-8") as given:
        given.write(stdin)
        given.seek(0)
        patched.chdir(ROOT)
        for name, value in environment.items():
            patched.setenv(name, value)
        patched.setattr(sys, "argv", ["winnow", *arguments])
        for name, stream in (("stdin", given), *streams.items()):
            patched.setattr(sys, name, stream)
        try:
            cli.main()
            code = 0
        except SystemExit as end:
            code = end.code if isinstance(end.code, int) else 0
    for stream in streams.values():
        stream.seek(0)
    return Done(["winnow", *arguments], code, streams["stdout"].read(), streams["stderr"].read())


def winnow(environment: Mapping[str, str], *arguments: str) -> str:
    """What the command says on standard output; it must succeed."""
    done = (in_a_process if arguments[0] == "run" else in_here)(environment, *arguments)
    assert done.returncode == 0, f"{arguments}: {done.stderr}{done.stdout}"
    return done.stdout
