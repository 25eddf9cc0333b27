"""Long inputs: the time that cleaning takes grows with their length, not with its square."""

from __future__ import annotations

import time

import pytest

from worker.adapters.packaged import config_folder
from worker.adapters.rule_files import load_rules
from worker.text.blocks import Document, Line
from worker.text.cleaners import clean_document

RULES = load_rules(config_folder())
CHARS = 200_000
SECONDS = 3.0
"""Of CPU; each takes a twentieth of it. What grows with the square took minutes."""
PROSE = (
    "The council met on Monday evening and decided to mend the old bridge before the winter comes at last."
)


@pytest.mark.parametrize(
    "unit",
    [
        " ", "\t", ".", "a ", "word", "كلمة", "橋", "😀", "\u200f", "e\u0301", '"', "<a ", "a=", "&amp;",
        "amp;", ": ", "- ", "a | ", "#a ", "a@b", "a/", "http://", "A b. ", "ab.Cd", "(", "1",
    ],
)  # fmt: skip
@pytest.mark.parametrize("before", ["", "المصدر: ا", "Source: a", "&", "a | "])
def test_one_long_line(unit: str, before: str) -> None:
    assert seconds(before + unit * (CHARS // len(unit)) + "x") < SECONDS


@pytest.mark.parametrize(
    "line",
    [PROSE, "a", "{}", "Share this article", "Council votes on bridge {}", PROSE[:60] + "…",
     'content="abc {}', PROSE + "سلام", '"x{}', "the council met and decided to mend\nthe bridge."],
)  # fmt: skip
def test_many_lines(line: str) -> None:
    assert seconds("\n".join([PROSE, *(line.replace("{}", str(n)) for n in range(5_000)), PROSE])) < SECONDS


def seconds(text: str) -> float:
    lines = tuple(Line(n, line) for n, line in enumerate(text.split("\n"), 1) if line.strip())
    start = time.process_time()
    clean_document(Document(lines, "text", language="und"), RULES, lambda text: "und")
    return time.process_time() - start
