"""`winnow clean`: what it says of inputs that hold no article, and of an output that takes no more."""

from __future__ import annotations

import json
import subprocess
import sys
from io import BytesIO
from pathlib import Path

import pytest

from worker.cleaning import clean_inputs
from worker.errors import UsageError
from worker.settings import Settings

TEXT = "The bridge over the river Lark reopened on Monday after eleven months of repairs, the council said.\n"


def cleaned(*files: Path) -> list[dict[str, object]]:
    out = BytesIO()
    clean_inputs(Settings(), list(files), None, out)
    return [json.loads(line) for line in out.getvalue().splitlines()]


def test_an_input_without_an_article_is_named_by_its_file(tmp_path: Path) -> None:
    (tmp_path / "noise.txt").write_bytes(bytes(range(256)) * 20)
    (found,) = cleaned(tmp_path / "noise.txt")
    assert found == {
        "id": "noise",
        "error": {"stage": "decode", "code": "not_utf8", "message": "byte 128 is not UTF-8"},
    }


def test_a_text_without_a_single_letter_is_no_article(tmp_path: Path) -> None:
    (tmp_path / "zeros.txt").write_bytes(b"\0" * 500)
    (found,) = cleaned(tmp_path / "zeros.txt")
    assert found["error"] == {"stage": "clean", "code": "no_text", "message": "not one letter or digit"}


def test_a_carriage_return_within_a_line_parts_the_words_beside_it(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_bytes(TEXT.strip().replace(" after ", "\rafter ").encode() + b"\r\n")
    (found,) = cleaned(tmp_path / "a.txt")
    assert found["text"] == TEXT.strip()


def test_a_record_behind_a_byte_order_mark_keeps_its_id(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_bytes(b'\xef\xbb\xbf{"id": "first", "text": 5}\n')
    (found,) = cleaned(tmp_path / "a.jsonl")
    assert found["id"] == "first"


def test_folders_archives_and_missing_files_are_told_apart(tmp_path: Path) -> None:
    (tmp_path / "a.warc").write_bytes(b"")
    for path, told in (
        (tmp_path, "reads folders"), (tmp_path / "a.warc", ".warc"), (tmp_path / "b.docx", "no such file"),
    ):  # fmt: skip
        with pytest.raises(UsageError, match=told):
            cleaned(path)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full here")
def test_a_full_disk_is_one_line_and_exit_code_1() -> None:
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(
            [sys.executable, "-m", "worker.cli", "clean", "-"],
            input=TEXT.encode(), stdout=full, stderr=subprocess.PIPE, check=False,
        )  # fmt: skip
    assert done.returncode == 1
    assert done.stderr.decode().startswith("winnow: ")
    assert done.stderr.count(b"\n") == 1


@pytest.mark.parametrize("closed", ["<&-", ">&-"])
def test_a_closed_stream_is_one_line_and_exit_code_1(closed: str) -> None:
    done = subprocess.run(
        ["/bin/sh", "-c", f'exec "$0" -m worker.cli clean - {closed}', sys.executable],
        input=TEXT.encode(), capture_output=True, check=False,
    )  # fmt: skip
    assert done.returncode == 1
    assert done.stderr.decode() == "winnow: Bad file descriptor\n"
