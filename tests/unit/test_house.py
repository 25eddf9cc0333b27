"""The house keeps its own promises: pinned dependencies, a short Makefile, no name of an index anywhere."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest
from packaging.requirements import Requirement

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
LOCKS = {name: (ROOT / "requirements" / f"{name}.txt").read_text() for name in ("run", "test", "build")}
HASH = re.compile(r"--hash=sha256:[0-9a-f]{64}")


def pins(lock: str) -> dict[str, set[str]]:
    """Name of each pinned distribution, with its versions (markers may choose between some)."""
    found: dict[str, set[str]] = {}
    for name, version in re.findall(r"^([a-z0-9._-]+)(?:\[[a-z0-9,_-]+\])?==([^\s;]+)", lock, re.MULTILINE):
        found.setdefault(name, set()).add(version)
    return found


@pytest.mark.parametrize("name", LOCKS)
def test_every_requirement_is_one_version_with_its_hashes(name: str) -> None:
    entries = re.split(r"^(?=[a-z0-9])", LOCKS[name], flags=re.MULTILINE)[1:]
    assert len(entries) > 3
    loose = [entry.split()[0] for entry in entries if "==" not in entry or not HASH.search(entry)]
    assert loose == []


@pytest.mark.parametrize("name", LOCKS)
def test_no_requirement_names_a_host_or_an_index(name: str) -> None:
    assert re.findall(r"\w+://|--(?:extra-)?index|--find-links|--trusted-host| @ ", LOCKS[name]) == []


def test_what_the_tests_run_with_is_what_users_run_with() -> None:
    tested = pins(LOCKS["test"])
    for name in ("run", "build"):
        assert {one: tested.get(one) for one in pins(LOCKS[name])} == pins(LOCKS[name])


def test_the_pins_are_those_of_the_project() -> None:
    wanted = [(one, "run") for one in PROJECT["project"]["dependencies"]]
    groups = PROJECT[
        "dependency-groups"
    ]  # others than these are for benchmarks: nobody installs them by `make`
    wanted += [(one, "test") for name in ("test", "check", "build") for one in groups[name]]
    for text, lock in wanted:
        requirement = Requirement(text)
        versions = pins(LOCKS[lock]).get(requirement.name.lower().replace("_", "-"), set())
        assert versions, f"{text} is not in requirements/{lock}.txt: make lock"
        assert all(requirement.specifier.contains(version) for version in versions), f"{text}: {versions}"


def test_the_makefile_is_short_and_every_target_says_what_it_does() -> None:
    makefile = (ROOT / "Makefile").read_text()
    match = re.search(r"^\.PHONY: (.+)$", makefile, re.MULTILINE)
    assert match is not None
    targets = match[1].split()
    assert len(targets) <= 10
    told = subprocess.run(
        ["make", "--no-print-directory", "help"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout
    assert [line.split()[0] for line in told.splitlines()] == targets


def half_made(folder: Path) -> None:
    (folder / "bin" / "pip").unlink()


def of_a_python_that_is_gone(folder: Path) -> None:
    (folder / "bin" / "python").unlink()
    (folder / "bin" / "python").symlink_to("nowhere")


def of_an_older_python(folder: Path) -> None:
    (folder / "bin" / "python").unlink()
    (folder / "bin" / "python").write_text("#!/bin/sh\nexit 1\n")
    (folder / "bin" / "python").chmod(0o755)


@pytest.mark.parametrize("spoil", [None, half_made, of_a_python_that_is_gone, of_an_older_python])
def test_an_environment_that_cannot_be_used_is_made_anew(
    tmp_path: Path, spoil: Callable[[Path], None] | None
) -> None:
    for name in ("Makefile", "pyproject.toml", "requirements"):
        (tmp_path / name).symlink_to(ROOT / name)
    environment = tmp_path / ".venv"
    (environment / "bin").mkdir(parents=True)
    (environment / "bin" / "python").symlink_to(sys.executable)
    for name in ("bin/pip", "installed"):
        (environment / name).touch()
    if spoil:
        spoil(environment)
    told = subprocess.run(
        ["make", "-n", "run"], cwd=tmp_path, capture_output=True, text=True, check=True
    ).stdout
    assert ("-m venv --clear .venv" in told) == ("-m pip install" in told) == (spoil is not None), told
    assert "winnow run --local samples" in told
