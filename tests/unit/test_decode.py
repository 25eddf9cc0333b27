"""decode: every kind of broken input is a dead letter with a code that says why."""

from __future__ import annotations

import json

import pytest

from schemas import RawArticle
from worker.errors import InvalidRecord
from worker.ops.load import key_of
from worker.ports import RawRecord
from worker.stages.decode import decode


def record(value: bytes | None) -> RawRecord:
    return RawRecord("raw", 0, 0, 0, None, value)


@pytest.mark.parametrize(
    ("value", "code", "said"),
    [
        (None, "empty", "no value"),
        (b"", "empty", "the value is empty"),
        (b" \n ", "empty", "the value is empty"),
        (b"no json", "not_json", "character"),
        (b'{"id": "a", "text": "cut o', "not_json", "character"),
        (b"[" * 100_000, "not_json", "depth"),
        (b'{"text": NaN}', "not_json", "character"),
        (b"\xff\xfe{}", "not_utf8", "byte 0"),
        (b'{"text": "caf\xe9"}', "not_utf8", "byte 13"),
        (b'{"text": "\\ud800"}', "not_json", "surrogate"),
        (b"[]", "schema", "an array"),
        (b'"text"', "schema", "a string"),
        (b"null", "schema", "null"),
        (b"{}", "schema", "one of `html` and `text`"),
        (b'{"text": "  "}', "schema", "one of `html` and `text`"),
        (b'{"text": 5}', "schema", "text: "),
        (b'{"text": "x", "id": 5}', "schema", "id: "),
        (b'{"text": "x", "published_at": 5}', "schema", "published_at: "),
        (b'{"text": "x", "metadata": {"a": 1}}', "schema", "metadata.a: "),
        (b'{"text": ["x"], "title": 1}', "schema", "(and 1 more)"),
    ],
)
def test_broken_input_says_what_is_broken(value: bytes | None, code: str, said: str) -> None:
    with pytest.raises(InvalidRecord) as caught:
        decode(record(value))
    assert (caught.value.stage, caught.value.code) == ("decode", code)
    assert said in caught.value.message


def test_the_message_never_quotes_the_article() -> None:
    with pytest.raises(InvalidRecord) as caught:
        decode(record(b'{"text": {"secret": "words of the article"}}'))
    assert "words" not in caught.value.message


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("2024-05-01T10:00:00Z", "2024-05-01T10:00:00+00:00"),
        ("2024-05-01 10:00", "2024-05-01T10:00:00+00:00"),
        ("2024-05-01T12:00:00+02:00", "2024-05-01T10:00:00+00:00"),
        ("2024-05-01", "2024-05-01T00:00:00+00:00"),
    ],
)
def test_times_are_read_leniently_and_kept_in_utc(written: str, read: str) -> None:
    raw, unreadable = decode(record(json.dumps({"text": "x", "published_at": written}).encode()))
    assert raw.published_at is not None
    assert (raw.published_at.isoformat(), unreadable) == (read, ())


def test_an_unreadable_optional_date_or_url_becomes_null_and_is_counted() -> None:
    value = {
        "text": "x",
        "fetched_at": "yesterday",
        "url": "not a url",
        "published_at": "0001-01-01T00:00:00+14:00",
    }
    raw, unreadable = decode(record(json.dumps(value).encode()))
    assert (raw.fetched_at, raw.url, raw.published_at) == (None, None, None)
    assert sorted(unreadable) == ["fetched_at", "published_at", "url"]


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("ar", "ar"),
        ("ar_SA", "ar-SA"),
        (" zh-Hant-TW ", "zh-Hant-TW"),
        ("i-klingon", "i-klingon"),
        ("x-ours", "x-ours"),
        ("", None),
        (" ", None),
    ],
)
def test_a_language_is_a_tag_of_bcp_47(written: str, read: str | None) -> None:
    raw, unreadable = decode(record(json.dumps({"text": "x", "language": written}).encode()))
    assert (raw.language, unreadable) == (read, ())


@pytest.mark.parametrize(
    "written", ["english", "--", "x", "ar-", "../../etc", "😀", "ar\0", "en-" + "a" * 80]
)
def test_a_language_that_is_none_becomes_null_and_is_counted(written: str) -> None:
    """So that the article's own language is detected, and no reader of clean records meets it."""
    raw, unreadable = decode(record(json.dumps({"text": "x", "language": written}).encode()))
    assert (raw.language, unreadable) == (None, ("language",))


def test_unknown_fields_are_ignored_and_a_byte_order_mark_does_no_harm() -> None:
    value = b'\xef\xbb\xbf{"id": "a", "text": "x", "shoe_size": 43}'
    raw, _ = decode(record(value))
    assert raw == RawArticle(id="a", text="x")
    assert key_of(value) == b"a", "so that it meets its other versions in one partition"
