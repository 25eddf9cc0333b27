"""The JSON Schema of each record: written to files, and compared with files that others rely on."""

from __future__ import annotations

import json
from importlib.resources import files
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from schemas import CleanArticle, DeadLetterHeaders, DuplicateArticle, RawArticle
from worker.errors import FatalError, UsageError
from worker.ops.schema_changes import changes

RECORDS: dict[str, type[BaseModel]] = {
    "raw_article": RawArticle,
    "clean_article": CleanArticle,
    "duplicate_article": DuplicateArticle,
    "dead_letter_headers": DeadLetterHeaders,
}
READ = ("raw_article",)
"""Records that others write: there a new required field breaks; in ours, a field that goes."""


def published() -> Path:
    """The folder of schemas that came with Winnow."""
    return Path(str(files("schemas"))) / "json"


def schema_of(name: str) -> dict[str, Any]:
    """The schema as it stands on the wire.

    Records of ours may get new fields, and who checks them against an older schema must not stumble over
    that: theirs are open, although the models that write them are closed.
    """
    mode = "validation" if name in READ else "serialization"
    schema = RECORDS[name].model_json_schema(mode=mode, by_alias=True)  # type: ignore[arg-type]
    for one in (schema, *schema.get("$defs", {}).values()):
        if one.get("additionalProperties") is False:
            del one["additionalProperties"]
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}


def export(folder: Path, force: bool = False) -> list[Path]:
    """Writes one file per record; answers their paths.

    Raises FatalError where a file there is not compatible with what would be written, unless `force`.
    """
    if not force and (breaking := check(folder, may_miss=True)[1]):
        raise FatalError(f"{folder} holds schemas that this would break (--force): {'; '.join(breaking)}")
    folder.mkdir(parents=True, exist_ok=True)
    for name in RECORDS:
        text = json.dumps(schema_of(name), indent=2, ensure_ascii=False) + "\n"
        _file(folder, name).write_text(text, encoding="utf-8")
    return [_file(folder, name) for name in RECORDS]


def check(folder: Path, may_miss: bool = False) -> tuple[list[str], list[str]]:
    """Changes against the files of a folder: compatible ones, and those that break a reader or a writer.

    Raises UsageError where a file is no schema, or is missing and `may_miss` is not set.
    """
    compatible: list[str] = []
    breaking: list[str] = []
    for name in RECORDS:
        path = _file(folder, name)
        if may_miss and not path.exists():
            continue
        before = _read(path)
        try:
            found = list(changes(before, schema_of(name), name in READ, name))
        except (AttributeError, TypeError):  # a list, a number … where a schema has an object or a word
            raise UsageError(f"{path} is no JSON Schema like those that Winnow writes") from None
        for breaks, change in found:
            (breaking if breaks else compatible).append(change)
    return compatible, breaking


def _file(folder: Path, name: str) -> Path:
    return folder / f"{name}.schema.json"


def _read(path: Path) -> dict[str, Any]:
    try:
        schema = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise UsageError(f"{path}: {error.strerror}") from None
    except (ValueError, RecursionError) as error:
        raise UsageError(f"{path} is not JSON: {error}") from None
    if not isinstance(schema, dict):
        raise UsageError(f"{path} is no JSON Schema")
    return schema
