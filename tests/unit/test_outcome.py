"""How outcomes are written: headers, sizes, the claim's fields sealed into the article."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import orjson
import pytest

from schemas import CleanArticle, DeadLetterHeaders, DuplicateArticle
from worker.adapters.packaged import config_folder
from worker.adapters.rule_files import load_rules
from worker.errors import InvalidRecord
from worker.outcome import DeadLetter, Duplicate, Prepared, Publish, message_of
from worker.pipeline import Limits, process
from worker.ports import Answer, Kept, RawRecord

NOW = datetime(2024, 5, 1, 10, tzinfo=UTC)
RULES = load_rules(config_folder())
TEXT = "A headline of five words\nThe council met on Monday and decided to mend the old bridge before winter."


def raw(value: bytes, **more: object) -> RawRecord:
    return RawRecord("articles.raw", 3, 42, 1_700_000_000_000, b"key", value, **more)  # type: ignore[arg-type]


def prepared(**fields: object) -> tuple[RawRecord, Prepared]:
    record = raw(orjson.dumps({"id": "a", "text": TEXT, **fields}))
    result = process(record, RULES, Limits())
    assert isinstance(result, Prepared)
    return record, result


def test_a_sealed_article_is_a_valid_clean_article() -> None:
    record, one = prepared(url="https://x.org/1?utm_source=y", metadata={"crawler": "7"})
    kept = Kept("a", 2, ("articles.raw", 1, 7))
    answer = Answer("new", 3, other=kept, relation=("contains", "b"), story_id="s")
    message = message_of(Publish(one, answer), record, NOW)
    article = CleanArticle.model_validate_json(message.value or b"")
    assert (article.version, article.story_id, article.processed_at) == (3, "s", NOW)
    assert article.supersedes is not None
    assert (article.supersedes.version, article.supersedes.origin.offset) == (2, 7)
    assert (article.canonical_url, article.source) == ("https://x.org/1", "x.org")
    assert (message.role, message.key) == ("clean", b"a")


def test_a_duplicate_is_a_valid_duplicate_article() -> None:
    record, one = prepared()
    answer = Answer("duplicate", 1, "exact", 1.0, Kept("b", 1, ("articles.raw", 0, 1)))
    message = message_of(Duplicate(one, answer), record, NOW)
    assert DuplicateArticle.model_validate_json(message.value or b"").duplicate_of == "b"


def test_a_header_that_stops_some_clients_is_passed_on_as_it_came_on_dead_letters_only() -> None:
    record, one = prepared()
    record = replace(record, headers=(("caf\udce9", b"x"),))
    copy = Answer("duplicate", 1, "exact", 1.0, Kept("b", 1, ("articles.raw", 0, 1)))
    for outcome in (Publish(one, Answer("new", 1)), Duplicate(one, copy)):
        assert (r"caf\xe9", b"x") in message_of(outcome, record, NOW).headers
    assert ("caf\udce9", b"x") in message_of(DeadLetter("decode", "empty", ""), record, NOW).headers


def test_a_dead_letter_keeps_the_received_bytes_and_says_why() -> None:
    record = raw(
        b"\xff broken", headers=(("trace", b"1"), ("winnow.attempts", b"2"), ("Winnow.forged", b"x"))
    )
    letter = DeadLetter.of(InvalidRecord("decode", "not_utf8", "é" * 400))
    message = message_of(letter, record, NOW)
    headers = {name: (value or b"").decode() for name, value in message.headers}
    assert (message.value, message.key) == (b"\xff broken", b"key")
    assert headers.pop("trace") == "1"
    assert "Winnow.forged" not in headers
    told = DeadLetterHeaders.model_validate(headers)
    assert (told.code, told.attempts, told.origin_offset) == ("not_utf8", 3, 42)
    assert len(told.message.encode()) <= 500


def test_a_dead_letter_that_does_not_fit_says_what_it_was() -> None:
    record = raw(b"x" * 100)
    message = message_of(DeadLetter("publish", "too_large", "…", drop_value=True), record, NOW)
    told = DeadLetterHeaders.model_validate(
        {name: (value or b"").decode() for name, value in message.headers}
    )
    assert message.value is None
    assert (told.value_bytes, told.value_sha256) == (100, told.origin_sha256)


def test_an_article_too_large_for_its_topic_dies_before_it_is_claimed() -> None:
    record = raw(orjson.dumps({"id": "a", "text": TEXT + " word" * 20_000 + "."}))
    result = process(record, RULES, Limits(clean_bytes=50_000))
    assert isinstance(result, DeadLetter)
    assert (result.stage, result.code) == ("publish", "too_large")


@pytest.mark.parametrize(
    "html", ["<div>" * 100_000, "<p>\0</p>" * 10, "<", "<html></html>", "<table>" * 5000, "é" * 9]
)
def test_a_page_without_an_article_is_no_text_and_never_a_crash(html: str) -> None:
    result = process(raw(orjson.dumps({"id": "a", "html": html})), RULES, Limits())
    assert isinstance(result, DeadLetter)
    assert result.code in ("no_text", "too_deep")


def test_text_stands_in_where_extraction_yields_nothing() -> None:
    _, one = prepared(html="<html><body></body></html>")
    assert orjson.loads(one.body)["extraction"]["method"] == "text"


def test_low_confidence_is_a_dead_letter_only_where_the_operator_says_so() -> None:
    record = raw(orjson.dumps({"id": "a", "text": "Share\nMenu\nOne two three"}))
    assert isinstance(process(record, RULES, Limits()), Prepared)
    strict = process(record, RULES, Limits(min_confidence=0.99))
    assert isinstance(strict, DeadLetter)
    assert strict.code == "low_confidence"


def test_the_same_bytes_give_the_same_result() -> None:
    assert prepared()[1] == prepared()[1]
