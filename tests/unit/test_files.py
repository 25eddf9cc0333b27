"""Files in: what is read, what a record's value is, and what is said when something is wrong."""

from __future__ import annotations

import gzip
import json
import os
import threading
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from worker.adapters import bounded
from worker.adapters.charsets import page_text
from worker.adapters.files import RawValue, inputs_of, lines_as_they_come, read_all
from worker.cleaning import raw_records
from worker.errors import FatalError, UsageError
from worker.ports import RawRecord
from worker.stages.decode import decode


def read(*paths: Path | str, passed_over: Counter[str] | None = None) -> list[RawValue]:
    found = read_all(inputs_of([str(path) for path in paths]), passed_over)
    return [value for value in found if value is not None]


def values(*paths: Path | str) -> list[bytes]:
    return [one.value for one in read(*paths)]


def only(*paths: Path | str) -> dict[str, str]:
    """The one article in these inputs."""
    (value,) = values(*paths)
    article: dict[str, str] = json.loads(value)
    return article


def test_json_lines_keep_their_bytes_whatever_they_hold(tmp_path: Path) -> None:
    lines = [b'{"id":  "a"}', b"not json \xff\x00", b'  {"text": "x"} ', '{"text": "\u2028"}'.encode()]
    path = tmp_path / "a.jsonl"
    path.write_bytes(b"\n".join([lines[0], b"", b"   ", lines[1], lines[2] + b"\r", lines[3]]))
    found = read(path)
    assert [one.value for one in found] == lines
    assert [one.index for one in found] == [0, 1, 2, 3], "blank lines are no records"
    assert {one.source.name for one in found} == {f"file:{path}"}
    assert found[-1].bytes_done == path.stat().st_size
    assert found[0].source.mtime_ms == path.stat().st_mtime_ns // 1_000_000


@pytest.mark.parametrize("name", ["a.txt", "a.html", "a.htm", "a.json", "a.jsonl", "a.ndjson"])
def test_every_kind_of_file_can_be_gzipped(tmp_path: Path, name: str) -> None:
    content = b'{"id": "a", "text": "Gr\xc3\xbc\xc3\x9fe"}'
    (tmp_path / name).write_bytes(content)
    (tmp_path / "zipped").mkdir()
    (tmp_path / "zipped" / f"{name}.gz").write_bytes(gzip.compress(content))
    assert values(tmp_path / name) == values(tmp_path / "zipped" / f"{name}.gz") != []


def test_a_file_name_that_is_not_utf8_is_spelled_out(tmp_path: Path) -> None:
    path = tmp_path / os.fsdecode(b"caf\xe9.txt")
    path.write_text("News of the day")
    (found,) = read(path)
    assert json.loads(found.value)["id"] == r"caf\xe9"
    assert found.source.name == rf"file:{tmp_path}/caf\xe9.txt"
    assert [json.loads(one.value or b"")["id"] for one in raw_records([path], None)] == [r"caf\xe9"]


def test_a_text_or_a_page_becomes_an_article_named_after_its_file(tmp_path: Path) -> None:
    (tmp_path / "news.2024.txt").write_text("\ufeffZeile eins\nZeile zwei\n", encoding="utf-8")
    (tmp_path / "page.html.gz").write_bytes(gzip.compress("<p>Grüße</p>".encode()))
    assert only(tmp_path / "news.2024.txt") == {"id": "news.2024", "text": "Zeile eins\nZeile zwei\n"}
    assert only(tmp_path / "page.html.gz") == {"id": "page", "html": "<p>Grüße</p>"}


def test_files_of_one_name_in_two_folders_are_two_articles(tmp_path: Path) -> None:
    for place in ("b", "a/deep"):
        (tmp_path / place).mkdir(parents=True)
        (tmp_path / place / "index.html").write_text("<p>x</p>", encoding="utf-8")
    (tmp_path / "notes.md").write_text("not read", encoding="utf-8")
    found = [json.loads(value)["id"] for value in values(tmp_path)]
    assert found == ["a/deep/index", "b/index"], "and folders are walked in sorted order"


NEWS = {
    "cp1256": "افتتحت البلدية يوم أمس مكتبة عامة جديدة في حي الزيتون بعد سنتين من العمل المتواصل. ",
    "cp1251": "Городской совет в понедельник открыл мост через реку после года ремонта, сообщила мэрия. ",
    "cp1255": "העירייה פתחה ביום שני את הגשר מעל הנחל לאחר אחד עשר חודשי תיקונים, כך נמסר. ",
    "gb18030": "市政府周一宣布，经过十一个月的维修，河上的大桥重新开放。",
}


@pytest.mark.parametrize("charset", NEWS)
def test_news_in_another_script_that_declares_no_encoding_are_read_all_the_same(
    tmp_path: Path, charset: str
) -> None:
    (tmp_path / "a.txt").write_bytes((NEWS[charset] * 5).encode(charset))
    assert json.loads(values(tmp_path)[0])["text"] == NEWS[charset] * 5
    page = f"<html><body><p>{NEWS[charset] * 5}</p></body></html>"
    assert page_text(page.encode(charset)) == page


def test_a_text_with_the_mark_of_utf16_is_read_as_that(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_bytes("\ufeffمرحبا".encode("utf-16-le"))
    assert json.loads(values(tmp_path)[0])["text"] == "مرحبا"


def test_utf8_that_was_cut_amid_a_letter_is_still_utf8() -> None:
    assert page_text(NEWS["cp1251"].encode()[:-3]) == NEWS["cp1251"][:-3] + "\ufffd"


def test_a_text_that_is_not_utf8_ends_as_a_dead_letter_that_says_so(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_bytes("مرحبا".encode("cp1256"))
    (value,) = values(tmp_path / "a.txt")
    assert value == "مرحبا".encode("cp1256"), "the bytes are passed on as they are"
    with pytest.raises(Exception, match="decode/not_utf8"):
        decode(RawRecord("raw", 0, 0, 0, None, value))


WORDS = "مرحبا بكم في المدينة"


@pytest.mark.parametrize(
    ("content", "said", "text"),
    [
        ('<meta charset="windows-1256">' + WORDS, None, "cp1256"),
        ("<META content='text/html; charset=windows-1256'>" + WORDS, None, "cp1256"),
        ('<?xml version="1.0" encoding="windows-1256"?>' + WORDS, None, "cp1256"),
        (WORDS, "windows-1256", "cp1256"),
        ('<meta charset="iso-8859-6">' + WORDS, "windows-1256", "cp1256"),
        ('<meta charset="windows-1256">' + WORDS, None, "utf-8"),
        ('<meta charset="iso-8859-1">l’œuvre – “citée”', None, "cp1252"),
        ('<meta charset="gb2312">新闻", "镕', None, "gb18030"),
        ('<meta charset="iso-2022-jp">新聞', None, "iso2022_jp"),
        ("\ufeff" + WORDS, None, "utf-16-le"),
        ("\ufeff" + WORDS, "windows-1256", "utf-8"),
    ],
)
def test_a_page_is_read_in_the_encoding_that_browsers_would_take(
    content: str, said: str | None, text: str
) -> None:
    assert page_text(content.encode(text), said) == content.removeprefix("\ufeff")


@pytest.mark.parametrize("name", ["idna", "unicode_escape", "zip", "no-such-charset", "\ufffd", "utf-16"])
def test_a_declared_encoding_that_no_page_has_is_passed_over(name: str) -> None:
    page = f'<meta charset="{name}">Grüße \\n'.encode()
    assert page_text(page) == page.decode()
    assert page_text(page + b"\xff").endswith("\ufffd"), "bytes that are no UTF-8 are replaced, not lost"


def test_a_format_that_does_not_exist_is_named(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("News of the day")
    with pytest.raises(UsageError, match="--format xml: it can be text, html or jsonl"):
        next(raw_records([tmp_path / "a.txt"], "xml"))


def test_inputs_that_are_not_there_or_of_no_known_kind_are_named(tmp_path: Path) -> None:
    (tmp_path / "a.pdf").write_bytes(b"x")
    (tmp_path / "empty").mkdir()
    for path, reason in [
        (tmp_path / "missing.txt", "no such file or folder"),
        (tmp_path / "a.pdf", "what is it"),
        (tmp_path / "empty", "nothing to read"),
    ]:
        with pytest.raises(UsageError, match=reason) as told:
            inputs_of([str(path)])
        assert str(path) in str(told.value)
        assert ".jsonl" in str(told.value), "and what is accepted"


def test_a_link_to_an_article_that_is_gone_is_named_not_passed_over(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("News of the day")
    (tmp_path / "b.txt").symlink_to(tmp_path / "gone.txt")
    with pytest.raises(UsageError, match=r"b\.txt: No such file"):
        inputs_of([str(tmp_path)])


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("cut-off.jsonl.gz", gzip.compress(os.urandom(100_000).hex().encode())[:-1000]),
        ("no-gzip.jsonl.gz", b"this is not gzip"),
        ("damaged.txt.gz", gzip.compress(b"x" * 1000)[:12] + b"\xff" * 20),
    ],
)
def test_a_broken_archive_is_an_error_that_names_it(tmp_path: Path, name: str, content: bytes) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(FatalError, match=f"file:.*{name} cannot be read to its end"):
        values(tmp_path)


def test_a_name_that_is_empty_is_not_this_folder() -> None:
    with pytest.raises(UsageError, match="without a name"):
        inputs_of([""])


@pytest.mark.parametrize("name", ["bomb.txt.gz", "bomb.html", "bomb.json", "bomb.jsonl.gz"])
def test_what_unfolds_to_more_than_a_record_can_be_ends_in_an_error_not_in_memory(
    tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bounded, "MAX_RECORD_BYTES", 1024**2)
    bomb = bytes(1024**2)
    for content in (bomb, bomb + b"\0"):
        (tmp_path / name).write_bytes(gzip.compress(content) if name.endswith(".gz") else content)
        if content == bomb:
            assert len(values(tmp_path)) == 1
    with pytest.raises(FatalError, match=f"{name} cannot be read to its end: a record of more than 1 MiB"):
        values(tmp_path)


# --------------------------------------------------------------------------------------------- a pipe


@pytest.fixture
def pipe() -> Iterator[tuple[int, int]]:
    ends = os.pipe()
    yield ends
    for end in ends:
        try:
            os.close(end)
        except OSError:
            continue


def test_a_silent_pipe_gives_its_reader_a_chance_to_stop(pipe: tuple[int, int]) -> None:
    out, into = pipe
    lines = lines_as_they_come(out)
    os.write(into, b"one\ntw")
    assert next(lines) == b"one"
    assert next(lines) is None, "half a line is no line, and nothing more comes"
    os.write(into, b"o\nthree")
    os.close(into)
    assert list(lines) == [b"two", b"three"]


def test_a_line_of_many_megabytes_comes_through_a_pipe_whole(pipe: tuple[int, int]) -> None:
    out, into = pipe
    long = b"x" * 20_000_000

    def write() -> None:
        with os.fdopen(into, "wb") as file:
            file.write(long + b"\nend\n")

    writer = threading.Thread(target=write)
    writer.start()
    found = [line for line in lines_as_they_come(out) if line]
    writer.join()
    assert [len(line) for line in found] == [len(long), 3]


def test_a_line_without_end_from_a_pipe_is_an_error(
    pipe: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bounded, "MAX_RECORD_BYTES", 10)
    out, into = pipe
    lines = lines_as_they_come(out)
    for _ in range(3):
        os.write(into, b"0123456789\n01234")
        assert next(lines) == b"0123456789"
        os.write(into, b"56789\n")
        assert next(lines) == b"0123456789"
    os.write(into, b"0123456789 and no end")
    with pytest.raises(OSError, match="a record of more than"):
        next(lines)


# --------------------------------------------------------------------------------------------- WARC


def warc_record(kind: str, body: bytes, uri: str = "https://x.example/1") -> bytes:
    head = [
        "WARC/1.1",
        f"WARC-Type: {kind}",
        "WARC-Record-ID: <urn:uuid:0>",
        "WARC-Date: 2024-03-05T09:00:00Z",
        f"WARC-Target-URI: {uri}",
        "Content-Type: application/http; msgtype=response",
        f"Content-Length: {len(body)}",
    ]
    return "\r\n".join(head).encode() + b"\r\n\r\n" + body + b"\r\n\r\n"


def answer(page: bytes, status: str = "200 OK", kind: str = "text/html", more: str = "") -> bytes:
    return f"HTTP/1.1 {status}\r\nContent-Type: {kind}\r\n{more}\r\n".encode() + page


PAGE = f"<html><p>{WORDS}</p></html>"
UTF8 = PAGE.encode()
CHUNKED = b"%x\r\n%s\r\n0\r\n\r\n" % (len(UTF8), UTF8)
PAGES = [
    answer(UTF8),
    answer(PAGE.encode("cp1256"), kind="text/html; charset=windows-1256"),
    answer(gzip.compress(UTF8), more="Content-Encoding: gzip\r\n"),
    answer(CHUNKED, more="Transfer-Encoding: chunked\r\n"),
    # Many archives keep the headers of the wire and the page as it was decoded.
    answer(UTF8, more="Content-Encoding: gzip\r\n"),
    answer(UTF8, more="Transfer-Encoding: chunked\r\n"),
    answer(UTF8, kind="application/xhtml+xml"),
]
OTHERS = [
    warc_record("warcinfo", b"software: x\r\n"),
    warc_record("request", b"GET / HTTP/1.1\r\nHost: x.example\r\n\r\n"),
    warc_record("response", answer(UTF8, "404 Not Found")),
    warc_record("response", answer(b"\x89PNG", kind="image/png")),
]
ARCHIVE = [*OTHERS, *[warc_record("response", page) for page in PAGES]]


@pytest.mark.parametrize("name", ["a.warc", "a.warc.gz"])
def test_each_html_answer_of_an_archive_is_an_article_and_the_others_are_counted(
    tmp_path: Path, name: str
) -> None:
    zipped = name.endswith(".gz")
    (tmp_path / name).write_bytes(b"".join(gzip.compress(one) if zipped else one for one in ARCHIVE))
    passed_over: Counter[str] = Counter()
    found = read(tmp_path, passed_over=passed_over)
    assert [json.loads(one.value)["html"] for one in found] == [PAGE] * len(PAGES)
    assert {json.loads(one.value)["url"] for one in found} == {"https://x.example/1"}
    assert {json.loads(one.value)["fetched_at"] for one in found} == {"2024-03-05T09:00:00Z"}
    assert [one.index for one in found] == list(range(len(PAGES)))
    assert passed_over == {"no HTTP response": 2, "status other than 200": 1, "not HTML": 1}


@pytest.mark.parametrize("content", [b"".join(ARCHIVE)[:-60], b"no archive at all" * 50])
def test_an_archive_that_breaks_off_is_an_error_that_names_it(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "a.warc").write_bytes(content)
    with pytest.raises(FatalError, match=r"file:.*a\.warc: broken WARC archive"):
        values(tmp_path)


def test_an_archive_that_was_cut_anywhere_inside_its_last_record_is_an_error(tmp_path: Path) -> None:
    one = warc_record("response", answer(UTF8))
    for cut in range(1, len(one) - len("\r\n\r\n")):
        (tmp_path / "a.warc").write_bytes(one + one[:cut])
        with pytest.raises(FatalError, match="broken WARC archive"):
            values(tmp_path)


def test_a_compressed_archive_that_was_cut_anywhere_is_an_error(tmp_path: Path) -> None:
    one = gzip.compress(warc_record("response", answer(UTF8)))
    for cut in range(1, len(one)):
        (tmp_path / "a.warc.gz").write_bytes(one + one[:cut])
        with pytest.raises(FatalError):
            values(tmp_path)
