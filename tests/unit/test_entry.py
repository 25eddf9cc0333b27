"""The `winnow` command while Python still imports it."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.services.processes import GIVE_UP_S, hearing_ctrl_c
from worker import cli, entry

INTERRUPTED = """
import os, signal, sys
from worker.entry import main
class Import:
    def find_spec(self, name, *_):
        if name == "worker.cli":
            os.kill(os.getpid(), signal.SIGINT)
sys.meta_path.insert(0, Import())
main()
"""


def test_ctrl_c_while_importing_ends_it_in_silence() -> None:
    command = [sys.executable, "-c", INTERRUPTED]
    with hearing_ctrl_c():
        done = subprocess.run(command, check=False, capture_output=True, timeout=GIVE_UP_S)
    assert (done.returncode, done.stdout, done.stderr) == (-signal.SIGINT, b"", b"")


def test_afterwards_ctrl_c_is_the_commands_business(monkeypatch: pytest.MonkeyPatch) -> None:
    seen = []
    monkeypatch.setattr(cli, "main", lambda: seen.append(signal.getsignal(signal.SIGINT)))
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        entry.main()
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # as under `nohup`: it stays so
        entry.main()
    finally:
        signal.signal(signal.SIGINT, before)
    assert seen == [signal.default_int_handler, signal.SIG_IGN]


def test_only_what_every_command_needs_is_imported_at_once() -> None:
    """These take half a second, which nobody waits for who asks for the configuration or the lag."""
    heavy = ("numpy", "kafka", "redis", "trafilatura", "lxml", "worker.text.rules")
    code = f"import sys, worker.cli; print([name for name in {heavy} if name in sys.modules])"
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert told.stdout.strip() == "[]"


@pytest.mark.parametrize("form", ["console", "json"])
def test_a_closed_stderr_takes_only_the_log(tmp_path: Path, form: str) -> None:
    words = ["WINNOW_LOG__FORMAT=" + form, sys.executable, "-m", "worker.cli", "run", "--local", "-", "--out"]
    command = ["/bin/sh", "-c", 'exec env "$@" 2>&-', "sh", *words, str(tmp_path)]
    raw = json.dumps({"id": "a", "text": "The ferry is late again\nIt came at noon.\n"})
    done = subprocess.run(command, input=raw.encode(), check=False, timeout=GIVE_UP_S)
    assert done.returncode == 0
    assert (tmp_path / "clean.jsonl").stat().st_size > 0
