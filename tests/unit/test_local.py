"""The local broker: files in, JSON lines out, by the same runner as the worker's."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from rich.cells import cell_len
from rich.console import Console

from tests.world import World
from worker.adapters.files import inputs_of
from worker.adapters.local import LocalBroker
from worker.adapters.memory import MemoryKafka
from worker.errors import FatalError, UsageError
from worker.ops.progress import progress
from worker.ops.summary import print_summary
from worker.stopping import Stop

A = {"id": "a", "text": "one"}
ARTICLES = [A, {"id": "b", "text": "two"}, {"id": "copy", "text": "one"}]
BROKEN = b'{"id": "broken", \xff'


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """Two articles, a copy of the first, and a broken line, in two files."""
    folder = tmp_path / "in"
    folder.mkdir()
    lines = [json.dumps(article).encode() for article in ARTICLES]
    (folder / "1.jsonl").write_bytes(b"\n".join(lines[:2]))
    (folder / "2.jsonl").write_bytes(b"\n".join([lines[2], BROKEN]))
    return folder


def broker_over(source: Path, out: Path, force: bool = False, max_bytes: int = 1_000_000) -> LocalBroker:
    return LocalBroker(inputs_of([str(source)]), out, force, lambda records, size: None, max_bytes)


def run(broker: LocalBroker, stop: Stop | None = None) -> None:
    """The runner over this broker, until the input is used up."""
    world = World(MemoryKafka("raw", 1), max_batch=2)
    world.worker("local", lambda port, name: broker if name == "broker" else port, stop).run(True)


def lines(path: Path) -> Iterator[Any]:
    return (json.loads(line) for line in path.read_bytes().splitlines())


def test_each_record_ends_in_one_of_three_files(source: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    with broker_over(source, out) as broker:
        run(broker)
    assert sorted(path.name for path in out.iterdir()) == [
        "clean.jsonl",
        "dead-letters.jsonl",
        "duplicates.jsonl",
    ]
    assert [article["id"] for article in lines(out / "clean.jsonl")] == ["a", "b"]
    (copy,) = lines(out / "duplicates.jsonl")
    assert (copy["id"], copy["duplicate_of"], copy["kind"]) == ("copy", "a", "exact")
    assert copy["origin"] == {"topic": f"file:{source}/2.jsonl", "partition": 0, "offset": 0}
    (letter,) = lines(out / "dead-letters.jsonl")
    assert base64.b64decode(letter["value_base64"]) == BROKEN
    assert letter["key"] is None
    assert letter["headers"]["winnow.error.code"] == "not_json"
    assert letter["headers"]["winnow.origin.topic"] == f"file:{source}/2.jsonl"
    assert letter["headers"]["winnow.origin.offset"] == "1"


def test_a_batch_is_bounded_in_records_and_in_bytes(source: Path, tmp_path: Path) -> None:
    broker = broker_over(source, tmp_path / "out")
    assert len(broker.poll(0, 3).records) == 3
    assert not broker.caught_up(), "nothing of it is settled"
    assert len(broker.poll(0, 3).records) == 1
    assert broker.poll(0, 3).records == ()
    small = broker_over(source, tmp_path / "out2", max_bytes=1)
    assert len(small.poll(0, 3).records) == 1, "one record is let through, however large"


def test_a_run_that_is_stopped_leaves_partial_files_only(source: Path, tmp_path: Path) -> None:
    stop = Stop(drain_s=5)
    stop.request()
    with broker_over(source, tmp_path / "out") as broker:
        run(broker, stop)
    assert all(path.name.endswith(".partial") for path in (tmp_path / "out").iterdir())


def test_a_run_that_fails_leaves_partial_files_only(source: Path, tmp_path: Path) -> None:
    (source / "3.jsonl.gz").write_bytes(b"this is not gzip")
    with pytest.raises(FatalError, match=r"3\.jsonl\.gz"), broker_over(source, tmp_path / "out") as broker:
        run(broker)
    assert all(path.name.endswith(".partial") for path in (tmp_path / "out").iterdir())


def test_two_runs_do_not_write_into_one_folder(source: Path, tmp_path: Path) -> None:
    first, second = (broker_over(source, tmp_path / "out", force) for force in (False, True))
    with first:
        with pytest.raises(UsageError, match="another run writes into it"), second:
            pass
        run(first)
    assert [article["id"] for article in lines(tmp_path / "out/clean.jsonl")] == ["a", "b"]


def test_a_folder_that_holds_something_needs_force(source: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    for force in (False, True):
        with broker_over(source, out, force) as broker:
            run(broker)
    with pytest.raises(UsageError, match="--force"):
        broker_over(source, out)
    assert [article["id"] for article in lines(out / "clean.jsonl")] == ["a", "b"]
    with pytest.raises(UsageError, match="is no folder"):
        broker_over(source, source / "1.jsonl")


def test_the_output_never_overwrites_the_input(source: Path) -> None:
    # Given an earlier output that is the input now
    (source / "1.jsonl").rename(source / "clean.jsonl")
    with pytest.raises(UsageError, match="name another folder"):
        broker_over(source, source, force=True)
    assert (source / "clean.jsonl").exists()


def test_a_full_disk_is_one_clear_line(source: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    out.mkdir()
    (out / "clean.jsonl.partial").symlink_to("/dev/full")
    with (
        pytest.raises(FatalError, match=f"cannot write to {out}: No space left on device"),
        broker_over(source, out, force=True) as broker,
    ):
        run(broker)
    assert not (out / "clean.jsonl").exists()


# --------------------------------------------------------------------------------------------- what is shown


def cut(kind: str, rule: str, text: str, line: int = 1) -> dict[str, Any]:
    return {"kind": kind, "rule": rule, "text": text, "line": line}


def shown(out: Path, width: int = 80, **more: Any) -> tuple[str, bool]:
    console = Console(file=StringIO(), width=width)
    all_clean = print_summary(console, out, **more)
    return console.file.getvalue(), all_clean  # type: ignore[attr-defined]


@pytest.fixture
def finished(tmp_path: Path) -> Path:
    """The output of a run: an article with removed lines, and nothing else."""
    removed = [
        cut("counter", "common.counter", "47"),
        cut("related", "ar.related", "مواضيع ذات صلة"),
        cut("related", "ar.related", "حملة لتنظيف الشاطئ"),
        cut("share_footer", "en.share", "Share " * 40),
    ]
    article = {"id": "harbour", "version": 2, "removed": removed}
    (tmp_path / "clean.jsonl").write_text(json.dumps(article) + "\n", encoding="utf-8")
    for name in ("duplicates.jsonl", "dead-letters.jsonl"):
        (tmp_path / name).write_text("", encoding="utf-8")
    return tmp_path


def test_the_summary_says_what_each_rule_removed_within_eighty_columns(finished: Path) -> None:
    text, all_clean = shown(finished)
    rows = [line.split() for line in text.splitlines()]
    assert ["harbour", "v2", "counter", "common.counter", "1", "47"] in rows
    assert any(row[:3] == ["related", "ar.related", "2"] for row in rows), "two lines by one rule: one row"
    assert max(cell_len(line.rstrip()) for line in text.splitlines()) <= 80
    assert ["lines", "removed", "4", "related", "2,", "counter", "1,", "share_footer", "1"] in rows
    assert all_clean


def test_right_to_left_text_does_not_turn_its_row_around(finished: Path) -> None:
    text, _ = shown(finished)
    (row,) = [line for line in text.splitlines() if "ar.related" in line]
    assert row.rstrip().endswith("\u2068مواضيع ذات صلة\u2069")
    (row,) = [line for line in text.splitlines() if "en.share" in line]
    assert "\u2068" not in row
    narrow, _ = shown(finished, width=72)
    for line in narrow.splitlines():
        assert line.count("\u2068") == line.count("\u2069"), "what is cut off is closed all the same"


def test_nothing_of_an_article_gives_the_terminal_orders_or_is_taken_for_markup(finished: Path) -> None:
    removed = [cut("counter", "common.counter", "[/x] \x1b[2J")]
    articles = [{"id": f"[/{n}]\x1b[31m", "version": 1, "removed": removed * n} for n in range(2)]
    (finished / "clean.jsonl").write_text("\n".join(map(json.dumps, articles)) + "\n", encoding="utf-8")
    copy = {"id": "[red]\x1b]0;", "kind": "exact", "duplicate_of": "\x9b31m"}
    (finished / "duplicates.jsonl").write_text(json.dumps(copy) + "\n", encoding="utf-8")
    text, _ = shown(finished)
    assert "[/1]�[31m" in text
    assert "[red]" in text
    assert not {"\x1b", "\x9b"} & set(text)


def test_the_summary_names_copies_dead_letters_and_what_was_passed_over(finished: Path) -> None:
    copy = {"id": "copy", "kind": "exact", "duplicate_of": "harbour"}
    (finished / "duplicates.jsonl").write_text(json.dumps(copy) + "\n", encoding="utf-8")
    headers = {
        "winnow.error.code": "schema",
        "winnow.error.message": "text: no string",
        "winnow.origin.topic": "file:a.jsonl",
        "winnow.origin.offset": "7",
    }
    letter = {"key": None, "value_base64": "", "headers": headers}
    (finished / "dead-letters.jsonl").write_text(json.dumps(letter) + "\n", encoding="utf-8")
    text, all_clean = shown(finished, passed_over={"not HTML": 12})
    assert "exact: copy, kept is harbour" in text
    assert "schema: a.jsonl#7: text: no string" in text
    assert "3  raw records (passed over: not HTML 12)" in text
    assert not all_clean


def test_progress_is_a_plain_line_now_and_then_where_there_is_no_terminal(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    now = [0.0]
    monkeypatch.setattr("worker.ops.progress.time.monotonic", lambda: now[0])
    console = Console(file=StringIO(), width=80)
    with progress(console, "loading", 1000) as told:
        for second in range(12):
            now[0] = float(second)
            told(second * 100, second * 80)
    assert console.file.getvalue().splitlines() == [  # type: ignore[attr-defined]
        "loading: 500 records, 40 % of the input",
        "loading: 1,000 records, 80 % of the input",
    ]
