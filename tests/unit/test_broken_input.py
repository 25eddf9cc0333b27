"""Input that nobody should send: each record has one outcome, in time that grows with its size only."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest

from tests.conftest import ROOT
from worker.adapters.rule_files import load_rules
from worker.html.limits import MAX_ATTRIBUTES, MAX_CHARS, MAX_TAGS
from worker.outcome import DeadLetter, Prepared
from worker.pipeline import Limits, process
from worker.ports import RawRecord
from worker.stages.extract import MAX_LINES
from worker.text.rules import Rules

MIB = 1024 * 1024
CPU_S = 15.0
"""Under the deadline of a record (20 s). What is quadratic takes minutes at these sizes."""
PROSE = "The council met on Monday evening and agreed on a new bridge over the river, said the mayor.\n"


@pytest.fixture(scope="module")
def rules() -> Rules:
    return load_rules(ROOT / "config", True)


def outcome(value: bytes, rules: Rules) -> str:
    """`clean`, or the code of the dead letter."""
    record = RawRecord("raw", 0, 0, 1_700_000_000_000, None, value)
    started = time.process_time()
    result = process(record, rules, Limits(clean_bytes=8 * MIB))
    assert time.process_time() - started < CPU_S
    assert isinstance(result, Prepared | DeadLetter)
    return "clean" if isinstance(result, Prepared) else result.code


def raw(**fields: Any) -> bytes:
    return json.dumps({"id": "a", **fields}, ensure_ascii=False).encode("utf-8", "surrogatepass")


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (b'{"text": "x", "metadata": {"a": NaN}}', "not_json"),
        (b'{"text": Infinity}', "not_json"),
        (b'{"text": "hello", "fetched_at": 1e400}', "not_json"),
        (b'{"text": "hello", "other": ' + b"9" * 100_000 + b"}", "not_json"),
        (rb'{"text": "half a pair: \ud800 here"}', "not_json"),
        (raw(text="half a pair: \ud800 here"), "not_utf8"),
        (json.dumps({"text": PROSE}).encode("utf-16"), "not_utf8"),
        (b"\x1f\x8b\x08" + b"\x00" * 100, "not_utf8"),
        (raw(text=PROSE) * 2, "not_json"),
        (b'{"a":' * 100_000 + b"1" + b"}" * 100_000, "not_json"),
        (raw(text=PROSE, metadata={"a": {"b": {}}}), "schema"),
        (raw(text=PROSE, metadata={"a": None}), "schema"),
        (raw(text=PROSE, fetched_at=-(10**18)), "schema"),
        (b'{"id": 5, "id": "b", "text": ["x"], "text": "The last one of a key counts."}', "clean"),
        (raw(text=PROSE, published_at="0000-01-01T00:00:00Z", fetched_at="99999-01-01"), "clean"),
        (raw(text=PROSE, published_at="0001-01-01T00:00:00+14:00"), "clean"),
        (raw(text=PROSE, fetched_at="9999-12-31T23:59:59-12:00"), "clean"),
        (raw(text=PROSE, url="http://[::1"), "clean"),
        (raw(text=PROSE, url="http://a:99999999/" + "x" * MIB), "clean"),
        (raw(text=PROSE, language="x" * MIB), "clean"),
        (raw(text="\0 nul \x01\x1b[31m bytes\n" * 50), "clean"),
        (raw(text="\ufffe\uffff not characters, " + PROSE), "clean"),
    ],
    ids=lambda value: value[:40] if isinstance(value, bytes) else value,
)
def test_broken_values(value: bytes, expected: str, rules: Rules) -> None:
    assert outcome(value, rules) == expected


@pytest.mark.parametrize("offset", ["9" * 5000, "²", "٣", "-1", ""])
def test_a_forged_replay_header_harms_no_article(offset: str, rules: Rules) -> None:
    forged = (("winnow.replay.origin", f"raw:0:{offset}".encode()),)
    record = RawRecord("raw", 0, 0, 1_700_000_000_000, None, raw(text=PROSE), forged)
    result = process(record, rules, Limits())
    assert isinstance(result, Prepared)
    assert result.identity.replaces is None


@pytest.mark.parametrize(
    "text",
    [
        "word\n" * (MIB // 8),
        "\n".join(map(str, range(40_000))),
        "x" + " " * 2 * MIB + "y",
        " " * MIB + "x",
        ("x" + "\t" * 1000 + "y\n") * 1000,
        "a" * 2 * MIB,
        "a, " * (MIB // 2),
        "a | " * (MIB // 2),
        "1-" * MIB,
        "(a) " * (MIB // 2),
        "#a " * (MIB // 2),
        "a@b.c " * (MIB // 4),
        "http://a.b/c " * (MIB // 8),
        "&#x" * (MIB // 2),
        "<a " * (MIB // 2),
        "By: a: b:\n" * (MIB // 16),
        "a\u0301" + "\u0301" * MIB,
        "\ufdfa" * (MIB // 16),
    ],
    ids=lambda text: repr(text[:12]),
)
def test_texts_that_a_pattern_could_stumble_over(text: str, rules: Rules) -> None:
    assert outcome(raw(text=text), rules) in {"clean", "no_text"}
    assert outcome(raw(text=PROSE * 3, title=text[:MIB]), rules) == "clean"


@pytest.mark.parametrize(
    "html",
    [
        "<div>" * 300_000 + "x",
        "<table><tr><td>" * 100_000 + "x",
        "<b><i>" * 200_000 + "x",
        "<font><a href=x>" * 50_000 + PROSE,
        "<a href='" + "x" * 2 * MIB,
        "<!--" * MIB,
        "<svg><foreignObject>" * 50_000,
        "<script>" + "x" * 2 * MIB,
        '<script type="application/ld+json">' + '{"a":' * 200_000 + "</script><p>" + PROSE * 10,
        (f"<i {' '.join(f'a{n:x}' for n in range(MAX_ATTRIBUTES))}>" * (MIB // MAX_ATTRIBUTES)) + PROSE * 10,
        '<!DOCTYPE x [<!ENTITY a "bc"><!ENTITY d "&a;&a;&a;&a;">]><p>&d;' + PROSE * 10,
        "\0" * 100_000 + "<p>" + PROSE * 10,
        '<?xml version="1.0" encoding="utf-16"?><html><p>' + PROSE * 10,
    ],
    ids=lambda html: repr(html[:24]),
)
def test_pages_that_a_parser_could_stumble_over(html: str, rules: Rules) -> None:
    assert outcome(raw(html=html), rules) in {"clean", "no_text", "too_deep", "too_large"}


@pytest.mark.parametrize(
    "amid",
    [
        "<b>" * 400 + "</b>" * 400,
        "<div>" * 1000,
        f"<script>{'x' * 10 * MIB}</script>",
        f"<!--{'x' * 10 * MIB}-->",
        f"<img src='data:{'x' * 10 * MIB}'>",
    ],
    ids=lambda amid: amid[:24],
)
def test_what_stands_behind_a_deep_or_endless_element_is_read_too(amid: str, rules: Rules) -> None:
    """lxml's usual parser stops there without a word."""
    end = "<p>The bridge will be open to carts and to people on foot in the spring, the mayor said.</p>"
    page = f"<html><body><article>{f'<p>{PROSE}</p>' * 5}{amid}{end}</article></body></html>"
    result = process(RawRecord("raw", 0, 0, 0, None, raw(html=page)), rules, Limits(clean_bytes=8 * MIB))
    assert isinstance(result, Prepared)
    assert b"open to carts" in result.body


@pytest.mark.parametrize(("levels", "paragraphs"), [(5000, 5), (1900, 40_000), (250, 40_000)])
def test_a_page_that_is_too_deep_to_be_read_says_so(levels: int, paragraphs: int, rules: Rules) -> None:
    html = f"<html><body><p>{PROSE}</p>{'<div>' * levels}{'<p>x y</p>' * paragraphs}"
    assert outcome(raw(html=html), rules) == "too_deep"


@pytest.mark.parametrize("line", ["", "x", "."])
def test_a_text_that_would_be_late_is_given_up_before_it_is_cleaned(line: str, rules: Rules) -> None:
    assert outcome(raw(text=PROSE * 3 + f"{line}\n" * 5 * MIB), rules) == "too_large"
    assert outcome(raw(text=PROSE * 3 + "\n" * (MAX_LINES - 3)), rules) == "clean"
    assert outcome(raw(text=f"word {line} " * (MAX_CHARS // 5)), rules) == "too_large"


@pytest.mark.parametrize(
    "html",
    [
        "<p>" * (MAX_TAGS + 1) + PROSE * 10,
        "<p>" + "x<br>" * (MAX_TAGS + 1) + PROSE * 10,
        "<b" * (MAX_TAGS + 1) + PROSE * 10,
        "<p" + "".join(f" a{n}='x y'" for n in range(MAX_ATTRIBUTES + 1)) + f">{PROSE * 10}",
        "<p" + "".join(f" @a{n} [b{n}]" for n in range(MAX_ATTRIBUTES // 2 + 1)) + f">{PROSE * 10}",
        "<p/" + "/".join(f"a{n}" for n in range(MAX_ATTRIBUTES + 1)) + f">{PROSE * 10}",
        "<p>" + "x" * (MAX_ATTRIBUTES // 2) + "<p" + " a" * MAX_ATTRIBUTES + f"><b>{PROSE * 10}",
    ],
    ids=lambda html: repr(html[:24]),
)
def test_pages_that_would_be_late_are_given_up_before_they_are_parsed(html: str, rules: Rules) -> None:
    assert outcome(raw(html=html), rules) == "too_large"
    assert outcome(raw(html=html, text=PROSE * 10), rules) == "too_large"


@pytest.mark.parametrize(
    "html",
    [
        f"<p data-all='{'a b ' * MAX_ATTRIBUTES}'>" + PROSE * 10,
        "<p>" + PROSE * 10 + "<script>for(i=0;i<n;i++) " + "run (i, n); " * MAX_ATTRIBUTES + "</script>",
        "<p" + "".join(f" a{n}='x y'" for n in range(1000)) + f">{PROSE * 10}",
    ],
    ids=lambda html: repr(html[:24]),
)
def test_long_tags_and_scripts_of_few_attributes_are_no_reason_to_give_a_page_up(
    html: str, rules: Rules
) -> None:
    assert outcome(raw(html=f"<html><body>{html}</body></html>"), rules) == "clean"
