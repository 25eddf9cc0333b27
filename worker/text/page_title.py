"""The title as the page or the crawler tells it: "SITE - SECTION - TITLE", or the other way round."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Sequence

from worker.text.blocks import Draft, Line
from worker.text.head import SITE_WORDS, furniture
from worker.text.normalize import normalized
from worker.text.rules import Rules
from worker.text.sentences import count_words
from worker.text.titles import HEADLINE_WORDS, TITLE_WORDS, beside_names
from worker.text.zones import prose_span

SITE_TITLE_LINES = 6
"""The page's own title, with the site's name, stands at the very top."""
MENU_LINES = 25
"""So many lines may stand between the page's own title and the headline."""
FURNITURE_WORDS = 10
"""Dates and labels; a longer line may be the standfirst."""
SECTION_WORDS = 3
BETWEEN_PARTS = "[|–—»«·•›▸>/:-]+"
"""What stands between the parts of a page's own title, in a regular expression: with blanks around it."""
_SEPARATOR = re.compile(rf"(?<!\s)\s+{BETWEEN_PARTS}\s+|(?<!\s)\s*[|｜]\s*")
_NO_COLON, _NO_QUOTES = (re.compile(_SEPARATOR.pattern.replace(signs, "")) for signs in (":", "»«"))
_NAMED_BEHIND = re.compile(r"(.*\S)\s*[|｜»›]\s*([^|｜»›]+)$")
_BIDI = "\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\ufeff"
_BLANKS = re.compile(r"\s{2,}|[^\S\u3000]")
"""All but the one wide space between two parts of a Chinese or Japanese headline."""
_NO_BIDI = str.maketrans("", "", _BIDI)
_SEPARATOR_AT_END = re.compile(r"\s[|–—»«·›:-]+\s*$|[|]\s*$")


def title_of_hint(title: str | None, source: str | None) -> str:
    """The title that the page or the crawler gave, without the site's name at either end."""
    text = _BLANKS.sub(" ", (title or "").strip())
    site = normalized(source or "")
    if site and normalized(text) == site:
        return ""
    while site and (shorter := _without_site(text, site)):
        text = shorter
    return _without_sections(text)


def _without_site(text: str, site: str) -> str:
    """A title without the part at one end that is the site's name, or a piece of it; "" where none is."""
    parts = _SEPARATOR.split(text)
    for end in (0, -1) if len(parts) > 1 else ():
        if _names_site(normalized(parts[end]), site):
            cut = text[len(parts[0]) :] if end == 0 else text[: -len(parts[-1])]
            return cut.strip(" |–—»«·›:-\t")
    return ""


def _without_sections(title: str) -> str:
    """Without the short names behind bars and arrows at its end: sections and sites."""
    while found := _NAMED_BEHIND.match(title):
        if count_words(found[2]) > SECTION_WORDS or count_words(found[1]) < HEADLINE_WORDS:
            break
        title = found[1]
    return title


def _names_site(part: str, site: str) -> bool:
    """ "Example News" of example-news.com, but not "in" of linkedin.com."""
    return len(part) > 2 and (part == site or part.replace(" ", "") in site.replace(" ", ""))


def title_of_page(draft: Draft, rules: Rules) -> Draft:
    """The page's own title, "SITE - SECTION - TITLE" or the other way round, in one of the first lines: the
    headline below says which part is the article's, and what stands between is furniture; where there is
    none, the part that is left without the site's name or, between names, the longest part at an end is."""
    if draft.title_taken:
        return draft
    told = [(line, found) for line in draft.lines[:SITE_TITLE_LINES] if (found := _headline_of(draft, line))]
    if told:
        return _titled_below(draft, rules, *max(told, key=lambda pair: pair[1].words))
    first, last = prose_span(draft.lines)
    if draft.title or last < first:
        return draft
    for line in draft.lines[: min(SITE_TITLE_LINES, first)]:
        if line.words > TITLE_WORDS[1] + SITE_WORDS or rules.match(line.text, line.key):
            continue
        title = _article_part(line.text, draft.source)
        if title and not any(rules.match(part, normalized(part)) for part in _parts(line.text)):
            return draft.titled(line, title, "site", "struct.page-title")
    return draft


def _headline_of(draft: Draft, line: Line) -> Line | None:
    """The headline that this line, if it is the page's own title or the end of it, announces."""
    if line.words > TITLE_WORDS[1] + SITE_WORDS:
        return None
    index = draft.lines.index(line)
    parts = _parts(line.text)
    if index and _goes_on(draft.lines[index - 1].text):
        parts = [*_parts(draft.lines[index - 1].text), *parts]
    below = draft.lines[index + 1 : index + 1 + MENU_LINES]
    return (_headline(parts, below) if len(parts) > 1 else None) or _beside_names(line, below)


def _beside_names(line: Line, below: Sequence[Line]) -> Line | None:
    """The headline that stands in this line as it is, behind the way to the page or before the site's name:
    it may hold a colon or a dash of its own."""
    text = line.text.strip()
    said = [other for other in _before_prose(below) if other.words > SECTION_WORDS]
    return next((other for other in said if beside_names(other.text.strip(), text)), None)


def _headline(parts: Sequence[str], below: Sequence[Line]) -> Line | None:
    """The line before the article that says the same as the longest part of the page's title, at one of its
    ends: names of sites and sections are shorter, and have lines in the menu too."""
    longest = max(parts, key=len)
    if longest not in (parts[0], parts[-1]):
        return None
    wanted = normalized(longest)
    head = _before_prose(below)
    return next((line for line in head if line.words >= TITLE_WORDS[0] and line.key == wanted), None)


def _before_prose(lines: Sequence[Line]) -> Iterator[Line]:
    return itertools.takewhile(lambda line: not line.prose, lines)


def _goes_on(text: str) -> bool:
    """Whether a line ends amid the page's own title, behind a separator."""
    return _SEPARATOR_AT_END.search(text.translate(_NO_BIDI)) is not None


def _titled_below(draft: Draft, rules: Rules, page_title: Line, headline: Line) -> Draft:
    """The headline is the title; the short lines over it are furniture."""
    over = itertools.takewhile(lambda line: line is not headline, draft.lines)
    gone = [
        (line, furniture(line, rules), "struct.above-title")
        for line in over
        if line is not page_title and line.words <= FURNITURE_WORDS
    ]
    return draft.without([(page_title, "repeated_title", "struct.page-title"), *gone]).titled(headline)


def _article_part(text: str, source: str | None) -> str:
    """The part of a page's title that is the article's, where the others are names; "" when unsure.
    Between names of sites no colon stands: it parts the title itself."""
    parts = _parts(text, _NO_COLON)
    if len(parts) >= 3 and _is_site(parts[0]) and _is_site(parts[1]):
        title = max(parts, key=len)
        is_long = len(title.split()) >= HEADLINE_WORDS
        return title if is_long and title in (parts[0], parts[-1]) else ""
    parts = _parts(text)
    if len(parts) == 2 and source:
        named = [place for place in (0, 1) if _names_site(normalized(parts[place]), normalized(source))]
        other = parts[1 - named[0]] if len(named) == 1 else ""
        return other if len(other.split()) >= HEADLINE_WORDS else ""
    return ""


def _parts(text: str, separator: re.Pattern[str] = _SEPARATOR) -> list[str]:
    if "\u00ab" in text and "\u00bb" in text:
        separator = _NO_QUOTES  # they are quotation marks here, no arrows
    return [part.strip(f"{_BIDI} \t") for part in separator.split(text) if part.strip(f"{_BIDI} \t")]


def _is_site(text: str) -> bool:
    return len(text.split()) <= SITE_WORDS
