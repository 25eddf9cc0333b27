"""Rules are data (`config/boilerplate/*.toml`); here they are compiled into look-ups.

A rule matches a whole line by its normalised words (a dictionary look-up), the words a line begins with,
or an anchored pattern. It says in which zones it holds; when unsure, a line stays.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from worker.text.normalize import normalized

Zone = Literal["head", "body", "tail"]
ZONES: tuple[Zone, ...] = ("head", "body", "tail")

PREFIX_MAX_WORDS = 12
"""A line that begins like a prompt and goes on longer than this is rather a sentence."""
PATTERN_MAX_CHARS = 200
"""Longer lines are never tried against patterns: no boilerplate line is, and the worst case stays small."""


class RuleError(ValueError):
    """A rule file is wrong; the message names the rule."""


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule, with the examples that the tests run: lines it `strips`, lines it `keeps`."""

    id: str
    kind: str
    why: str
    zones: frozenset[Zone]
    strips: tuple[str, ...]
    keeps: tuple[str, ...]
    takes: Literal["", "title", "author", "credit", "rest"] = ""
    """What else it means: the next line is the title; its `name` group is an author or a credit; the
    short lines behind it go with it."""


@dataclass(frozen=True)
class Rules:
    """All rules, compiled. `version` is a digest of them: the same rules, the same result."""

    version: str
    by_line: Mapping[str, Rule] = field(default_factory=dict)
    by_prefix: Mapping[str, tuple[tuple[str, Rule], ...]] = field(default_factory=dict)
    """Keyed by the first word."""
    patterns: tuple[tuple[re.Pattern[str], Rule], ...] = ()
    agencies: Mapping[str, str] = field(default_factory=dict)
    all: tuple[Rule, ...] = ()

    def match(self, text: str, key: str) -> tuple[Rule, re.Match[str] | None] | None:
        """The rule that a line (its text and its normalised words) falls under, in any zone."""
        if rule := self.by_line.get(key):
            return rule, None
        first, _, _ = key.partition(" ")
        if first in self.by_prefix and key.count(" ") < PREFIX_MAX_WORDS:
            for prefix, rule in self.by_prefix[first]:
                if key.startswith(prefix + " "):
                    return rule, None
        if len(text) <= PATTERN_MAX_CHARS:
            for pattern, rule in self.patterns:
                if found := pattern.match(text):
                    return rule, found
        return None


def compile_rules(files: Iterable[tuple[str, Mapping[str, Any]]]) -> Rules:
    """Rules from parsed TOML files, given as (name, content). Raises RuleError."""
    by_line: dict[str, Rule] = {}
    by_prefix: dict[str, list[tuple[str, Rule]]] = {}
    patterns: list[tuple[re.Pattern[str], Rule]] = []
    agencies: dict[str, str] = {}
    rules: dict[str, Rule] = {}
    digest = hashlib.sha256()
    for name, content in files:
        digest.update(json.dumps([name, content], sort_keys=True, default=str).encode())
        agencies |= {normalized(agency): agency for agency in content.get("agencies", {}).get("names", [])}
        for entry in content.get("rule", []):
            rule = _rule(entry, name)
            if rule.id in rules:
                raise RuleError(f"{name}: rule {rule.id} is there twice")
            rules[rule.id] = rule
            for phrase in entry.get("lines", []):
                by_line.setdefault(normalized(phrase), rule)
            for phrase in entry.get("prefixes", []):
                key = normalized(phrase)
                by_prefix.setdefault(key.partition(" ")[0], []).append((key, rule))
            for pattern in entry.get("patterns", []):
                patterns.append((_pattern(pattern, rule), rule))
    return Rules(
        version=digest.hexdigest()[:12],
        by_line=by_line,
        by_prefix={first: tuple(prefixes) for first, prefixes in by_prefix.items()},
        patterns=tuple(patterns),
        agencies=agencies,
        all=tuple(rules.values()),
    )


def _rule(entry: Mapping[str, Any], name: str) -> Rule:
    known = {"id", "kind", "why", "zones", "strips", "keeps", "takes", "lines", "prefixes", "patterns"}
    if extra := set(entry) - known:
        raise RuleError(f"{name}: rule {entry.get('id', '?')} has unknown keys {sorted(extra)}")
    for key in ("id", "kind", "why", "strips", "keeps"):
        if not entry.get(key):
            raise RuleError(f"{name}: rule {entry.get('id', '?')} needs `{key}`")
    zones = frozenset(entry.get("zones", ZONES))
    if not zones <= set(ZONES):
        raise RuleError(f"{name}: rule {entry['id']}: zones are {', '.join(ZONES)}")
    return Rule(
        entry["id"],
        entry["kind"],
        entry["why"],
        zones,
        tuple(entry["strips"]),
        tuple(entry["keeps"]),
        entry.get("takes", ""),
    )


def _pattern(pattern: str, rule: Rule) -> re.Pattern[str]:
    if not (pattern.startswith("^") and pattern.endswith("$")):
        raise RuleError(f"rule {rule.id}: pattern {pattern!r} must be anchored with ^ and $")
    try:
        return re.compile(pattern)
    except re.error as error:
        raise RuleError(f"rule {rule.id}: {error}") from None
