"""Floors under the figures of the benchmarks: a ratchet that only an explicit flag lowers."""

from __future__ import annotations

import hashlib
import tomllib
from collections.abc import Mapping
from pathlib import Path

FLOORS = Path(__file__).with_name("floors.toml")
Figures = dict[str, float]
"""Name of a figure and its value."""
LESS_IS_BETTER = frozenset({"loss", "touched", "wrong", "same_event_merged"})
NO_FIGURES = frozenset({"n"})
"""Told beside the figures; nothing to hold a floor under."""
ROUNDING = 1e-4
"""The scorer rounds to four places."""
HEADER = """\
# Written by `python -m benchmarks.{}`; a figure under its floor (over it, for
# losses and wrong merges) is an error. Lowering one takes --allow-lower, and a reason in the commit.
"""


CORPUS = "corpus"
"""The table of digests: which cases each set's floors were measured with."""


def floors_in(path: Path) -> dict[str, Figures]:
    """The floors on file, none where there is no file."""
    found = tomllib.loads(path.read_text("utf-8")) if path.exists() else {}
    found.pop(CORPUS, None)
    return {name: {key: float(value) for key, value in figures.items()} for name, figures in found.items()}


def digests_in(path: Path) -> dict[str, str]:
    """The digests on file, by set."""
    found = tomllib.loads(path.read_text("utf-8")) if path.exists() else {}
    return {name: str(digest) for name, digest in found.get(CORPUS, {}).items()}


def digest_of(path: Path) -> str:
    """Of a set's file, or of all files in its folder with their names."""
    result = hashlib.sha256()
    for file in sorted(path.rglob("*")) if path.is_dir() else [path]:
        if file.is_file():
            result.update(f"{file.relative_to(path)}\0".encode() + hashlib.sha256(file.read_bytes()).digest())
    return result.hexdigest()[:16]


def other_cases(known: Mapping[str, str], found: Mapping[str, str]) -> list[str]:
    """One line for each set whose cases are not those that its floors were measured with."""
    return [
        f"{name}: the cases are others ({digest}) than those of its floors ({known[name]})"
        for name, digest in found.items()
        if known.get(name, digest) != digest
    ]


def worse(name: str, value: float, floor: float) -> bool:
    """Whether a figure is on the wrong side of its floor."""
    return value > floor + ROUNDING if name in LESS_IS_BETTER else value < floor - ROUNDING


def under(floors: Mapping[str, Figures], found: Mapping[str, Figures]) -> list[str]:
    """One line for each figure that misses its floor; a figure that is no longer there misses it too."""
    missed = []
    for one, figures in found.items():
        for name, floor in floors.get(one, {}).items():
            value = figures.get(name)
            if value is None or worse(name, value, floor):
                missed.append(f"{one}: {name} is {value}, its floor {floor}")
    return missed


def raised(
    floors: Mapping[str, Figures], found: Mapping[str, Figures], allow_lower: bool = False
) -> dict[str, Figures]:
    """The floors moved up to what was found; down only if that is allowed."""
    result = {name: dict(figures) for name, figures in floors.items()}
    for one, figures in found.items():
        known = result.setdefault(one, {})
        for name, value in figures.items():
            if name in NO_FIGURES or value is None:
                continue
            if name not in known or allow_lower or not worse(name, value, known[name]):
                known[name] = value
    return result


def written(
    floors: Mapping[str, Figures],
    by: str = "cleaning --held-out --write-floors",
    corpus: Mapping[str, str] | None = None,
) -> str:
    """As TOML, sets and figures by name, so that a change shows as one line."""
    sections = [
        "\n".join([f'["{one}"]', *(f"{name} = {floors[one][name]}" for name in sorted(floors[one]))])
        for one in sorted(floors)
    ]
    if corpus:
        sections.insert(
            0, "\n".join([f"[{CORPUS}]", *(f'"{one}" = "{corpus[one]}"' for one in sorted(corpus))])
        )
    return HEADER.format(by) + "\n" + "\n\n".join(sections) + "\n"
