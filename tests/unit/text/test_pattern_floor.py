"""What a pattern needs of a line, so that lines without it are not tried."""

import re

import pytest

from worker.adapters.packaged import config_folder
from worker.adapters.rule_files import load_rules
from worker.text.pattern_floor import floor_of


@pytest.mark.parametrize(
    ("pattern", "highest"),
    [
        ("^Foto: .*$", "t"),
        ("^写真.*$", "真"),
        ("^(?:写真|Foto)$", "t"),
        ("^(?:写真)?Foto$", "t"),
        ("^(?:写真)+ by$", "真"),
        ("^[写a]$", "a"),
        ("^[^写]$", "\0"),
        (r"^\w[가-힣]{2,4}$", "가"),
        ("^(?!写).*$", "\0"),
        ("^(?i:K)$", "\0"),
    ],
)
def test_every_match_holds_a_character_at_least_so_high(pattern: str, highest: str) -> None:
    assert chr(floor_of(re.compile(pattern))) == highest


def test_every_example_that_a_shipped_pattern_takes_is_as_high_as_its_floor() -> None:
    rules = load_rules(config_folder(), line_model=False)
    taken = [
        (pattern, line)
        for pattern, rule in rules.lookup.patterns
        for line in rule.strips
        if pattern.match(line)
    ]
    assert len(taken) > 100
    assert [line for pattern, line in taken if max(map(ord, line)) < floor_of(pattern)] == []


def test_some_shipped_patterns_are_spared_an_ascii_line() -> None:
    rules = load_rules(config_folder(), line_model=False)
    assert any(floor_of(pattern) >= 0x2E80 for pattern, _ in rules.lookup.patterns)
