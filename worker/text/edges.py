"""What one article shows of its source's habits: the lines, ends, labels and openings at its edges.

Counting them over many articles tells what the source repeats (worker/text/habits.py). An article is
looked at as it came in, so that what was learned before does not change what is counted.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

from worker.text.blocks import Line
from worker.text.openings import words_of_opening
from worker.text.sentences import ends_sentence, introduces
from worker.text.templates import ADDRESS, Words, words_of
from worker.text.zones import prose_span

LINE_WORDS = 40
"""Boilerplate lines are shorter; the longest share prompts have some 25 words."""
HEAD_LINES = 6
TAIL_LINES = 8
END_CHARS = 300
"""So much of the last paragraph is looked at for what is stuck to its end."""
END_SENTENCES = 3
LABEL_WORDS = 6
LONGEST_LABEL = 14
LABEL_REST = 35
"""Behind a label stands at most a headline; more words are prose."""
TITLE_WORDS = (2, 30)
TITLE_COHESION = 0.4
"""Such a share of a headline's longer words stand in its article too."""
TITLE_LETTERS = 3
START_WORDS = 3
"""With so many words a line begins that goes on with names: "Sketches made by …"."""
SENTENCE_WORDS = 3
"""Fewer words before a stop are an abbreviation's."""
_FULL_STOP = re.compile(r"(?<![.…])[.。۔।][\"'”’»)\]]*\s*$")


@dataclass(frozen=True, slots=True)
class Edges:
    """What one article shows: `units` are counted at its edges, `middle` holds those of the watched words and
    pairs of words that stand in its prose."""

    units: tuple[str, ...] = ()
    middle: tuple[str, ...] = ()


def edges_of(lines: Sequence[Line], watched: frozenset[str] = frozenset()) -> Edges:
    """The edges of an article's lines. Pure: the same lines and watched pairs, the same edges."""
    standing = [line for line in lines if line.text.strip()]
    first, last = prose_span(standing)
    if last < first:
        return Edges()  # no prose, no edges
    form, opening = words_of_opening(standing[0].text)
    units = dict.fromkeys(
        [
            *_head_units(standing[:first]),
            *(f"{form} {word}" for _, word in opening),
            *_tail_units(standing[first:], last - first),
        ]
    )
    begins = 0 if first else len(opening)
    # What stands between the last two paragraphs is no middle: the last may be about the paper.
    prose = [*standing[first : _paragraph_before(standing, last) + 1], standing[last]]
    return Edges(tuple(units), tuple(sorted(_watched_in(prose, begins, watched))))


def _paragraph_before(lines: Sequence[Line], last: int) -> int:
    """The index of the paragraph before the last one, or of the line before it where there is but one."""
    return next((index for index in range(last - 1, -1, -1) if lines[index].prose), last - 1)


def _head_units(head: Sequence[Line]) -> Iterator[str]:
    for line in head[:HEAD_LINES]:
        words = words_of(line.text)
        if 0 < len(words.words) <= LINE_WORDS:
            yield head_unit(words)


def head_unit(words: Words) -> str:
    """A line above the prose; a sentence is counted apart, like those at the end."""
    return f"{'lead' if ends_sentence(words.text) else 'head'} {words.template}"


def _tail_units(lines: Sequence[Line], last: int) -> Iterator[str]:
    """`last` is the index of the last prose line."""
    joined: str | None = ""
    form = "tail"
    before = _paragraph_before(lines, last)
    for line in lines[: max(0, before, len(lines) - TAIL_LINES - 1) : -1]:
        offset, words = end_of(line.text)
        if offset or line.words > LINE_WORDS:
            joined = None
            continue
        if 0 < len(words.words) <= LINE_WORDS:
            yield tail_unit(words)
        form = "said" if holds_sentence(words) else form
        if joined:
            joined = f"{words.template} {joined}".strip()
            if joined.count(" ") < LINE_WORDS and not line.prose:
                yield f"{form} {joined}"  # other articles have the same in one line
        elif joined == "":
            joined = words.template
    yield from filter(None, map(start_unit, lines[before + 1 :][-TAIL_LINES:]))
    for line in lines[last:][:TAIL_LINES]:
        _, words = end_of(line.text)
        yield from _label_units(words, lines)
    yield from _end_units(end_of(lines[last].text)[1])


@lru_cache(maxsize=256)  # asked when an article is counted, and again when it is cleaned
def end_of(text: str) -> tuple[int, Words]:
    """The words of a line, of a long one those of its end; and where these begin."""
    if len(text) <= END_CHARS:
        return 0, words_of(text)
    cut = text.find(" ", len(text) - END_CHARS)
    offset = cut + 1 if cut >= 0 else len(text) - END_CHARS
    return offset, words_of(text[offset:])


def _label_units(words: Words, lines: Sequence[Line]) -> Iterator[str]:
    for behind in labels_in(words):
        rest = words.words[behind:]
        is_title = _is_headline([word for _, word in rest], lines)
        for label, _ in labels_before(words, behind):
            yield f"label {label}"
            if is_title:
                yield f"title {label}"


def labels_in(words: Words) -> Iterator[int]:
    """For each colon that may end a label, the word behind it: a headline's length follows, and no full stop,
    with which "The sea: calm, visibility 6 km." says that it is news."""
    if _FULL_STOP.search(words.text):
        return
    yield from (behind for behind in words.labels() if len(words.words) - behind <= LABEL_REST)


def labels_before(words: Words, behind: int) -> Iterator[tuple[str, int]]:
    """What the label before a colon may be, the longest first, and with which word each begins: all words
    since the sentence began, or the last few of them (what stands before may lack its full stop)."""
    begins = max(start for start in words.sentences if start < behind)
    for start in range(begins, behind):
        count = behind - start
        if (start == begins and count <= LONGEST_LABEL) or 1 < count <= LABEL_WORDS:
            yield " ".join(word for _, word in words.words[start:behind]), start


def _is_headline(words: Sequence[str], lines: Sequence[Line]) -> bool:
    """Whether these are words of the article, in a headline's number."""
    if not TITLE_WORDS[0] <= len(words) <= TITLE_WORDS[1] or ADDRESS in words:
        return False
    longer = [word for word in words if len(word) >= TITLE_LETTERS]
    body = " ".join(line.key for line in lines[:-1]) if lines[1:] else lines[0].key
    found = sum(body.count(word) > (not lines[1:]) for word in longer)
    return found >= TITLE_COHESION * len(longer) > 0


def _end_units(words: Words) -> Iterator[str]:
    for start in words.sentences[::-1][:END_SENTENCES]:
        if start and len(words.words) - start <= LINE_WORDS:
            yield tail_unit(words, start)


def tail_unit(words: Words, start: int = 0) -> str:
    """A line or, from the word `start` on, its end; what holds a whole sentence is counted apart, it needs
    more to be believed."""
    return f"{'said' if holds_sentence(words, start) else 'tail'} {words.after(start)}"


def start_unit(line: Line) -> str | None:
    """The first words of a line that is neither a paragraph nor a sentence, and has more of them."""
    _, words = end_of(line.text)
    if line.prose or len(words.words) <= START_WORDS or holds_sentence(words):
        return None
    return f"start {' '.join(word for _, word in words.words[:START_WORDS])}"


def holds_sentence(words: Words, start: int = 0) -> bool:
    """Whether a sentence ends in these words, or something is to follow; "No. 12" is no sentence."""
    if ends_sentence(words.text) or introduces(words.text):
        return True
    return any(end - start >= SENTENCE_WORDS for end in words.sentences)


def _watched_in(prose: Sequence[Line], begins: int, watched: frozenset[str]) -> set[str]:
    """Those of the watched words and pairs of words that stand in the prose, its end and so many words of
    its beginning aside."""
    if not watched:
        return set()
    firsts = _first_words(watched)
    found: set[str] = set()
    for line in prose:
        words = line.key.split(" ")
        if line is prose[-1]:
            del words[-LINE_WORDS:]
        if line is prose[0]:
            del words[:begins]
        known = firsts.intersection(words)
        if known:
            found.update(known)
            found.update([f"{one} {two}" for one, two in pairwise(words) if one in known])
    return found & watched


@lru_cache(maxsize=1024)
def _first_words(pairs: frozenset[str]) -> frozenset[str]:
    return frozenset(pair.partition(" ")[0] for pair in pairs)
