"""What the README shows is what the commands say."""

from __future__ import annotations

import json
from pathlib import Path

from tests.docs.names import FENCED, PAGES, ROOT
from tests.services.commands import Done, in_a_process

README = PAGES["README.md"]


def winnow(folder: Path, *arguments: str) -> Done:
    done = in_a_process({"COLUMNS": "80"}, *arguments, folder=folder)
    assert done.returncode == 0, done.stderr
    return done


def trimmed(text: str) -> str:
    return "\n".join(line.rstrip() for line in text.splitlines())


def outputs(text: str) -> list[str]:
    """The fenced blocks without a language: what commands said, and articles."""
    return [block.rstrip("\n") for language, block in FENCED.findall(text) if not language]


def test_the_end_of_make_run_is_as_it_is_shown(tmp_path: Path) -> None:
    (tmp_path / "samples").symlink_to(ROOT / "samples")
    done = winnow(tmp_path, "run", "--local", "samples", "--out", "out")
    (shown,) = [block for block in outputs(README) if block.startswith("in  ")]
    assert shown in trimmed(done.stderr + done.stdout)


def test_the_article_before_and_after_is_as_it_is_shown() -> None:
    sample = ROOT / "samples" / "ar-train.txt"
    article = json.loads(winnow(ROOT, "clean", str(sample)).stdout)
    before, after = outputs(README.split("Before, the end of", 1)[1])[:2]
    assert sample.read_text(encoding="utf-8").endswith(before)
    assert article["text"].endswith(after)
    assert after not in before
    rows = [
        f"| {cut['line']} | {cut['kind']} | {cut['rule']} | {cut['text']} |" for cut in article["removed"]
    ]
    assert "| line | kind | rule | text |\n|---|---|---|---|\n" + "\n".join(rows) + "\n\n" in README


def test_the_readme_begins_with_the_two_commands() -> None:
    assert README.startswith("# Winnow\n\n```sh\nmake run ")
