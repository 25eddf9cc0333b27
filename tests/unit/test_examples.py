"""The example messages of the schemas are run through the pipeline: what they promise is what happens."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from schemas import DeadLetterHeaders
from worker.adapters.packaged import config_folder
from worker.adapters.rule_files import load_rules
from worker.outcome import DeadLetter, Duplicate, Prepared, Publish, message_of
from worker.pipeline import Limits, process
from worker.ports import Answer, Kept, Message, RawRecord

SCHEMAS = Path(__file__).parents[2] / "schemas"
EXAMPLES = {
    path.stem: json.loads(path.read_text(encoding="utf-8"))
    for path in sorted((SCHEMAS / "examples").glob("*.json"))
}
CLEAN = [name for name, example in EXAMPLES.items() if example["expect"] == "clean"]
BROKEN = [name for name in EXAMPLES if name not in CLEAN]
RULES = load_rules(config_folder())
NOW = datetime(2024, 3, 5, tzinfo=UTC)


def record_of(name: str) -> RawRecord:
    """The example as a record: a JSON value, or bytes that are none."""
    example = EXAMPLES[name]
    if "value_base64" in example:
        value = base64.b64decode(example["value_base64"])
    else:
        value = json.dumps(example["record"], ensure_ascii=False).encode()
    return RawRecord("raw", 0, 7, 1709630000000, b"k", value)


def prepared(name: str) -> Prepared:
    result = process(record_of(name), RULES, Limits())
    assert isinstance(result, Prepared), result
    return result


def conforms(message: Message, schema: str) -> None:
    """By the file that others rely on, and by a library that did not write it."""
    published = json.loads((SCHEMAS / "json" / f"{schema}.schema.json").read_text(encoding="utf-8"))
    checker = jsonschema.Draft202012Validator(
        published, format_checker=jsonschema.Draft202012Validator.FORMAT_CHECKER
    )
    assert [error.message for error in checker.iter_errors(json.loads(message.value or b""))] == []


def test_there_are_examples_of_both_kinds() -> None:
    assert len(CLEAN) >= 6
    assert {EXAMPLES[name]["expect"] for name in BROKEN} >= {
        "schema", "not_json", "not_utf8", "empty", "no_text"
    }  # fmt: skip


@pytest.mark.parametrize("name", CLEAN)
def test_a_good_example_becomes_an_article_as_its_schema_says(name: str) -> None:
    first = Answer("new")
    conforms(message_of(Publish(prepared(name), first), record_of(name), NOW), "clean_article")
    older = Kept("x", 1, ("raw", 0, 1))
    second = Answer("new", version=2, other=older, relation=("contains", "y"), story_id="s")
    conforms(message_of(Publish(prepared(name), second), record_of(name), NOW), "clean_article")


@pytest.mark.parametrize("name", CLEAN)
def test_a_copy_of_a_good_example_becomes_a_duplicate_as_its_schema_says(name: str) -> None:
    copy = Answer("duplicate", kind="exact", similarity=1.0, other=Kept("x", 1, ("raw", 0, 1)))
    conforms(message_of(Duplicate(prepared(name), copy), record_of(name), NOW), "duplicate_article")


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_example_becomes_a_dead_letter_that_says_why(name: str) -> None:
    letter = process(record_of(name), RULES, Limits())
    assert isinstance(letter, DeadLetter)
    assert letter.code == EXAMPLES[name]["expect"]
    assert EXAMPLES[name].get("names", "") in letter.message
    message = message_of(letter, record_of(name), NOW)
    assert message.value == record_of(name).value
    told: dict[str, Any] = {key: (value or b"").decode() for key, value in message.headers}
    assert DeadLetterHeaders.model_validate(told).code == letter.code
