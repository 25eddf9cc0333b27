"""Finding the title among the lines: never a site's name, never a line of the body."""

from __future__ import annotations

import itertools
import re
from collections.abc import Sequence
from dataclasses import replace

from worker.text.blocks import Draft, Line
from worker.text.head import SITE_WORDS, is_row_of_labels
from worker.text.normalize import normalized
from worker.text.rules import Rules
from worker.text.sentences import count_words, introduces, is_spaceless
from worker.text.slugs import hinted, in_script_of, knows, says, slug_words
from worker.text.zones import prose_span

TITLE_WORDS = (2, 30)
EXCLAIMED_WORDS, EXCLAIMED_REACH = 20, 4
HEADLINE_WORDS = 4
"""A line of fewer words above a longer one is rather a site's or a section's name."""
LABELLED_WORDS, LABELLED_KINDS = 6, ("media_credit", "byline", "credit")
"""A headline has so many words, "Video:", "Report:" or "Source:" among them; others have a name there."""
TITLE_LINES = 120
"""Menus of so many lines may stand over the headline, paragraphs of advertisements among them."""
SAME_AS_SLUG = 0.9
"""How alike its URL a headline is that stands below the first paragraph."""
LONGER = 3
"""A headline has at most so many times the words of its URL, which leaves out the short ones."""
SHARE_OF_PROSE = 0.6
_CREDITED = re.compile(r"\u00a9|://|\([^()]*[/:][^()]*\)\s*$|(?:\s/\s|[—–-]\s\w+:\s)\S+(?:\s\S+){0,3}$")
"""A caption with its credit, or an address: they too share words with the slug."""
_NO_TITLES = (
    re.compile(r"[^\W\d_]{3}\.\s*$"),  # a sentence of the article; "Smith Jr." may end a headline
    re.compile(r"^[^|\u2013\u2014-]*[|\u2013\u2014-]\s*$"),  # a site's name or a place, and a dash behind it
    _CREDITED,
)
_EXCLAIMED = re.compile(r"\s*[^\s\"'\u201c\u00ab][^.!?\u061f]*[!?\u061f]+\s*$")
# Names before or behind a line's end that stands for the headline.
_NAMES = re.compile(r"\S[^\n]{1,80}?[|/»›>:–—-]\s*\n|\n\s*[|/«‹<:–—-][^\n]{1,60}")
_BULLET = re.compile(r"^\s*(?:[-–—•*·▪◾●■►▶✔✓>]|\d{1,2}[.)\-])\s*")


def title_in_head(draft: Draft, rules: Rules) -> Draft:
    """The head line that is the title: the one that the hint or the URL says, else the likeliest one."""
    if len(draft.lines) < 2:
        return draft
    first, last = prose_span(draft.lines)
    if draft.title:
        return _said_in_head(draft, draft.lines[: first + 1])
    slug = slug_words(draft.url)
    exclaimed = last > first and _exclaimed(draft.lines, first)
    head = draft.lines[: first + exclaimed if last >= first else 1]
    told = _told_by_slug(slug, draft.lines[: first + 1], head, draft.lines[first + 1 : TITLE_LINES])
    if told is not None:
        return draft.titled(told)
    likely = _most_title_like(head)
    if likely is None or (slug and in_script_of(slug, likely.text) and not knows(slug, likely.text)):
        return draft
    return draft.titled(likely)


def _told_by_slug(
    slug: frozenset[str], near: Sequence[Line], head: Sequence[Line], below: Sequence[Line]
) -> Line | None:
    """The line that the URL was made of: of the head the one most alike, of those below, which may be the
    page's head too, one that says the same."""
    if not slug:
        return None
    likeness = [(hinted(slug, line.text), line) for line in near if _is_told(line, slug)]
    likeness += [(_hinted(line, slug), line) for line in head]
    best, line = max(likeness, key=lambda pair: pair[0], default=(0.0, None))
    if best:
        return line
    sized = (line for line in below if len(slug) <= line.words <= LONGER * len(slug) and not line.prose)
    return next((line for line in sized if hinted(slug, line.text) >= SAME_AS_SLUG), None)


def _said_in_head(draft: Draft, head: Sequence[Line]) -> Draft:
    """The title that is known already, in one of these lines; each further one goes as a repetition."""
    wanted = normalized(draft.title)
    same = next((line for line in head if _says(line, wanted)), None)
    if same is None:
        return draft
    if draft.title_taken:
        return draft.without([(same, "repeated_title", "struct.repeated-title")])
    return draft.titled(same, draft.title, "site", "struct.site-beside-title")


def _is_told(line: Line, slug: frozenset[str]) -> bool:
    """Whether the slug says this line; a headline that ends like a sentence has to be little else."""
    return says(slug, line.text, SHARE_OF_PROSE) if line.prose else says(slug, line.text)


def _hinted(line: Line, slug: frozenset[str]) -> float:
    fits = HEADLINE_WORDS <= line.words <= TITLE_WORDS[1] and not line.prose
    return hinted(slug, line.text) if fits and not _CREDITED.search(line.text) else 0.0


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
    """The line that stands twice in a row; else the first line, unless it is short and a longer one follows:
    sites put their name above. None where the head is a list: its first point is no title."""
    candidates = [line for line in head if _may_be_title(line)]
    if not candidates or sum(_BULLET.match(line.text) is not None for line in candidates) > 1:
        return None
    if twice := next((one for one, other in itertools.pairwise(candidates) if one.key == other.key), None):
        return twice
    first = candidates[0]
    if first.words > HEADLINE_WORDS * (2 if is_spaceless(first.text) else 1):
        return first
    longer = (line for line in candidates[1:] if line.words > first.words + 1 and not line.is_sentence)
    return next(longer, first)


def _may_be_title(line: Line) -> bool:
    """Whether it is as long as titles are, and no menu, caption or label of what follows."""
    if not TITLE_WORDS[0] <= line.words <= TITLE_WORDS[1]:
        return False
    if is_row_of_labels(line.text) or introduces(line.text):
        return False
    return not any(no_title.search(line.text) for no_title in _NO_TITLES)


def labelled_headline(draft: Draft, kinds: Sequence[str | None]) -> int | None:
    """The line of the head that a rule takes for a byline or a credit, and that is rather the headline
    ("Report: …"): the title or the URL says it; or nothing is known of either, it is the first line that no
    other rule takes, as long as headlines are, and nothing else may be one.

    `kinds`: what the lines of the head are by the rules.
    """
    if draft.title_taken:
        return None
    head = draft.lines[: len(kinds)]
    wanted, slug = normalized(draft.title), slug_words(draft.url)
    labelled = [index for index, kind in enumerate(kinds) if kind in LABELLED_KINDS]
    said = (index for index in labelled if head[index].key == wanted or says(slug, head[index].text))
    if (index := next(said, None)) is not None or draft.title or slug or not labelled:
        return index
    first = labelled[0]
    others = (line for line, kind in zip(head, kinds, strict=True) if not kind)
    is_long = head[first].words >= LABELLED_WORDS and _may_be_title(head[first])
    return first if is_long and all(kinds[:first]) and not any(map(_may_be_title, others)) else None


def _exclaimed(lines: Sequence[Line], index: int) -> bool:
    """Whether a line that is long enough for a paragraph is rather a headline: it asks or exclaims, and the
    article begins below it."""
    line, below = lines[index], lines[index + 1 : index + 1 + EXCLAIMED_REACH]
    return (
        _EXCLAIMED.match(line.text) is not None
        and line.words <= EXCLAIMED_WORDS
        and any(other.prose for other in below)
    )


def duplicate_titles(draft: Draft, rules: Rules) -> Draft:
    """The title said again in a line of its own; behind the article beside the site's name, too."""
    if not draft.title:
        return draft
    wanted, last = normalized(draft.title), prose_span(draft.lines)[1]
    gone = [
        (line, "repeated_title", "struct.repeated-title")
        for index, line in enumerate(draft.lines)
        if len(line.text) < 2 * len(draft.title) + 20
        and (line.key == wanted or (index > last >= 0 and _is_page_title(line, draft.title)))
    ]
    if len(gone) == len(draft.lines):
        gone = gone[1:]  # an article that is nothing but its title
    return replace(draft.without(gone), title_taken=True) if gone else draft


def _is_page_title(line: Line, title: str) -> bool:
    """ "The Bridge Has Been Open for a Year - The Gazette"."""
    return title in line.text and count_words(title) >= HEADLINE_WORDS and beside_names(title, line.text)


def beside_names(headline: str, text: str) -> bool:
    """Whether a text holds the headline as it is, and besides only a name and the sign that parts them."""
    text = text.strip()
    return headline in text and _NAMES.fullmatch(text.replace(headline, "\n", 1)) is not None
