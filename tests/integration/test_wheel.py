"""A wheel in an empty environment does the main job, on every CPython from 3.11 on that is here."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
MINORS = (11, 12, 13, 14)


def interpreters() -> dict[str, str]:
    """One per minor version: this one, those on the PATH, those of pyenv."""
    found: dict[str, str] = {}
    candidates = [sys.executable, *(shutil.which(f"python3.{minor}") or "" for minor in MINORS)]
    candidates += [str(path) for path in sorted(Path.home().glob(".pyenv/versions/3.1*/bin/python"))]
    for candidate in filter(None, candidates):
        told = subprocess.run(
            [candidate, "-c", "import sys, venv; print('%d.%d' % sys.version_info[:2])"],
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        version = told.stdout.strip()
        if told.returncode == 0 and version in {f"3.{minor}" for minor in MINORS}:
            found.setdefault(version, candidate)
    return found


@pytest.fixture(scope="session")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Built from what is committed or about to be: caches and environments are left out."""
    folder = tmp_path_factory.mktemp("wheel")
    source = folder / "source"
    files = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT, capture_output=True, text=True, check=True,
    ).stdout.split("\n")  # fmt: skip
    for name in files:
        if name and (ROOT / name).is_file():
            (source / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, source / name)
    # The build tools are pinned with the tests' dependencies: nothing is fetched here.
    pip = [sys.executable, "-m", "pip", "wheel", "-q", "--no-deps", "--no-build-isolation"]
    command = [*pip, "-w", str(folder), str(source)]
    subprocess.run(command, check=True, timeout=600)
    (built,) = folder.glob("winnow-*.whl")
    return built


@pytest.fixture(scope="session")
def commands(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Future[str]]:
    """The `winnow` of each version; they are installed side by side."""
    folder = tmp_path_factory.mktemp("environments")
    with ThreadPoolExecutor(os.cpu_count()) as threads:
        return {
            version: threads.submit(installed, interpreter, wheel, folder / version)
            for version, interpreter in interpreters().items()
        }


@pytest.mark.parametrize("version", sorted(interpreters()))
def test_a_wheel_in_an_empty_environment_does_the_main_job(
    version: str, commands: dict[str, Future[str]], tmp_path: Path
) -> None:
    winnow = commands[version].result()
    text = "A headline of five words\nThe council met on Monday to mend the bridge.\nShare this"
    told = called([winnow, "clean", "--format", "jsonl"], tmp_path, json.dumps({"id": "a", "text": text}))
    article = json.loads(told)
    assert article["title"] == "A headline of five words"
    assert [cut["rule"] for cut in article["removed"]] == ["en.send-to-friend"]
    (tmp_path / "page.txt").write_text(text)
    called([winnow, "run", "--local", "page.txt", "--out", "out"], tmp_path)
    (line,) = (tmp_path / "out" / "clean.jsonl").read_text().splitlines()
    assert json.loads(line)["text"] == article["text"]
    called([winnow, "config", "check"], tmp_path)
    called([winnow, "schemas", "check"], tmp_path)


def installed(interpreter: str, wheel: Path, folder: Path) -> str:
    """The `winnow` of a new environment that holds the wheel and the pinned dependencies, nothing else."""
    subprocess.run([interpreter, "-m", "venv", "--without-pip", str(folder)], check=True, timeout=600)
    # Our pip serves it: to give it one of its own takes longer than most of what is installed.
    pip = [sys.executable, "-m", "pip", "--python", str(folder / "bin" / "python"), "install", "-q"]
    pip += ["--disable-pip-version-check", "--no-compile"]
    requirements = ["--require-hashes", "-r", str(ROOT / "requirements" / "run.txt")]
    subprocess.run([*pip, *requirements], check=True, timeout=600)
    subprocess.run([*pip, "--no-deps", str(wheel)], check=True, timeout=600)
    return str(folder / "bin" / "winnow")


def called(command: list[str], folder: Path, given: str = "") -> str:
    """What the command says, far away from the source tree and its settings."""
    hidden = ("PYTHONPATH", "WINNOW_")
    environment = {name: value for name, value in os.environ.items() if not name.startswith(hidden)}
    how = {"capture_output": True, "text": True, "cwd": folder, "env": environment, "timeout": 120}
    done = subprocess.run(command, input=given, check=False, **how)  # type: ignore[call-overload]
    assert done.returncode == 0, f"{command}: {done.stderr}"
    return str(done.stdout)
