"""Lines that a rule names, in the zones where it holds."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from worker.text.blocks import Draft, Line
from worker.text.finish import credited, persons
from worker.text.names import name_in
from worker.text.normalize import normalized
from worker.text.rules import Rule, Rules, Zone
from worker.text.titles import labelled_headline
from worker.text.zones import hours_of, prose_span, zone_of

REST_WORDS = 20
"""Related links are headlines: no longer than this, and no sentence."""
HEADLINE_WORDS, FIRST_WORDS = 5, 2
"""Amid the article only lines of so many words are taken for links, the one right below the heading aside:
fewer make a subheading."""
TAG_WORDS, TAG_ROW_WORDS = 4, 12
"""Of one keyword, and of all of them in the row below their heading."""
STATEMENT_WORDS = 6
ASKS = ("!", "?", "\u061f", "\uff01", "\uff1f")
TITLE_WORDS = 3
ROW = 3
BUTTON_KINDS = frozenset({"share_footer", "comment_prompt", "newsletter", "navigation", "cookie_notice"})
"""What stands in rows of buttons, one each line."""
BUTTONS = 3
"""A prompt that stands so often is no heading but the button of one item of a list each."""
DATE = ".date"
"""Rules of this name take the day and hour."""
NOWHERE: frozenset[Zone] = frozenset()
Hit = tuple[Line, Rule, str]


def phrases(draft: Draft, rules: Rules) -> Draft:
    """Lines that a rule names; what such a line introduces goes with it."""
    hits = list(_hits(draft, rules))
    if not hits:
        return draft
    gone = [(line, rule.kind, rule.id) for line, rule, _ in hits if rule.takes != "title"]
    return _titled(crediting(draft, hits, rules), hits).without([*gone, *_behind(draft.lines, hits)])


def crediting(draft: Draft, hits: Sequence[Hit], rules: Rules) -> Draft:
    """The draft with the names that these lines tell; an agency in a byline is a credit."""
    authors, credits = list(draft.authors), list(draft.credits)
    for _, rule, name in hits:
        if name and rule.takes in ("author", "credit"):
            if rule.takes == "credit" or normalized(name) in rules.agencies:
                credits += credited(name, rules)
            else:
                authors += persons(name)
    return replace(draft, authors=tuple(dict.fromkeys(authors)), credits=tuple(dict.fromkeys(credits)))


def _hits(draft: Draft, rules: Rules) -> Iterator[Hit]:
    lines = draft.lines
    named = [rules.match(line.text, line.key) for line in lines]
    first, last = _article_span(lines, [found and found[0] for found in named])
    headline = labelled_headline(draft, [found and found[0].kind for found in named[:first]])
    if headline is not None:
        named[headline] = None
    for hour in hours_of(lines) if any(found and found[0].id.endswith(DATE) for found in named) else ():
        named[hour] = None
    rows = set(_rows([found and found[0].kind for found in named]))
    for index, (line, found) in enumerate(zip(lines, named, strict=True)):
        if found and (zone_of(index, first, last) in found[0].zones or index in rows):
            yield line, *found
            below = lines[index + 1 : index + 2] if found[0].takes == "author" and not found[1] else ()
            if below and not named[index + 1] and (name := name_in(below[0].text, rules.agencies)):
                yield below[0], found[0], name  # "Author:", and the name in the line below


def _rows(kinds: Sequence[str | None]) -> Iterator[int]:
    """The lines of rows of buttons: so many in a row are none of the article's, wherever they stand."""
    for is_button, group in itertools.groupby(range(len(kinds)), lambda index: kinds[index] in BUTTON_KINDS):
        row = list(group)
        yield from row if is_button and len(row) >= ROW else ()


def _article_span(lines: Sequence[Line], rules: Sequence[Rule | None]) -> tuple[int, int]:
    """Where the prose is that no rule names: a copyright notice or a cookie banner may be as long as a
    paragraph, and would else be the last or the first one, and so never behind or before the article.
    A paragraph with the byline or the date below it is the standfirst: the article begins behind these.
    Where dates follow further down it is a timeline or a live page."""
    first, last = prose_span(lines)
    zones = [rule.zones if rule else NOWHERE for rule in rules]
    own = [index for index in range(first, last + 1) if lines[index].prose]
    while len(own) > 1 and "tail" in zones[own[-1]]:
        own.pop()
        last = own[-1]
    while len(own) > 1 and "head" in zones[own[0]]:
        own.pop(0)
        first = own[0]
    if len(own) > 1 and _dates(rules[own[0] : own[1]]) and not _dates(rules[own[1] : last]):
        first = own[1]
    return first, last


def _dates(rules: Sequence[Rule | None]) -> bool:
    """Whether a byline or a date is among these lines."""
    return any(rule.kind == "byline" or rule.id.endswith(DATE) for rule in rules if rule)


def _titled(draft: Draft, hits: list[Hit]) -> Draft:
    """The title that a share footer tells, in its own line or in the one below."""
    for line, rule, name in hits:
        if rule.takes == "title" and name:
            if draft.title:
                draft = draft.without([(line, rule.kind, rule.id)])
            else:
                draft = draft.titled(line, name, rule.kind, rule.id)
        elif rule.takes == "title-below" and not draft.title:
            below = draft.lines[draft.lines.index(line) + 1 :][:1]
            if below and not below[0].prose and below[0].words >= TITLE_WORDS:
                draft = draft.titled(below[0])
    return draft


def _behind(lines: Sequence[Line], hits: list[Hit]) -> Iterator[tuple[Line, str, str]]:
    """The short lines behind a heading of related links, unless a rule takes them anyway."""
    taken = {id(line): rule for line, rule, _ in hits}
    said = Counter(line.key for line, _, _ in hits)
    first, last = prose_span(lines)
    last = max((index for index, line in enumerate(lines) if _is_statement(line, taken)), default=last)
    rest: Rule | None = None
    heading = -1
    for index, line in enumerate(lines):
        if rule := taken.get(id(line)):
            rest = rule if _opens_list(rule, line, index > last) and said[line.key] < BUTTONS else rest
            heading = index
        elif rest and index > first and _is_link(line, index > last, index == heading + 1, rest):
            yield line, rest.kind, f"{rest.id}+"
        else:
            rest = None


def _is_statement(line: Line, taken: Mapping[int, Rule]) -> bool:
    """Whether the article goes on at least to here: a short paragraph, ended by a full stop."""
    stated = line.is_sentence and not line.text.rstrip().endswith(ASKS)
    return id(line) not in taken and (line.prose or (stated and line.words >= STATEMENT_WORDS))


def _opens_list(rule: Rule, line: Line, tail: bool) -> bool:
    """Whether a line is a heading of links, or "Tags" and nothing else behind the article."""
    heads_tags = rule.kind == "tags" and tail and line.words <= TAG_WORDS and "#" not in line.text
    return rule.takes == "rest" or heads_tags


def _is_link(line: Line, tail: bool, first: bool, heading: Rule) -> bool:
    """Whether a line may be a headline; one that asks or exclaims only right below the heading."""
    asks = first and line.text.rstrip().endswith(ASKS)
    most = REST_WORDS if heading.takes == "rest" else TAG_ROW_WORDS if first else TAG_WORDS
    return (
        line.words <= most
        and (asks or not line.is_sentence)
        and (tail or line.words >= (FIRST_WORDS if first else HEADLINE_WORDS))
        and not (line.prose or (line.sure and not tail))
    )
