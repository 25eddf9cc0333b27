"""`winnow rules test`: it finds what is wrong with rules, and nothing is wrong with ours."""

from __future__ import annotations

import json
from typing import Any

import pytest
from typer.testing import CliRunner

from worker.cli import app
from worker.ops.rules_check import Finding, check, fired, silent
from worker.text.rules import compile_rules


def rule(name: str, **more: Any) -> dict[str, Any]:
    examples = {"strips": ["Chaff"], "keeps": ["A line that stays."]}
    return {"id": name, "kind": "other", "why": "test", **examples, **more}


def findings(*entries: dict[str, Any]) -> list[Finding]:
    files = [("mine.toml", {"rule": list(entries)})]
    return check(compile_rules(files), files)


def told(found: list[Finding]) -> set[tuple[str, str, str]]:
    return {(one.level, one.what, one.rule) for one in found}


def test_an_example_that_does_not_hold_is_an_error() -> None:
    assert told(findings(rule("a", lines=["Something else"]))) == {("error", "example", "a")}
    assert told(findings(rule("a", lines=["Chaff"], keeps=["CHAFF!"]))) == {("error", "example", "a")}


def test_a_phrase_that_two_rules_name_is_noted_and_the_second_rule_is_hidden() -> None:
    assert told(findings(rule("a", lines=["Chaff"]), rule("b", lines=["chaff"]))) == {
        ("note", "duplicate", "b"),
        ("note", "shadowed", "b"),
    }


def test_a_phrase_that_two_rules_of_a_file_take_for_different_things_is_an_error() -> None:
    found = told(findings(rule("a", lines=["Chaff"]), rule("b", kind="tags", lines=["chaff"])))
    assert ("error", "duplicate", "b") in found


@pytest.mark.parametrize("pattern", [r"^(?:a+)+$", r"^(?:\w+\s?)*:$", r"^(?:Cha|Ch|a|f)*b$"])
def test_a_pattern_that_backtracks_is_an_error(pattern: str) -> None:
    assert ("error", "slow", "a") in told(findings(rule("a", lines=["Chaff"], patterns=[pattern])))


def test_the_examples_of_other_rules_are_not_tried_with_a_pattern_that_would_never_end() -> None:
    endless = rule("a", lines=["Chaff"], patterns=[r"^(?:\w+\s?)*:$"])
    long = rule(
        "b", lines=["Straw"], strips=["Straw"], keeps=["a line that is longer than any of those tried first"]
    )
    assert told(findings(endless, long)) == {("error", "slow", "a")}


def test_rules_that_never_fire_are_named() -> None:
    entries = [rule("a", lines=["Chaff"]), rule("b", lines=["Straw"], strips=["Straw"])]
    rules = compile_rules([("mine.toml", {"rule": entries})])
    mill = "The mill by the river has been grinding wheat for the village since the year it was built."
    counts = fired([json.dumps({"text": f"{mill}\nChaff"}).encode(), b"not json"], rules)
    assert counts["a"] == 1
    assert [one.rule for one in silent(rules, counts)] == ["b"]


def test_our_own_rules_have_no_errors_and_the_commands_speak_json() -> None:
    listed = json.loads(CliRunner().invoke(app, ["rules", "list", "--only", "ja.", "--json"]).stdout)
    assert {"ja.byline", "ja.date"} <= {one["id"] for one in listed}
    tested = CliRunner().invoke(app, ["rules", "test", "samples", "--json"])
    assert tested.exit_code == 0, tested.output
    told = json.loads(tested.stdout)
    assert [one for one in told["findings"] if one["level"] == "error"] == []
    assert told["fired"]["en.byline"] >= 1
