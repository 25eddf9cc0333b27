"""Finding the title: in a hint, in the page's own title, in the head; never a site's name, never a line
of the body."""

from __future__ import annotations

import itertools
import re
from collections.abc import Sequence
from dataclasses import replace

from worker.text.blocks import Draft, Line
from worker.text.head import is_row_of_labels
from worker.text.normalize import normalized
from worker.text.rules import Rules
from worker.text.sentences import count_words
from worker.text.slugs import hinted, says, slug_words
from worker.text.zones import prose_span

TITLE_WORDS = (2, 30)
SITE_TITLE_LINES = 6
"""The page's own title, with the site's name, stands at the very top."""
HEADLINE_WORDS = 4
"""A line of fewer words above a longer one is rather a site's or a section's name."""
SITE_WORDS = 5
MENU_WORDS = 3
"""Labels of a menu."""
MENU_LINES = 25
"""So many lines may stand between the page's own title and the headline."""
FURNITURE_WORDS = 10
"""Dates and labels; a longer line may be the standfirst."""
_SEPARATOR = re.compile(r"(?<!\s)\s+[|–—»«·›▸>/:-]+\s+|(?<!\s)\s*[|]\s*")
SECTION_WORDS = 3
_NAMED_BEHIND = re.compile(r"(.*\S)\s*[|»›]\s*([^|»›]+)$")
_BIDI = "\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\ufeff"
_NO_BIDI = str.maketrans("", "", _BIDI)
_SEPARATOR_AT_END = re.compile(r"\s[|–—»«·›:-]+\s*$|[|]\s*$")
_BULLET = re.compile(r"^\s*(?:[-–—•*·▪◾●■►▶✔✓>]|\d{1,2}[.)\-])\s*")


def title_of_hint(title: str | None, source: str | None) -> str:
    """The title that the page or the crawler gave, without the site's name at either end."""
    text = " ".join((title or "").split())
    parts = _SEPARATOR.split(text)
    if source and len(parts) > 1:
        site = normalized(source)
        for end in (0, -1):
            if _names_site(normalized(parts[end]), site):
                cut = text[len(parts[0]) :] if end == 0 else text[: -len(parts[-1])]
                return _without_sections(cut.strip(" |–—»«·›:-\t"))
    return "" if source and normalized(text) == normalized(source) else _without_sections(text)


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
        return _titled_below(draft, *max(told, key=lambda pair: pair[1].words))
    first, last = prose_span(draft.lines)
    if draft.title or last < first:
        return draft
    for line in draft.lines[: min(SITE_TITLE_LINES, first)]:
        if line.words > TITLE_WORDS[1] + SITE_WORDS:
            continue
        if title := _article_part(_parts(line.text), draft.source):
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
    if len(parts) < 2:
        return None
    return _headline(parts, draft.lines[index + 1 : index + 1 + MENU_LINES])


def _headline(parts: Sequence[str], below: Sequence[Line]) -> Line | None:
    """The line before the article that says the same as the longest part of the page's title, at one of its
    ends: names of sites and sections are shorter, and have lines in the menu too."""
    longest = max(parts, key=len)
    if longest not in (parts[0], parts[-1]):
        return None
    wanted = normalized(longest)
    head = itertools.takewhile(lambda line: not line.prose, below)
    return next((line for line in head if line.words >= TITLE_WORDS[0] and line.key == wanted), None)


def _goes_on(text: str) -> bool:
    """Whether a line ends amid the page's own title, behind a separator."""
    return _SEPARATOR_AT_END.search(text.translate(_NO_BIDI)) is not None


def _titled_below(draft: Draft, page_title: Line, headline: Line) -> Draft:
    """The headline is the title; the short lines over it are furniture."""
    over = itertools.takewhile(lambda line: line is not headline, draft.lines)
    gone = [
        (line, _furniture(line), "struct.above-title")
        for line in over
        if line is not page_title and line.words <= FURNITURE_WORDS
    ]
    return draft.without([(page_title, "repeated_title", "struct.page-title"), *gone]).titled(headline)


def _article_part(parts: Sequence[str], source: str | None) -> str:
    """The part of a page's title that is the article's, where the others are names; "" when unsure."""
    if len(parts) >= 3 and _is_site(parts[0]) and _is_site(parts[1]):
        title = max(parts, key=len)
        is_long = len(title.split()) >= HEADLINE_WORDS
        return title if is_long and title in (parts[0], parts[-1]) else ""
    if len(parts) == 2 and source:
        named = [place for place in (0, 1) if _names_site(normalized(parts[place]), normalized(source))]
        other = parts[1 - named[0]] if len(named) == 1 else ""
        return other if len(other.split()) >= HEADLINE_WORDS else ""
    return ""


def _furniture(line: Line) -> str:
    return "navigation" if line.words <= MENU_WORDS else "other"


def _parts(text: str) -> list[str]:
    return [part.strip(f"{_BIDI} \t") for part in _SEPARATOR.split(text) if part.strip(f"{_BIDI} \t")]


def _is_site(text: str) -> bool:
    return len(text.split()) <= SITE_WORDS


def title_in_head(draft: Draft, rules: Rules) -> Draft:
    """The head line that is the title: the one that the hint or the URL says, else the likeliest one."""
    if len(draft.lines) < 2:
        return draft
    first, last = prose_span(draft.lines)
    if draft.title:
        return _said_in_head(draft, draft.lines[: first + 1])
    slug = slug_words(draft.url)
    told = next((line for line in draft.lines[: first + 1] if not line.prose and says(slug, line.text)), None)
    if told is not None:
        return draft.titled(told)
    head = draft.lines[: first if last >= first else 1]
    hint = max(head, key=lambda line: _hinted(line, slug), default=None)
    if hint is not None and _hinted(hint, slug):
        return draft.titled(hint)
    likely = _most_title_like(head)
    return draft.titled(likely) if likely and not (slug and _same_script(slug, likely)) else draft


def _said_in_head(draft: Draft, head: Sequence[Line]) -> Draft:
    """The title that is known already, in one of these lines; each further one goes as a repetition."""
    wanted = normalized(draft.title)
    same = next((line for line in head if _says(line, wanted)), None)
    if same is None:
        return draft
    if draft.title_taken:
        return draft.without([(same, "repeated_title", "struct.repeated-title")])
    return draft.titled(same, draft.title, "site", "struct.site-beside-title")


def _hinted(line: Line, slug: frozenset[str]) -> int:
    fits = HEADLINE_WORDS <= line.words <= TITLE_WORDS[1] and not line.prose
    return hinted(slug, line.text) if slug and fits else 0


def _same_script(slug: frozenset[str], line: Line) -> bool:
    """Whether the slug could have said this line: then its silence counts."""
    return all(word.isascii() for word in slug) == line.text.isascii()


def _says(line: Line, wanted: str) -> bool:
    """The title itself, or with the site's name at one end."""
    if line.words > TITLE_WORDS[1] + SITE_WORDS:
        return False
    if line.key == wanted:
        return True
    return (
        not line.prose
        and 0 < len(line.key) - len(wanted) <= 40
        and (line.key.startswith(wanted + " ") or line.key.endswith(" " + wanted))
    )


def _most_title_like(head: Sequence[Line]) -> Line | None:
    """The first line, unless it is short and a longer one follows: sites put their name above.
    None where the head is a list: its first point is no title."""
    candidates = [
        line
        for line in head
        if TITLE_WORDS[0] <= line.words <= TITLE_WORDS[1] and not is_row_of_labels(line.text)
    ]
    if not candidates or sum(_BULLET.match(line.text) is not None for line in candidates) > 1:
        return None
    first = candidates[0]
    if first.words > HEADLINE_WORDS:
        return first
    return next((line for line in candidates[1:] if line.words > first.words + 1), first)


def duplicate_titles(draft: Draft, rules: Rules) -> Draft:
    """The title said again in a line of its own."""
    if not draft.title:
        return draft
    wanted = normalized(draft.title)
    gone = [
        (line, "repeated_title", "struct.repeated-title")
        for line in draft.lines
        if len(line.text) < 2 * len(draft.title) + 20 and line.key == wanted
    ]
    if len(gone) == len(draft.lines):
        gone = gone[1:]  # an article that is nothing but its title
    return replace(draft.without(gone), title_taken=True) if gone else draft
