"""Looking a line up among thousands of phrases, in a few microseconds.

No alternation of phrases is ever tried: each form of rule is found by a dictionary, from the line's
normalised words. Only the few `patterns` are tried one by one, on short lines.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from typing import Generic, TypeVar

from worker.text.glued_buttons import first_of_glued
from worker.text.names import is_clause, name_in
from worker.text.normalize import normalized
from worker.text.pattern_floor import floor_of

R = TypeVar("R")

LINE_CHARS = 400
"""Longer lines are paragraphs."""
PATTERN_CHARS = 200
"""Longer lines are not tried against patterns: no boilerplate line is, and the worst case stays small."""
REMEMBERED = 4096
"""Lines whose answer is remembered, in each process."""
LABEL_CHARS = 64
NAME_LABEL_WORDS = 4
SHORT_CREDIT_WORDS = 4
PROMPT_WORDS = 4
HEADLINE_WORDS = (3, 20)
DATE_WORDS = 16
ROW_WORDS, BUTTON_WORDS = 16, 5
"""Of a row of buttons, and of one of them."""
CEILINGS = (0x80, 0x2E80, sys.maxunicode + 1)
"""Behind ASCII; where the scripts of East Asia begin; behind everything."""
_EAST_ASIAN = re.compile("[\u2e80-\U0010ffff]")

BLANKS = r"^\s*"
"""Most patterns begin so."""

# A label's end: a colon (by number: Armenian, Ethiopic, Khmer), or a mark that cannot be part of a word.
_LABEL_END = re.compile(r"\s*[:：\u055d\u1361\u1366\u17d6|»›>–—/]\s*|\s+-+\s*|-\s+|\s*[↓▶►→]\s*")
_QUOTE = re.compile('["\u00ab\u00bb\u201c-\u201e\u300c]')
_NUMBER = re.compile(r"\d+")
_NAMED = re.compile(r"\(\?P<\w+>")
_REFERENCE = re.compile(r"(?<!\\)(?:\\\\)*(?:\\[1-9]|\(\?P=|\(\?\()")
# Marks of direction, which pages put around Latin names and figures.
_BIDI = re.compile("[\u200e\u200f\u202a-\u202e\u2066-\u2069]+")
_BRACKETS = frozenset(")）]")
_COUNT_BEHIND = re.compile(r"(?<!\s)\s*[(（\[]\s*\d[\d.,]*\s*[)）\]][\s:]*$")
# A button has no full stop: one word with one is what somebody answered.
_IS_ANSWER = re.compile(r"[^\W\d][.\u06d4\u0964\u0589\u1362\u104b\u17d4][\"\u201d\u2019\u00bb)]*\s*$")
_FULL_STOP = re.compile(r"[.…\u06d4\u0964\u0589\u1362\u104b\u17d4]\W*$")


def anchored(pattern: str) -> re.Pattern[str]:
    """A compiled pattern. Raises ValueError unless it is anchored at both ends, compiles, and refers to
    none of its groups: patterns are tried all in one, where groups have other numbers and no names."""
    if _REFERENCE.search(pattern):
        raise ValueError(f"pattern {pattern!r} must not refer back to a group")
    if not (pattern.startswith("^") and pattern.endswith("$")):
        raise ValueError(f"pattern {pattern!r} must be anchored with ^ and $")
    try:
        return re.compile(pattern)
    except (re.error, OverflowError, RecursionError) as error:
        raise ValueError(f"pattern {pattern[:200]!r}: {error}") from None


@dataclass
class Lookup(Generic[R]):
    """Where the phrases of all rules are found; `R` is the rule. Filled once, then only read."""

    agencies: Collection[str] = ()
    lines: dict[str, R] = field(default_factory=dict)
    prefixes: dict[str, list[tuple[str, int, R]]] = field(default_factory=dict)
    """By their first word."""
    suffixes: dict[str, list[tuple[str, int, R]]] = field(default_factory=dict)
    """By their last word."""
    labels: dict[str, tuple[int, bool, R]] = field(default_factory=dict)
    """With the words that may follow, and whether these must be a name rather than a sentence."""
    prompts: dict[str, R] = field(default_factory=dict)
    """Labels of several words that a headline may follow without any sign between."""
    names: dict[str, R] = field(default_factory=dict)
    words: dict[str, list[tuple[frozenset[str], R]]] = field(default_factory=dict)
    patterns: list[tuple[re.Pattern[str], R]] = field(default_factory=list)

    def __post_init__(self) -> None:
        # A line is looked up in every pass, and a site's boilerplate on every page.
        self.find = lru_cache(maxsize=REMEMBERED)(self._find)

    def _find(self, text: str, key: str) -> tuple[R, str] | None:
        """The rule of a line, and what it names."""
        if rule := self.lines.get(key):
            return None if " " not in key and _IS_ANSWER.search(text) else (rule, "")
        if found := self._by_prefix(key):
            return found, ""
        if len(text) > LINE_CHARS:
            return None
        if key.partition(" ")[0] in self._first_words and (
            named := self._by_label(text) or self._by_name(text, key) or self._by_prompt(text, key)
        ):
            return named
        if last := self._by_suffix(text, key):
            return last, ""
        return (
            self._by_pattern(text)
            or self._by_words(key)
            or self._by_row(key)
            or self._by_glued(text, key)
            or self._by_count(text)
        )

    @cached_property
    def _any_pattern(self) -> Mapping[int, re.Pattern[str]]:
        """All patterns in one, tried at once before they are tried one by one: for lines that have no
        character so high (CEILINGS), those patterns that need none (a line is looked up in half the time)."""
        floors = [(floor_of(pattern), _NAMED.sub("(?:", pattern.pattern)) for pattern, _ in self.patterns]
        return {ceiling: _in_one([one for floor, one in floors if floor < ceiling]) for ceiling in CEILINGS}

    @cached_property
    def _first_words(self) -> frozenset[str]:
        """Of labels and names: most lines begin with none of them."""
        return frozenset(key.partition(" ")[0] for key in (*self.labels, *self.names))

    def _by_prefix(self, key: str) -> R | None:
        first = key.partition(" ")[0]
        for prefix, most, rule in self.prefixes.get(first, ()):
            if (
                key.startswith(prefix)
                and key[len(prefix) : len(prefix) + 1] in ("", " ")
                and key.count(" ") < most
            ):
                return rule
        return None

    def _by_count(self, text: str) -> tuple[R, str] | None:
        """One of the `lines` with a number in brackets behind it: "Comments (3)"."""
        found = _COUNT_BEHIND.search(text) if text.rstrip(" :")[-1:] in _BRACKETS else None
        rule = self.lines.get(normalized(text[: found.start()])) if found else None
        return (rule, "") if rule is not None else None

    def _by_suffix(self, text: str, key: str) -> R | None:
        """What somebody said may end like a prompt."""
        for suffix, most, rule in self.suffixes.get(key.rpartition(" ")[2], ()):
            if key.endswith(f" {suffix}") and key.count(" ") < most and not _QUOTE.search(text):
                return rule
        return None

    def _by_label(self, text: str) -> tuple[R, str] | None:
        end = _LABEL_END.search(text, 1, LABEL_CHARS)
        if end is None:
            return None
        known = self.labels.get(normalized(text[: end.start()]))
        if known is None:
            return None
        most, only_name, rule = known
        rest = text[end.end() :].strip()
        words = rest.count(" ") + 1
        if words > most or (only_name and words > SHORT_CREDIT_WORDS and is_clause(rest)):
            return None
        return rule, rest.strip(" \t()[]")

    def _by_prompt(self, text: str, key: str) -> tuple[R, str] | None:
        """A headline right behind the words of a label, no colon between them: its capital parts the two."""
        words = key.split(" ", PROMPT_WORDS)
        for count in range(min(PROMPT_WORDS, len(words) - 1), 1, -1):
            rule = self.prompts.get(" ".join(words[:count]))
            if rule is not None:
                headline = text.split(None, count)[-1]
                few, many = HEADLINE_WORDS
                fits = few <= headline.count(" ") + 1 <= many and not _FULL_STOP.search(text)
                return (rule, "") if fits and headline[0].isupper() else None
        return None

    def _by_name(self, text: str, key: str) -> tuple[R, str] | None:
        words = key.split(" ", NAME_LABEL_WORDS)[:NAME_LABEL_WORDS]
        for count in range(len(words), 0, -1):
            rule = self.names.get(" ".join(words[:count]))
            if rule is not None:
                name = text.split(None, count)[count:]
                given = name_in(name[0], self.agencies) if name else ""
                return (rule, given) if given else None
        return None

    def _by_words(self, key: str) -> tuple[R, str] | None:
        if not _NUMBER.search(key) or key.count(" ") >= DATE_WORDS:
            return None
        words = key.split(" ")
        named = [word for word in (_NUMBER.sub("", word) for word in words) if word]
        for known, rule in next((self.words[word] for word in named if word in self.words), ()):
            if known.issuperset(named):
                return rule, ""
        return None

    def _by_row(self, key: str) -> tuple[R, str] | None:
        """The rule of the first of several `lines` in one: a row of buttons."""
        words = key.split(" ", ROW_WORDS + 1)
        if not 2 <= len(words) <= ROW_WORDS or words[0] not in self._button_words:
            return None
        first, place = None, 0
        while place < len(words):
            ends = range(min(len(words), place + BUTTON_WORDS), place, -1)
            end = next((end for end in ends if " ".join(words[place:end]) in self.lines), None)
            if end is None:
                return None
            first, place = first or self.lines[" ".join(words[place:end])], end
        return (first, "") if first else None

    def _by_glued(self, text: str, key: str) -> tuple[R, str] | None:
        rule = first_of_glued(text, key, self.lines)
        return (rule, "") if rule is not None else None

    @cached_property
    def _button_words(self) -> frozenset[str]:
        """That one of the `lines` begins with."""
        return frozenset(key.partition(" ")[0] for key in self.lines)

    def _by_pattern(self, text: str) -> tuple[R, str] | None:
        if not text.isascii():
            text = _BIDI.sub("", text)
        if len(text) > PATTERN_CHARS or not self._any_pattern[_ceiling(text)].match(text):
            return None
        for pattern, rule in self.patterns:
            if found := pattern.match(text):
                return rule, found.groupdict().get("name") or ""
        return None


def _in_one(patterns: Sequence[str]) -> re.Pattern[str]:
    """A pattern that matches where one of these does. Blanks before a line are passed over once for all that
    begin with them."""
    behind = [one.removeprefix(BLANKS) for one in patterns if one.startswith(BLANKS)]
    others = [one for one in patterns if not one.startswith(BLANKS)]
    return re.compile(f"{BLANKS}(?:{_any_of(behind)})|{_any_of(others)}")


def _any_of(patterns: Sequence[str]) -> str:
    return "|".join(f"(?:{one})" for one in patterns) or r"(?!)"


def _ceiling(text: str) -> int:
    """The first of CEILINGS that no character of the line reaches."""
    if text.isascii():
        return CEILINGS[0]
    return CEILINGS[2] if _EAST_ASIAN.search(text) else CEILINGS[1]
