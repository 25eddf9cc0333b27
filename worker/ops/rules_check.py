"""What is wrong with the rule files: examples that do not hold, phrases named twice, rules that another one
hides, patterns that backtrack, rules that never fire."""

from __future__ import annotations

import re
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from worker.errors import InvalidRecord
from worker.pipeline import Limits, article_of
from worker.ports import RawRecord
from worker.text.lookup import PATTERN_CHARS
from worker.text.normalize import normalized
from worker.text.rules import Rule, Rules

Level = Literal["error", "note"]
SLOW_S = 0.05
"""CPU time of one pattern on one line at which it backtracks; honest ones need a few microseconds."""
PHRASES = ("lines", "prefixes", "suffixes", "labels", "names")
_LENGTHS = (16, 20, 24, 28, 32, 48, 64, 96, 128, PATTERN_CHARS)
_SEEDS = ("a", "1", "1,", " ", "#", "/", "-", "Aa ", "By Aa ", "\u0627 ", "\u4e00", "\uac00")


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing to look at: an error makes `winnow rules test` fail, a note does not."""

    level: Level
    what: Literal["example", "duplicate", "shadowed", "slow", "silent"]
    rule: str
    told: str


def check(rules: Rules, files: Iterable[tuple[str, Mapping[str, Any]]]) -> list[Finding]:
    """Everything that can be said without articles, errors first.

    Of rules with a slow pattern nothing else: the examples would be tried with it, too, and might never end.
    """
    if slow := list(slow_patterns(rules)):
        return slow
    found = [*wrong_examples(rules), *duplicates(files), *shadowed(rules)]
    return sorted(found, key=lambda one: (one.level, one.what, one.rule))


def wrong_examples(rules: Rules) -> Iterator[Finding]:
    """Lines that a rule must strip and nobody strips as that kind; lines it must keep and somebody strips."""
    for rule in rules.all:
        for text in rule.strips:
            taken = _taken(rules, text)
            if taken is None or taken.kind != rule.kind:
                by = f"taken as {taken.kind} by {taken.id}" if taken else "kept"
                yield Finding("error", "example", rule.id, f"should be stripped, is {by}: {text}")
        for text in rule.keeps:
            if taken := _taken(rules, text):
                yield Finding("error", "example", rule.id, f"should be kept, {taken.id} strips it: {text}")


def duplicates(files: Iterable[tuple[str, Mapping[str, Any]]]) -> Iterator[Finding]:
    """A phrase that two rules name in the same form: only the first of them has it. Two languages may share
    a phrase; within one file, or with two kinds, it is worth a look, with both it is wrong."""
    first: dict[tuple[str, str], tuple[str, str, str]] = {}
    for name, content in files:
        for rule in content.get("rule", []):
            for form in PHRASES:
                for phrase in rule.get(form, []):
                    key = (form, normalized(phrase))
                    file, owner, kind = first.setdefault(key, (name, rule["id"], rule["kind"]))
                    if owner != rule["id"] and (file == name or kind != rule["kind"]):
                        level: Level = "error" if file == name and kind != rule["kind"] else "note"
                        yield Finding(level, "duplicate", rule["id"], f"{owner} takes it as {kind}: {phrase}")


def shadowed(rules: Rules) -> Iterator[Finding]:
    """Rules none of whose examples they strip themselves: another one is always there first."""
    for rule in rules.all:
        takers = {taken.id for text in rule.strips if (taken := _taken(rules, text))}
        if takers and rule.id not in takers:
            yield Finding("note", "shadowed", rule.id, f"its examples go to {', '.join(sorted(takers))}")


def slow_patterns(rules: Rules) -> Iterator[Finding]:
    """Patterns that need long for one line."""
    for pattern, rule in rules.lookup.patterns:
        if slow := next((one for one in _worst_lines(rule) if _spent_s(pattern, one) > SLOW_S), None):
            told = f"over {SLOW_S * 1000:.0f} ms on {slow[:30]!r}…: {pattern.pattern}"
            yield Finding("error", "slow", rule.id, told)


def _worst_lines(rule: Rule) -> Iterator[str]:
    """Lines that make a careless pattern try everything: repetitions that fail at the very end. Short ones
    first: what doubles with every letter is found before it takes for ever."""
    seeds = (*_SEEDS, *rule.strips, *(text[: len(text) // 2 + 1] for text in rule.strips))
    for length in _LENGTHS:
        for seed in seeds:
            yield (seed * length)[: length - 1] + "\x00"
            yield f"{seed}{' ' * (length - len(seed) - 1)}\x00"


def _spent_s(pattern: re.Pattern[str], text: str) -> float:
    started = time.process_time()
    pattern.match(text)
    return time.process_time() - started


def fired(values: Iterable[bytes], rules: Rules) -> Counter[str]:
    """How often each rule took something from these raw records; those without an article are passed over."""
    counts: Counter[str] = Counter()
    for value in values:
        try:
            article = article_of(RawRecord("", 0, 0, 0, None, value), rules, Limits())
        except InvalidRecord:
            continue
        counts.update(cut.rule.removesuffix("+") for cut in article.removed)
    return counts


def silent(rules: Rules, counts: Mapping[str, int]) -> Iterator[Finding]:
    """Rules that took nothing."""
    for rule in rules.all:
        if not counts.get(rule.id):
            yield Finding("note", "silent", rule.id, "took nothing from these articles")


def _taken(rules: Rules, text: str) -> Rule | None:
    found = rules.match(text, normalized(text))
    return found[0] if found else None
