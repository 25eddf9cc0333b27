"""Rules are data (`config/boilerplate/*.toml`); here they are compiled into look-ups.

A rule names lines in one of seven ways, the first six of which are dictionary look-ups, however many
phrases there are: whole `lines`, `prefixes`, `suffixes`, `labels` ("Source: …"), `names` ("By …"), `words`
(lines of nothing but such words and numbers: dates) and anchored `patterns`. It says in which zones it holds.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal, get_args

from worker.text.block_model import BlockModel
from worker.text.habits import NO_HABITS, Habits
from worker.text.line_model import LineModel
from worker.text.lookup import Lookup, anchored
from worker.text.normalize import normalized

Zone = Literal["head", "body", "tail"]
ZONES: tuple[Zone, ...] = get_args(Zone)
Takes = Literal["", "title", "title-below", "author", "credit", "rest"]
TAKES: tuple[Takes, ...] = get_args(Takes)
FORMS = ("lines", "prefixes", "suffixes", "labels", "names", "words", "patterns")
KINDS = (
    "site", "counter", "byline", "credit", "comment_prompt", "reader_comment", "share_footer", "related",
    "newsletter", "cookie_notice", "advertisement", "navigation", "copyright", "media_credit",
    "repeated_title", "repeated_excerpt", "tags", "learned", "other",
)  # fmt: skip
"""As in the contract."""
_LISTS = {"zones", "strips", "keeps", *FORMS}
_KEYS = {"id", "kind", "why", "takes", "max_words", *_LISTS}
_NON_JOINER = "\u200c"
_NO_TONOS = str.maketrans("άέήίόύώΆΈΉΊΌΎΏ", "αεηιουωΑΕΗΙΟΥΩ")
MAX_WORDS = 12
"""A line that begins like a prompt and goes on longer than this is rather a sentence."""
MAX_LABEL_WORDS = 25
"""Behind a label stands a headline, a caption or a name."""
MAX_CREDIT_WORDS = 10


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
    takes: Takes = ""
    """What else it means: the named part is the title, an author or a credit; the line below is the
    title; the short lines behind it go with it."""
    max_words: int = MAX_WORDS


@dataclass(frozen=True)
class Rules:
    """All rules, compiled. `version` is a digest of them: the same rules, the same result."""

    version: str
    lookup: Lookup[Rule]
    agencies: Mapping[str, str] = field(default_factory=dict)
    all: tuple[Rule, ...] = ()
    line_model: LineModel | None = None
    """The trained part; None: rules alone."""
    block_model: BlockModel | None = None
    """The trained part for the blocks of a page; None: the extractor's lines and the line model."""
    habits: Habits = NO_HABITS
    """What the source at hand repeats, learned from the stream."""

    def match(self, text: str, key: str) -> tuple[Rule, str] | None:
        """The rule that a line (its text and its normalised words) falls under, in any zone, and the
        name, credit or title that stands in it, else ""."""
        return self.lookup.find(text, key)


def compile_rules(files: Iterable[tuple[str, Mapping[str, Any]]]) -> Rules:
    """Rules from parsed TOML files, given as (name, content). Raises RuleError."""
    listed = list(files)
    shared = frozenset(_keys(word for file in listed for word in texts_in(*file, "words", "shared")))
    agencies = {normalized(name): name for file in listed for name in texts_in(*file, "agencies", "names")}
    lookup: Lookup[Rule] = Lookup(agencies)
    rules: dict[str, Rule] = {}
    files_of: dict[str, str] = {}
    for name, content in listed:
        entries = _entries(content, name)
        for entry in entries:
            rule = _rule(entry, name)
            if rule.id in rules:
                raise RuleError(
                    f"rule {rule.id} stands in {files_of[rule.id]} and in {name}: one needs another id"
                )
            rules[rule.id], files_of[rule.id] = rule, name
            _add(lookup, rule, entry, shared)
        _join_words(lookup, entries, shared)
    version = _version(json.dumps(listed, sort_keys=True, default=str).encode())
    return Rules(version, lookup, agencies, tuple(rules.values()))


def texts_in(name: str, content: Mapping[str, Any], section: str, key: str) -> list[str]:
    """What a rule file lists in a section of its own; nothing where it has none. Raises RuleError."""
    part = content.get(section, {})
    texts = part.get(key, []) if isinstance(part, Mapping) else None
    if texts is None or not _is_list_of_texts(texts):
        raise RuleError(f"{name}: [{section}] holds `{key}`, a list of texts")
    return list(texts)


def with_line_model(rules: Rules, data: bytes) -> Rules:
    """The rules with a trained model beside them; the version tells both. Raises ValueError."""
    version = _version(rules.version.encode() + data)
    return replace(rules, version=version, line_model=LineModel.from_bytes(data))


def with_block_model(rules: Rules, data: bytes) -> Rules:
    """The rules with a block model's weights beside them; the version tells both. Raises ValueError."""
    version = _version(rules.version.encode() + data)
    return replace(rules, version=version, block_model=BlockModel.from_bytes(data))


def with_habits(rules: Rules, habits: Habits) -> Rules:
    """The rules with what was learned about one source beside them; the version tells both."""
    if not habits.units and not habits.watched:
        return rules
    version = _version(f"{rules.version} {habits.digest}".encode()) if habits.units else rules.version
    return replace(rules, version=version, habits=habits)


def _version(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()[:12]


def _keys(phrases: Iterable[str]) -> list[str]:
    """As lines are looked up. Where a phrase has a zero-width non-joiner, many sites write a space; Greek
    capitals have no accents."""
    listed = list(phrases)
    spaced = [phrase.replace(_NON_JOINER, " ") for phrase in listed if _NON_JOINER in phrase]
    plain = [bare for phrase in listed if (bare := phrase.translate(_NO_TONOS)) != phrase]
    return list(dict.fromkeys(map(normalized, (*listed, *spaced, *plain))))


def _add(lookup: Lookup[Rule], rule: Rule, entry: Mapping[str, Any], shared: frozenset[str]) -> None:
    """Puts a rule's phrases where they are looked up; the first rule that names a phrase has it."""
    alone = entry.get("labels", []) if rule.kind == "tags" else []  # "Tags", and each in a line of its own
    for key in _keys([*entry.get("lines", []), *alone]):
        lookup.lines.setdefault(key, rule)
    for key in _keys(entry.get("prefixes", [])):
        lookup.prefixes.setdefault(key.partition(" ")[0], []).append((key, rule.max_words, rule))
    for key in _keys(entry.get("labels", [])):
        lookup.labels.setdefault(key, (rule.max_words, rule.takes in ("author", "credit"), rule))
        if rule.kind == "related" and " " in key:
            lookup.prompts.setdefault(key, rule)
    for key in _keys(entry.get("names", [])):
        lookup.names.setdefault(key, rule)
    for key in _keys(entry.get("suffixes", [])):
        lookup.suffixes.setdefault(key.rpartition(" ")[2], []).append((key, rule.max_words, rule))
    words = frozenset(_keys(entry.get("words", [])))
    for word in words:
        lookup.words.setdefault(word, []).append((words | shared, rule))
    for pattern in entry.get("patterns", []):
        try:
            lookup.patterns.append((anchored(pattern), rule))
        except ValueError as error:
            raise RuleError(f"rule {rule.id}: {error}") from None


def _join_words(lookup: Lookup[Rule], entries: Iterable[Mapping[str, Any]], shared: frozenset[str]) -> None:
    """A date and a counter in one line: the words of all rules of a file hold together, too."""
    own = frozenset(_keys(word for entry in entries for word in entry.get("words", [])))
    for word in own:
        known, rule = lookup.words[word][-1]
        if known != own | shared:
            lookup.words[word].append((own | shared, rule))


def _entries(content: Mapping[str, Any], name: str) -> list[Mapping[str, Any]]:
    entries = content.get("rule", [])
    if not (isinstance(entries, list) and all(isinstance(entry, Mapping) for entry in entries)):
        raise RuleError(f"{name}: each rule begins with [[rule]]")
    return entries


def _is_list_of_texts(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(one, str) for one in value)


def _is_right(key: str, value: object) -> bool:
    """Whether a key of a rule holds what it should."""
    if key in _LISTS:
        return _is_list_of_texts(value)
    return isinstance(value, int if key == "max_words" else str) and not isinstance(value, bool)


def _rule(entry: Mapping[str, Any], name: str) -> Rule:
    told = f"{name}: rule {entry.get('id', '?')}"
    if extra := set(entry) - _KEYS:
        raise RuleError(f"{told} has unknown keys {sorted(extra)}")
    for key, value in entry.items():
        if not _is_right(key, value):
            wanted = "a list of texts" if key in _LISTS else "a number" if key == "max_words" else "a text"
            raise RuleError(f"{told}: `{key}` is {wanted}")
    for key in ("id", "kind", "why", "strips", "keeps"):
        if not entry.get(key):
            raise RuleError(f"{told} needs `{key}`")
    if not any(entry.get(form) for form in FORMS):
        raise RuleError(f"{told} needs one of {', '.join(FORMS)}")
    for key, value, known in (("kind", entry["kind"], KINDS), ("takes", entry.get("takes", ""), TAKES)):
        if value not in known:
            raise RuleError(f"{told}: {key} is one of {', '.join(filter(None, known))}")
    zones = frozenset(entry.get("zones", ZONES))
    if not zones <= set(ZONES):
        raise RuleError(f"{told}: zones are {', '.join(ZONES)}")
    takes = entry.get("takes", "")
    named = MAX_CREDIT_WORDS if takes in ("author", "credit") else MAX_LABEL_WORDS
    return Rule(
        id=entry["id"],
        kind=entry["kind"],
        why=entry["why"],
        zones=zones,
        strips=tuple(entry["strips"]),
        keeps=tuple(entry["keeps"]),
        takes=takes,
        max_words=entry.get("max_words", named if entry.get("labels") else MAX_WORDS),
    )
