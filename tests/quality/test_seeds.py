"""The five seeds come out as their gold says, by the score that the cases bring along."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.services.commands import winnow


def test_all_five_seeds_are_right(cases: Path) -> None:
    done = subprocess.run(
        [
            sys.executable, str(cases / "articles" / "score.py"), "seeds", str(cases / "articles" / "seeds"),
            "--command", f"{sys.executable} -m worker.cli clean --format jsonl",
        ],
        capture_output=True, text=True, check=True, timeout=600,
    )  # fmt: skip
    figures = json.loads(done.stdout)
    assert (figures["text"], figures["title"], figures["kinds"]) == (5, 5, 5)


@pytest.mark.parametrize("layout", ["strings", "packed"])
def test_the_seeds_are_five_articles_and_one_story(cases: Path, tmp_path: Path, layout: str) -> None:
    """One event, five texts: none is a duplicate of another."""
    seeds = [str(path) for path in sorted((cases / "articles" / "seeds").glob("*.txt"))]
    winnow({"WINNOW_DEDUPE__LAYOUT": layout}, "run", "--local", *seeds, "--out", str(tmp_path / "out"))
    clean = [json.loads(line) for line in (tmp_path / "out" / "clean.jsonl").read_text().splitlines()]
    assert len(clean) == 5
    assert len({one["story_id"] for one in clean}) == 1
