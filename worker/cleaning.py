"""`winnow clean`: the pipeline without claims, over files or standard input."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import BinaryIO

import orjson

from worker.adapters.rule_files import load_rules
from worker.bootstrap import limits_of, rules_folder
from worker.errors import InvalidRecord, UsageError
from worker.pipeline import Limits, article_of
from worker.ports import RawRecord
from worker.settings import Settings
from worker.text.rules import Rules

FORMATS = {".txt": "text", ".html": "html", ".htm": "html", ".jsonl": "jsonl", ".ndjson": "jsonl"}


def clean_inputs(settings: Settings, files: list[Path], form: str | None, out: BinaryIO) -> bool:
    """Writes one JSON line per input, in order; answers whether each held an article. Raises UsageError."""
    if form not in (None, "text", "html", "jsonl"):
        raise UsageError(f"--format {form}: it can be text, html or jsonl")
    rules, limits = load_rules(rules_folder()), limits_of(settings)
    all_found = True
    for value in _values(files, form):
        line, found = _cleaned(value, rules, limits)
        out.write(line + b"\n")
        all_found = all_found and found
    out.flush()
    return all_found


def _values(files: list[Path], form: str | None) -> Iterator[bytes]:
    """The raw records: lines of JSONL as they are, whole files wrapped."""
    if not files:
        yield from _records(sys.stdin.buffer, form or "text", None)
    for path in files:
        kind = form or FORMATS.get(path.suffix.lower())
        if kind is None:
            raise UsageError(f"{path}: what is it? Name it .txt, .html or .jsonl, or say --format")
        try:
            with path.open("rb") as stream:
                yield from _records(stream, kind, path.stem)
        except OSError as error:
            raise UsageError(f"{path}: {error.strerror}") from None


def _records(stream: BinaryIO, kind: str, name: str | None) -> Iterator[bytes]:
    if kind == "jsonl":
        yield from (line for line in _lines(stream) if line.strip())
        return
    content = stream.read()
    # Bytes that are no UTF-8 would not survive in JSON: a page is read as browsers do, text must be right.
    text = content.decode("utf-8", "replace" if kind == "html" else "surrogateescape")
    try:
        yield orjson.dumps({"id": name, kind: text})
    except orjson.JSONEncodeError:
        yield content if content else b"{}"


def _lines(stream: BinaryIO) -> Iterable[bytes]:
    return (line.rstrip(b"\r\n") for line in stream)


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
