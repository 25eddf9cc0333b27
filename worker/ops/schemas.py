"""The JSON Schema of each record: written to files, and compared with files that others rely on."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from schemas import CleanArticle, DeadLetterHeaders, DuplicateArticle, RawArticle
from worker.errors import UsageError

RECORDS: dict[str, type[BaseModel]] = {
    "raw_article": RawArticle,
    "clean_article": CleanArticle,
    "duplicate_article": DuplicateArticle,
    "dead_letter_headers": DeadLetterHeaders,
}
READ = ("raw_article",)
"""Records that others write: there a new required field breaks; in ours, a field that goes."""


def schema_of(name: str) -> dict[str, Any]:
    """The schema as it stands on the wire."""
    mode = "validation" if name in READ else "serialization"
    schema = RECORDS[name].model_json_schema(mode=mode, by_alias=True)  # type: ignore[arg-type]
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}


def export(folder: Path) -> list[Path]:
    """Writes one file per record; answers their paths."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    for name in RECORDS:
        paths.append(folder / f"{name}.schema.json")
        paths[-1].write_text(
            json.dumps(schema_of(name), indent=2, ensure_ascii=False) + "\n", encoding="utf-8"
        )
    return paths


def check(folder: Path) -> tuple[list[str], list[str]]:
    """Changes against the files of a folder: compatible ones, and those that break a reader or a writer.

    Raises UsageError where a file is missing.
    """
    compatible: list[str] = []
    breaking: list[str] = []
    for name in RECORDS:
        path = folder / f"{name}.schema.json"
        try:
            before = json.loads(path.read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise UsageError(f"{path}: {error}") from None
        for breaks, change in _changes(before, schema_of(name), name in READ, name):
            (breaking if breaks else compatible).append(change)
    return compatible, breaking


def _changes(before: Any, after: Any, read: bool, where: str) -> Iterator[tuple[bool, str]]:
    """Differences of two schemas with whether each breaks somebody: walked by name, definitions included."""
    old, new = before.get("properties", {}), after.get("properties", {})
    for name in old.keys() - new.keys():
        yield True, f"{where}.{name} is gone"
    for name in new.keys() - old.keys():
        yield name in after.get("required", []) and read, f"{where}.{name} is new"
    for name in old.keys() & new.keys():
        if _meaning(old[name]) != _meaning(new[name]):
            yield not _widened(old[name], new[name], read), f"{where}.{name} has another type"
    was, now = set(before.get("required", [])), set(after.get("required", []))
    for name in (now - was) & old.keys():
        yield read, f"{where}.{name} is required now"
    for name in (was - now) & new.keys():
        yield not read, f"{where}.{name} is optional now"
    for name, definition in before.get("$defs", {}).items():
        if name in after.get("$defs", {}):
            yield from _changes(definition, after["$defs"][name], read, f"{where}.{name}")


def _meaning(schema: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in schema.items() if key not in ("description", "title", "default")}


def _widened(old: dict[str, Any], new: dict[str, Any], read: bool) -> bool:
    """A reader may take more kinds of values than before, a writer may write fewer; nothing else is safe."""
    was, now = _alternatives(old), _alternatives(new)
    return was <= now if read else now <= was


def _alternatives(schema: dict[str, Any]) -> set[str]:
    options = schema.get("anyOf", [schema])
    values = schema.get("enum")
    return (
        {json.dumps(v) for v in values}
        if values
        else {json.dumps(_meaning(o), sort_keys=True) for o in options}
    )
