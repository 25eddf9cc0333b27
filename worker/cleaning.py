"""`winnow clean`: the pipeline without claims, over files or standard input."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

import orjson

from worker.adapters.files import Input, bare_name, kind_of, reading, records_of, wrapped
from worker.adapters.rule_files import config_folder, load_rules
from worker.bootstrap import limits_of
from worker.errors import InvalidRecord, UsageError
from worker.pipeline import Limits, article_of
from worker.ports import RawRecord
from worker.settings import Settings
from worker.text.rules import Rules

FORMATS = ("text", "html", "jsonl")


def clean_inputs(settings: Settings, files: list[Path], form: str | None, out: BinaryIO) -> bool:
    """Writes one JSON line per input, in order; answers whether each held an article. Raises UsageError."""
    if form not in (None, *FORMATS):
        raise UsageError(f"--format {form}: it can be text, html or jsonl")
    rules, limits = load_rules(config_folder(), settings.cleaning.line_model), limits_of(settings)
    all_found = True
    for value in raw_values(files, form):
        line, found = _cleaned(value, rules, limits)
        out.write(line + b"\n")
        all_found = all_found and found
    out.flush()
    return all_found


def raw_values(files: list[Path], form: str | None) -> Iterator[bytes]:
    """The raw records: JSON lines as they are, whole files wrapped; standard input where no file is named."""
    if not files:
        yield from _records(sys.stdin.buffer, form or "text", None)
    for path in files:
        kind = form or kind_of(path)
        if kind not in FORMATS:
            raise UsageError(f"{path}: what is it? Name it .txt, .html or .jsonl, or say --format")
        with reading(Input(path, kind)) as stream:
            yield from _records(stream, kind, bare_name(path))


def _records(stream: BinaryIO, kind: str, name: str | None) -> Iterator[bytes]:
    if kind == "jsonl":
        yield from (line for line in records_of(stream) if line is not None)
    else:
        yield wrapped(stream.read(), kind, name)


def _cleaned(value: bytes, rules: Rules, limits: Limits) -> tuple[bytes, bool]:
    record = RawRecord("", 0, 0, 0, None, value)
    try:
        article, _ = article_of(record, rules, limits)
        return article.model_copy(update={"origin": None}).model_dump_json().encode(), True
    except InvalidRecord as error:
        told = {"stage": error.stage, "code": error.code, "message": error.message}
        return orjson.dumps({"id": _id_in(value), "error": told}), False


def _id_in(value: bytes) -> str | None:
    """The id of a record that could not be cleaned, if it can be read at all."""
    try:
        data = orjson.loads(value)
    except orjson.JSONDecodeError:
        return None
    found = data.get("id") if isinstance(data, dict) else None
    return found if isinstance(found, str) else None
