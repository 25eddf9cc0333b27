"""The example messages of the schemas are run through the pipeline: what they promise is what happens."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from worker.adapters.rule_files import config_folder, load_rules
from worker.outcome import DeadLetter
from worker.pipeline import Limits, process
from worker.ports import RawRecord

EXAMPLES = sorted((Path(__file__).parents[2] / "schemas" / "examples").glob("*.json"))
RULES = load_rules(config_folder())


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_an_example_ends_as_it_says(path: Path) -> None:
    example = json.loads(path.read_text(encoding="utf-8"))
    record = RawRecord("raw", 0, 0, 0, None, json.dumps(example["record"]).encode())
    result = process(record, RULES, Limits())
    assert (result.code if isinstance(result, DeadLetter) else "clean") == example["expect"]


def test_there_are_examples() -> None:
    assert len(EXAMPLES) >= 8
