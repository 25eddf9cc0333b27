"""Who wrote it, told by where a name stands: below the title, beside a date, or behind the article."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable
from dataclasses import replace

from worker.text.blocks import Draft, Line
from worker.text.names import name_in
from worker.text.normalize import normalized
from worker.text.rules import Rules
from worker.text.zones import prose_span

NAME_WORDS = (2, 4)
PLACE_WORDS = 7
LABEL_WORDS = 3
BOX_LINES = 4
"""An author's box is among so many last lines: further up, somebody of that name is written about."""
_JOINED = re.compile(r"\w\s*[-\u2013\u2014/]\s*\w")
_NAME = r"[^\W\d]\S{0,20}(?:\s[^\W\d]\S{0,20}){0,2}"
_PLACE = re.compile(rf"{_NAME}(?:\s?[-\u2013\u2014]\s|\s[-\u2013\u2014]|/\s?){_NAME}\s?[:\uff1a]")
_SPEAKS = re.compile(r"\s*[:\uff1a]")
DATES = (".date", ".ago", ".date-zone", ".date-label")
"""Rules of these names take the day and hour, and how long ago that was."""
DATE_REACH = 2
"""Between a name and the date a place may stand."""
ARTICLE_LINES = 3
_ARTICLE = "\u0627\u0644"
"""Names of papers and sections begin with the Arabic article, first names of persons do not."""
_LETTERS = r"[^\W\d_][^\W\d_'’\u200c-]*"
_PERSON = re.compile(
    rf"(?:[^\W\d_]{{1,3}}\.\s?){{1,2}}{_LETTERS}(?:\s{_LETTERS}){{0,3}}|{_LETTERS}(?:\s{_LETTERS}|\s[^\W\d_]\.?){{1,3}}"
)
_INITIAL = re.compile(r"\s[^\W\d_]\.\s*$")


def byline_below_title(draft: Draft, rules: Rules) -> Draft:
    """A name, and under it the paper and the place, between the title and the article."""
    if not draft.title_taken or len(draft.lines) < 3:
        return draft
    name, place = draft.lines[:2]
    if draft.title_number is not None and not draft.is_below_title(name):
        return draft  # the site's name, and the way to the page
    is_place = place.words <= PLACE_WORDS and not place.is_sentence and _JOINED.search(place.text) is not None
    if not (is_place and _is_name(name) and not any(char.isdigit() for char in place.text)):
        return draft
    return _written_by(draft, name.text, (name, place), "struct.byline-below-title")


def name_by_date(draft: Draft, rules: Rules) -> Draft:
    """A name alone in its line between the title and the article, at most a place between it and the date."""
    if draft.title_number is None or draft.authors:
        return draft
    first = prose_span(draft.lines)[0]
    taken = {cut.number: cut.rule for cut in draft.removed if cut.number}
    numbers = sorted({*taken, *(line.number for line in draft.lines if line.number)})
    dates = [place for place, number in enumerate(numbers) if taken.get(number, "").endswith(DATES)]
    for line in draft.lines[:first]:
        if not (line.number and draft.is_below_title(line) and (name := _person_in(line, draft, rules))):
            continue
        if any(abs(numbers.index(line.number) - date) <= DATE_REACH for date in dates):
            return _written_by(draft, name, (line,), "struct.name-by-date")
    return draft


def signature(draft: Draft, rules: Rules) -> Draft:
    """A name, or a label like one, alone in the last line behind the article. Only in scripts with capitals:
    in others nothing tells it from the last line of a list; and only where the title was among the lines:
    what came clean stays as it is."""
    if draft.authors or not draft.title_taken or len(draft.lines) < ARTICLE_LINES:
        return draft
    above, line = draft.lines[-2:]
    alone = above.prose and above.is_sentence and line.number is not None and line.text != line.text.lower()
    if not alone or _person_in(line, draft, rules) != line.text.strip():
        return draft
    return draft.without([(line, "byline", "struct.signature")])


def _person_in(line: Line, draft: Draft, rules: Rules) -> str:
    """The person's name that a line is, perhaps with the post behind it; "" if it is none."""
    name = name_in(line.text, rules.lookup.agencies)
    if not _PERSON.fullmatch(name) or len(name.split()) > NAME_WORDS[1]:
        return ""
    if line.is_sentence and not _INITIAL.search(line.text):
        return ""
    cased = name != name.lower()
    fits = name[0].isupper() if cased else name == line.text.strip() and not line.key.startswith(_ARTICLE)
    known = normalized(draft.source or "") == line.key or normalized(name) in rules.lookup.agencies
    return name if fits and not known and not _holds_label(name, rules) else ""


def _holds_label(name: str, rules: Rules) -> bool:
    """Whether a word of it is a button, or its last two are an agency's name: "RSS Free Newsletters"."""
    words = [normalized(word) for word in name.split()]
    return " ".join(words[-2:]) in rules.lookup.agencies or any(word in rules.lookup.lines for word in words)


def place_above_article(draft: Draft, rules: Rules) -> Draft:
    """A name and a place with a dash between and a colon behind, right above the article: "The Gazette - Ann
    Reed:", "Eastford - agencies:"."""
    first, last = prose_span(draft.lines)
    place = draft.lines[first - 1] if draft.title_taken and 0 < first <= last else None
    if place is None or not _PLACE.fullmatch(place.text.strip()) or place.words > PLACE_WORDS:
        return draft
    return draft.without([(place, "byline", "struct.place-above-article")])


def byline_of_two_lines(draft: Draft, rules: Rules) -> Draft:
    """ "By", and the name in the line below, between the title and the article."""
    for label, name in itertools.pairwise(draft.lines[: prose_span(draft.lines)[0]]):
        if not draft.is_below_title(label) or label.words > LABEL_WORDS or not _is_name(name):
            continue
        joined = f"{label.text.strip()} {name.text.strip()}"
        rule, author = rules.match(joined, normalized(joined)) or (None, "")
        if rule and rule.takes == "author" and author == name.text.strip():
            return _written_by(draft, author, (label, name), rule.id)
    return draft


def author_box(draft: Draft, rules: Rules) -> Draft:
    """What a site tells about the author behind the article: a paragraph that begins with the name in the
    byline, the name alone included. Where it begins so because that person speaks, it stays."""
    names = [name for name in draft.authors if " " in name]
    if not names:
        return draft
    first, last = prose_span(draft.lines)
    outside = (*draft.lines[:first], *draft.lines[last + 1 :])
    about = [
        line
        for above, line in itertools.pairwise(draft.lines[last + 1 :])
        if above.text.strip() in names and not (line.prose or line.is_sentence)
    ]
    draft = draft.without(
        [
            *((line, "byline", "struct.author-again") for line in outside if line.text.strip() in names),
            *((line, "byline", "struct.author-box") for line in about),
        ]
    )
    box = draft.lines[max(1, len(draft.lines) - BOX_LINES) :]
    place = next((place for place, line in enumerate(box) if _is_about(line.text.strip(), names)), None)
    if place is None:
        return draft
    alone = place > 0 and box[place - 1].text.strip() in names
    gone = box[place - alone : place + 1]
    return draft.without((line, "byline", "struct.author-box") for line in gone)


def _is_about(text: str, names: Iterable[str]) -> bool:
    behind = (text[len(name) :] for name in names if text.startswith(name))
    return any(rest.strip() and not rest[0].isalnum() and not _SPEAKS.match(rest) for rest in behind)


def _written_by(draft: Draft, name: str, gone: Iterable[Line], rule: str) -> Draft:
    authors = tuple(dict.fromkeys((*draft.authors, name.strip())))
    return replace(draft.without((line, "byline", rule) for line in gone), authors=authors)


def _is_name(line: Line) -> bool:
    letters = line.text.replace(" ", "")
    return NAME_WORDS[0] <= line.words <= NAME_WORDS[1] and letters.isalpha()
