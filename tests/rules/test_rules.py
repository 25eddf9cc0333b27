"""Every rule is tried on its own examples: what it must strip, what it must keep."""

from __future__ import annotations

import re
import time
from pathlib import Path

import pytest

from worker.adapters.packaged import config_folder
from worker.adapters.rule_files import load_rules, read_rules
from worker.errors import UsageError
from worker.text.blocks import Line
from worker.text.normalize import normalized
from worker.text.rules import RuleError, compile_rules

RULES = load_rules(config_folder())
PROMISED = [
    "ar",
    "cs",
    "da",
    "de",
    "en",
    "es",
    "fa",
    "fi",
    "fr",
    "he",
    "hi",
    "hu",
    "id",
    "it",
    "ja",
    "ko",
    "nl",
    "no",
    "pl",
    "pt",
    "ro",
    "ru",
    "sv",
    "tr",
    "uk",
    "ur",
    "vi",
    "zh",
]


def kind_of(text: str) -> str | None:
    """What the rules take a line for: labels such as `Source:` belong to several languages."""
    line = Line(1, text)
    found = RULES.match(line.text, line.key)
    return found[0].kind if found else None


@pytest.mark.parametrize("language", sorted({rule.id.partition(".")[0] for rule in RULES.all}))
def test_rules_strip_and_keep_as_they_say(language: str) -> None:
    rules = [rule for rule in RULES.all if rule.id.startswith(f"{language}.")]
    kept = [(rule.id, text) for rule in rules for text in rule.strips if kind_of(text) != rule.kind]
    stripped = [(rule.id, text) for rule in rules for text in rule.keeps if kind_of(text) is not None]
    assert (kept, stripped) == ([], [])


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        (
            {"id": "a", "kind": "other", "why": "x", "lines": ["x"], "strips": [5], "keeps": ["y"]},
            "`strips` is a list of texts",
        ),
        (
            {"id": "a", "kind": "other", "why": "x", "lines": "Share", "strips": ["x"], "keeps": ["y"]},
            "`lines` is a list of texts",
        ),
        ({"id": 5, "kind": "other"}, "`id` is a text"),
        ({"id": "a", "max_words": "12"}, "`max_words` is a number"),
        ({"id": "a", "kind": "other", "why": "x", "lines": ["x"], "keeps": ["y"]}, "needs `strips`"),
        ({"id": "a", "kind": "other", "why": "x", "lines": ["x"], "strips": ["x"]}, "needs `keeps`"),
        (
            {"id": "a", "kind": "chaff", "why": "x", "lines": ["x"], "strips": ["x"], "keeps": ["y"]},
            "kind is one of",
        ),
        ({"id": "a", "kind": "other", "why": "x", "strips": ["x"], "keeps": ["y"]}, "needs one of"),
        (
            {"id": "a", "kind": "other", "why": "x", "line": ["x"], "strips": ["x"], "keeps": ["y"]},
            "unknown keys",
        ),
        (
            {"id": "a", "kind": "other", "why": "x", "patterns": ["x"], "strips": ["x"], "keeps": ["y"]},
            "anchored",
        ),
    ],
)
def test_a_rule_that_is_not_whole_is_refused(entry: dict[str, object], said: str) -> None:
    with pytest.raises(RuleError, match=re.escape(said)):
        compile_rules([("mine.toml", {"rule": [entry]})])


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ({"words": 3}, "[words] holds `shared`, a list of texts"),
        ({"words": {"shared": [5]}}, "[words] holds `shared`, a list of texts"),
        ({"agencies": []}, "[agencies] holds `names`, a list of texts"),
        ({"agencies": {"names": "AFP"}}, "[agencies] holds `names`, a list of texts"),
    ],
)
def test_a_section_that_holds_something_else_is_refused(content: dict[str, object], said: str) -> None:
    with pytest.raises(RuleError, match=re.escape(f"mine.toml: {said}")):
        compile_rules([("mine.toml", content)])


def test_an_order_that_is_no_list_is_refused(tmp_path: Path) -> None:
    (tmp_path / "boilerplate").mkdir()
    (tmp_path / "boilerplate" / "mine.toml").write_text("order = 5")
    with pytest.raises(UsageError, match=r"\[order\] holds `first`, a list of texts"):
        load_rules(tmp_path, line_model=False)


@pytest.mark.parametrize(
    "pattern",
    [
        r"^(a)\1$",
        r"^(?P<x>a)(?P=x)$",
        r"^(a)?(?(1)b|c)$",
        "^a{99999999999999}$",
        f"^{'(' * 5000}{')' * 5000}$",
    ],
    ids=lambda pattern: pattern[:20],
)
def test_a_pattern_that_cannot_be_tried_with_the_others_is_refused(pattern: str) -> None:
    rule = {"id": "a", "kind": "other", "why": "x", "strips": ["x"], "keeps": ["y"], "patterns": [pattern]}
    with pytest.raises(RuleError, match="rule a: pattern"):
        compile_rules([("mine.toml", {"rule": [rule]})])


def test_of_two_rules_with_one_id_both_files_are_named() -> None:
    """A copied file whose ids were left as they are may come first: the other one would look wrong."""
    rule = {"id": "sw.share", "kind": "tags", "why": "x", "lines": ["x"], "strips": ["x"], "keeps": ["y"]}
    with pytest.raises(RuleError, match=r"sw\.share stands in eu\.toml and in sw\.toml"):
        compile_rules([("eu.toml", {"rule": [rule]}), ("sw.toml", {"rule": [rule]})])


def test_no_pattern_backtracks() -> None:
    """The worst lines we can think of, at the length where patterns are no longer tried."""
    worst = ["a" * 199, "Photo " * 33, "# " * 99, "/" * 199, "1,1" * 66, "By " + "Aa " * 65, "«" * 199]
    for pattern, rule in RULES.lookup.patterns:
        for text in worst:
            took = (
                seconds(pattern, text + "!") for _ in range(3)
            )  # a collection of garbage may fall into one
            assert any(one < 0.05 for one in took), f"{rule.id} is slow on {text[:20]}…"


def seconds(pattern: re.Pattern[str], text: str) -> float:
    """Of CPU, to try a pattern."""
    started = time.process_time()
    pattern.match(text)
    return time.process_time() - started


def test_a_word_that_stands_beside_dates_everywhere_belongs_to_no_language() -> None:
    """The first word of a line that a rule lists decides which rules are asked."""
    contents = dict(read_rules(config_folder()))
    shared = {normalized(word) for word in contents["common.toml"]["words"]["shared"]}
    for name, content in contents.items():
        for rule in content.get("rule", []):
            assert not shared & {normalized(word) for word in rule.get("words", [])}, f"{name}: {rule['id']}"
    assert kind_of("10:45 am, 12 de mayo 2021") == "other"


def test_there_are_rules_for_each_language_that_is_promised() -> None:
    languages = {rule.id.partition(".")[0] for rule in RULES.all}
    assert {"common", *PROMISED} <= languages


def test_each_language_has_an_article_that_shows_its_rules_at_work() -> None:
    shown = {case.parent.parent.name for case in (Path(__file__).parents[1] / "golden").glob("*/*/raw.*")}
    assert {path.stem for path in (config_folder() / "boilerplate").glob("*.toml")} - {"common"} == shown


def test_a_pattern_for_the_whole_page_holds_where_the_words_of_a_date_hold_at_its_edges_only() -> None:
    found = RULES.match("Hace 28 minutos", normalized("Hace 28 minutos"))
    assert found is not None
    assert found[0].zones == {"head", "body", "tail"}


@pytest.mark.parametrize(
    ("line", "rule"),
    [
        ("Print", "en.send-to-friend"),
        ("Website", "en.form"),
        ("21 April 2022", "en.date"),
        ("Autor: Anna Przykład", "common.byline"),
        ("Por Ana Ejemplo", "common.byline"),
        ("15.12.2020 – 14:49", "common.date"),
    ],
)
def test_a_line_that_many_languages_share_is_named_by_the_most_met_or_by_none(line: str, rule: str) -> None:
    found = RULES.match(line, normalized(line))
    assert found is not None
    assert found[0].id == rule
