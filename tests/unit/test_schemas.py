"""The schemas on file are those of the models, and a change that breaks somebody is noticed."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from worker.errors import FatalError, UsageError
from worker.ops.schema_changes import covers
from worker.ops.schemas import RECORDS, check, export, published, schema_of

Schema = dict[str, Any]


@pytest.mark.parametrize("name", RECORDS)
def test_a_schema_on_file_is_that_of_its_model(name: str) -> None:
    on_file = json.loads((published() / f"{name}.schema.json").read_text(encoding="utf-8"))
    assert on_file == schema_of(name), "make schemas"
    jsonschema.Draft202012Validator.check_schema(on_file)


def test_nothing_has_changed_against_the_files() -> None:
    assert check(published()) == ([], [])


def edited(folder: Path, name: str, edit: Callable[[Schema], object]) -> Path:
    """A folder as an earlier release left it: one schema was different then."""
    export(folder)
    path = folder / f"{name}.schema.json"
    schema = json.loads(path.read_text(encoding="utf-8"))
    edit(schema)
    path.write_text(json.dumps(schema), encoding="utf-8")
    return folder


BREAKING: list[tuple[str, str, Callable[[Schema], object]]] = [
    (
        "raw_article.priority is gone",
        "raw_article",
        lambda was: was["properties"].update(priority={"type": "integer"}),
    ),
    (
        "clean_article.priority is gone",
        "clean_article",
        lambda was: was["properties"].update(priority={"type": "integer"}),
    ),
    (
        "raw_article.text takes other values",  # anything then, strings now
        "raw_article",
        lambda was: was["properties"].update(text={}),
    ),
    (
        "raw_article.id takes other values",  # longer ones then
        "raw_article",
        lambda was: was["properties"]["id"]["anyOf"][0].update(maxLength=4096),
    ),
    (
        "clean_article.word_count takes other values",  # never null then
        "clean_article",
        lambda was: (
            was["properties"]["version"]["anyOf"].pop()
            and was["properties"].update(word_count={"type": "string"})
        ),
    ),
    (
        "clean_article.RemovedLine.kind takes other values",  # readers did not know this kind
        "clean_article",
        lambda was: was["$defs"]["RemovedLine"]["properties"]["kind"]["enum"].remove("learned"),
    ),
    (
        "dead_letter_headers.winnow.value.bytes is optional now",
        "dead_letter_headers",
        lambda was: was["required"].append("winnow.value.bytes"),
    ),
]
COMPATIBLE: list[tuple[str, str, Callable[[Schema], object]]] = [
    ("raw_article.metadata is new", "raw_article", lambda was: was["properties"].pop("metadata")),
    (
        "raw_article.language takes other values",  # shorter ones only then
        "raw_article",
        lambda was: was["properties"]["language"]["anyOf"][0].update(maxLength=8),
    ),
    (
        "raw_article.url takes other values",  # null was not possible then
        "raw_article",
        lambda was: was["properties"].update(url={"type": "string"}),
    ),
    ("raw_article.id is optional now", "raw_article", lambda was: was.update(required=["id"])),
    (
        "clean_article.hashtags is new and required",
        "clean_article",
        lambda was: (was["properties"].pop("hashtags"), was["required"].remove("hashtags")),
    ),
    (
        "clean_article.RemovedLine.kind takes other values",  # one kind less now
        "clean_article",
        lambda was: was["$defs"]["RemovedLine"]["properties"]["kind"]["enum"].append("popup"),
    ),
    (
        "duplicate_article.similarity takes other values",  # now within 0 and 1
        "duplicate_article",
        lambda was: was["properties"].update(similarity={"type": "number"}),
    ),
]


@pytest.mark.parametrize(("said", "name", "edit"), BREAKING, ids=[one[0] for one in BREAKING])
def test_a_change_that_breaks_somebody_fails(
    tmp_path: Path, said: str, name: str, edit: Callable[[Schema], object]
) -> None:
    assert said in check(edited(tmp_path, name, edit))[1]


@pytest.mark.parametrize(("said", "name", "edit"), COMPATIBLE, ids=[one[0] for one in COMPATIBLE])
def test_a_change_that_breaks_nobody_is_told_and_passes(
    tmp_path: Path, said: str, name: str, edit: Callable[[Schema], object]
) -> None:
    assert check(edited(tmp_path, name, edit)) == ([said], [])


def test_a_new_required_field_breaks_those_who_write_the_record(tmp_path: Path) -> None:
    from worker.ops.schema_changes import changes

    before = {"properties": {"a": {"type": "string"}}}
    after = {"properties": {"a": {"type": "string"}, "b": {"type": "string"}}, "required": ["b"]}
    assert list(changes(before, after, True, "raw")) == [(True, "raw.b is new and required")]
    assert list(changes(before, after, False, "clean")) == [(False, "clean.b is new and required")]


def test_what_was_incompatible_is_overwritten_only_when_told(tmp_path: Path) -> None:
    folder = edited(tmp_path, "clean_article", BREAKING[1][2])
    with pytest.raises(FatalError, match="priority is gone"):
        export(folder)
    export(folder, force=True)
    assert check(folder) == ([], [])


def test_a_missing_or_broken_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"raw_article\.schema\.json"):
        check(tmp_path)
    export(tmp_path)
    (tmp_path / "clean_article.schema.json").write_text("{")
    with pytest.raises(UsageError, match=r"clean_article\.schema\.json is not JSON"):
        check(tmp_path)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("[" * 100_000, "is not JSON"),
        ("9" * 5000, "is not JSON"),
        ("[]", "is no JSON Schema"),
        ('{"properties": []}', "is no JSON Schema"),
        ('{"properties": {"id": []}}', "is no JSON Schema"),
        ('{"properties": {"id": {"anyOf": [1]}}}', "is no JSON Schema"),
        ('{"properties": {"id": {"type": ["string", "null"]}}}', "is no JSON Schema"),
        ('{"required": 5}', "is no JSON Schema"),
        ('{"$defs": {"Origin": []}}', "is no JSON Schema"),
    ],
    ids=lambda value: value[:60],
)
def test_a_file_that_is_no_schema_is_named(tmp_path: Path, content: str, said: str) -> None:
    export(tmp_path)
    (tmp_path / "clean_article.schema.json").write_text(content)
    with pytest.raises(UsageError, match=rf"clean_article\.schema\.json {said}"):
        check(tmp_path)


@pytest.mark.parametrize(
    ("wide", "narrow", "holds"),
    [
        ({"type": "number"}, {"type": "integer"}, True),
        ({"type": "integer"}, {"type": "number"}, False),
        ({}, {"type": "string"}, True),
        ({"type": "string"}, {}, False),
        ({"type": "string"}, {"enum": ["a"], "type": "string"}, True),
        ({"enum": ["a", "b"]}, {"const": "a"}, True),
        ({"const": 1}, {"const": 2}, False),
        ({"type": "integer", "minimum": 0}, {"type": "integer", "minimum": 1}, True),
        ({"type": "integer", "minimum": 0}, {"type": "integer"}, False),
        ({"type": "string", "pattern": "^a"}, {"type": "string"}, False),
        ({"type": "array", "items": {"type": "number"}}, {"type": "array", "items": {"const": 5}}, False),
        ({"type": "array", "items": {"type": "string"}}, {"type": "array"}, False),
        ({"anyOf": [{"type": "null"}, {"type": "string"}]}, {"type": "string"}, True),
        ({"$ref": "#/$defs/A"}, {"$ref": "#/$defs/A"}, True),
        ({"$ref": "#/$defs/A"}, {"$ref": "#/$defs/B"}, False),
    ],
)  # fmt: skip
def test_one_schema_covers_another_when_it_accepts_whatever_that_one_accepts(
    wide: Schema, narrow: Schema, holds: bool
) -> None:
    assert covers(wide, narrow) is holds
