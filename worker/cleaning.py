"""`winnow clean`: the pipeline without claims, over files or standard input."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

import orjson

from worker.adapters import bounded
from worker.adapters.files import Input, bare_name, kind_of, readable, reading, records_of, wrapped
from worker.adapters.packaged import config_folder
from worker.adapters.rule_files import load_rules
from worker.bootstrap import limits_of
from worker.errors import InvalidRecord, UsageError
from worker.pipeline import Limits, article_of
from worker.ports import RawRecord
from worker.settings import Settings
from worker.stages.decode import read_json
from worker.text.rules import Rules

FORMATS = ("text", "html", "jsonl")
STDIN = Path("-")


def clean_inputs(settings: Settings, files: list[Path], form: str | None, out: BinaryIO) -> bool:
    """Writes one JSON line per input, in order; answers whether each held an article. Raises UsageError."""
    rules, limits = load_rules(config_folder(), settings.cleaning.line_model), limits_of(settings)
    all_found = True
    for record in raw_records(files, form):
        line, found = _cleaned(record, rules, limits)
        out.write(line + b"\n")
        all_found = all_found and found
    out.flush()
    return all_found


def raw_records(files: list[Path], form: str | None) -> Iterator[RawRecord]:
    """The raw records: JSON lines as they are, whole files wrapped, their names as keys; standard input
    where no file is named, or `-`. Raises UsageError, FatalError."""
    if form not in (None, *FORMATS):
        raise UsageError(f"--format {form}: it can be text, html or jsonl")
    for path in files or [STDIN]:
        if path == STDIN:
            yield from _records(sys.stdin.buffer, form or "text", None)
            continue
        kind = form or kind_of(path)
        if kind not in FORMATS:
            raise UsageError(_strange(path, kind))
        with reading(Input(path, kind)) as stream:
            yield from _records(stream, kind, readable(bare_name(path)))


def _strange(path: Path, kind: str | None) -> str:
    if path.is_dir() or kind:
        return f"{path}: `winnow run --local {path} --out DIR` reads folders, .json and .warc"
    if not path.exists():
        return f"{path}: no such file"
    return f"{path}: what is it? Name it .txt, .html or .jsonl, or say --format"


def _records(stream: BinaryIO, kind: str, name: str | None) -> Iterator[RawRecord]:
    if kind != "jsonl":
        key = name.encode() if name else None
        yield RawRecord("", 0, 0, 0, key, wrapped(bounded.whole(stream), kind, name))
        return
    for value in records_of(bounded.lines(stream)):
        yield RawRecord("", 0, 0, 0, None, value)


def _cleaned(record: RawRecord, rules: Rules, limits: Limits) -> tuple[bytes, bool]:
    try:
        article = article_of(record, rules, limits)
        return article.model_copy(update={"origin": None}).model_dump_json().encode(), True
    except InvalidRecord as error:
        told = {"stage": error.stage, "code": error.code, "message": error.message}
        return orjson.dumps({"id": _id_in(record), "error": told}), False


def _id_in(record: RawRecord) -> str | None:
    """The id of a record that could not be cleaned: its own if that can be read, else its file's name."""
    try:
        data = read_json(record.value or b"")
    except orjson.JSONDecodeError:
        return record.key.decode("utf-8", "replace") if record.key else None
    found = data.get("id") if isinstance(data, dict) else None
    return found if isinstance(found, str) else None
