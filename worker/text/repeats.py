"""What is said twice: an excerpt of the body behind the article."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from itertools import pairwise

from worker.text.blocks import EXCERPT_AGAIN, WHOLE_AGAIN_WORDS, Draft, Line
from worker.text.rules import Rules
from worker.text.zones import is_wrapped, prose_span

EXCERPT_WORDS = 8
"""A repetition of fewer words may be a phrase that the writer likes."""
EXCERPT_REACH = 20
"""Lines between a paragraph and its excerpt: pull quotes and captions stand near what they repeat."""
SITE_WORDS = 4
"""An excerpt may open with the site's name."""
TITLE_WORDS, PROMPT_WORDS = (2, 30), 14
"""Of the title in a share dialog, and of the prompt above it."""
ASKED = 3
"""A question that stands so often was put to so many."""
_QUESTION_MARKS = ("?", "\u061f", "\uff1f")
PROBE_CHARS = 30
"""So many equal characters at its beginning make it worth comparing a line word by word."""
PIECE_CHARS, PIECES_EVERY = 24, 40
"""A copy of the whole article in one line is looked at piece by piece: it is cut into lines otherwise."""
SAID_SHARE = 0.75
"""So many of the pieces must have been said; the others lie across the ends of two lines."""


def repeated_excerpts(draft: Draft, rules: Rules) -> Draft:
    """A later line that only says again what the prose above it says, maybe behind the site's name.

    Amid the article a line can be an excerpt only if it is all of a line above, and never where paragraphs
    were cut at a fixed width. That is asked first: it is a look-up, searching the prose takes long. All of a
    line, far below it, was said again by the writer: a question and its answer, a box of a buyer's guide.
    """
    above = prose = spoken = ""
    places: dict[str, int] = {}
    gone, new = [], []
    said = Counter(line.key for line in draft.lines)
    last = prose_span(draft.lines)[1]
    wrapped = is_wrapped(draft.lines)
    for index, line in enumerate(draft.lines):
        apart = index - places.get(line.key, index)
        whole = (
            line.words >= WHOLE_AGAIN_WORDS and line not in draft.new and _said_in_pieces(line.text, above)
        )
        says_again = whole or (
            line.words >= EXCERPT_WORDS
            and (index >= last or (apart and not wrapped))
            and _may_repeat(line.text, prose)
            and _repeats(line.key, spoken)
        )
        if says_again and apart <= EXCERPT_REACH and not _is_asked(line, said[line.key]):
            gone.append((line, "repeated_excerpt", EXCERPT_AGAIN))
        elif line.prose:
            prose += f" {line.text.strip()}"
            spoken += f" {line.key}"
            places[line.key] = index
        above += f"\n{line.text}"
        if not whole:
            new.append(line)
    return replace(draft.without(gone), new=frozenset(new))


def title_above_excerpt(draft: Draft, rules: Rules) -> Draft:
    """The title that a share dialog says behind the article, above the excerpt that it shows, and
    the prompt above it, in whatever words."""
    first, last = prose_span(draft.lines)
    opening = draft.lines[first].text.strip()[:PROBE_CHARS] if first <= last else ""
    said = [cut for cut in draft.removed if cut.rule == EXCERPT_AGAIN]
    again = {cut.number for cut in said if opening in cut.text}
    if draft.title or not opening or not again or len(said) > 1:
        return draft  # several lines that are said again are no excerpt
    tail = draft.lines[last + 1 :]
    every = (*(line.number for line in draft.lines), *(cut.number for cut in draft.removed))
    numbers = sorted({number for number in every if number})
    before = {number: above for above, number in pairwise(numbers)}
    above_excerpt = {above for above, number in pairwise(numbers) if number in again}
    title = next((line for line in tail if line.number in above_excerpt), None)
    if title is None or not TITLE_WORDS[0] <= title.words <= TITLE_WORDS[1]:
        return draft
    prompts = [line for line in tail if line.number == before.get(title.number or 0)]
    gone = [line for line in prompts if line.words <= PROMPT_WORDS and not line.is_sentence]
    return draft.without((line, "share_footer", "struct.share-dialog") for line in gone).titled(title)


def _is_asked(line: Line, times: int) -> bool:
    """Whether a line is a question that is put to one person after the other."""
    return times >= ASKED and line.text.rstrip().endswith(_QUESTION_MARKS)


def _said_in_pieces(text: str, above: str) -> bool:
    """Whether nearly all of a long line stands in the lines above already, in whichever."""
    starts = range(0, len(text) - PIECE_CHARS, PIECES_EVERY)
    probes = starts[len(starts) // 4 :: max(1, len(starts) // 4)]
    if not any(text[start : start + PIECE_CHARS] in above for start in probes):
        return False  # a quick look: nearly all texts are new
    return sum(text[start : start + PIECE_CHARS] in above for start in starts) >= SAID_SHARE * len(starts)


def _may_repeat(text: str, seen: str) -> bool:
    """A quick look, letter for letter; excerpts are made by machines."""
    if text.strip()[:PROBE_CHARS] in seen:
        return True
    words = text.split(None, SITE_WORDS)
    if len(words) <= SITE_WORDS or words[-1][:PROBE_CHARS] not in seen:
        return False  # whatever the site's name is, behind it the excerpt would go on like this
    return any(" ".join(words[skip:])[:PROBE_CHARS] in seen for skip in range(1, SITE_WORDS + 1))


def _repeats(key: str, spoken: str) -> bool:
    """Whether the words have been said, as they are or behind a site's name."""
    words = key.split(" ")
    if f" {key}" in spoken:  # the last word may be cut in the middle
        return True
    return any(
        len(words) - skip >= 3 * EXCERPT_WORDS and f" {' '.join(words[skip:])}" in spoken
        for skip in range(1, SITE_WORDS + 1)
    )
