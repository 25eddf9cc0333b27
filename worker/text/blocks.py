"""The values that the cleaners pass along.

A `Document` is what extraction found; a `Draft` goes through the cleaners (`worker/text/cleaners.py`), each
a plain function `Draft, Rules -> Draft`; `Cleaned` is what is left, with an account of every line.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cached_property

from worker.text.normalize import normalized, normalized_lines
from worker.text.sentences import measured

SURE = 0.1
"""No rule that reads structure off the lines takes a block of less doubt: the page itself knows better."""
STRUCTURE, TITLE_AGAIN, EXCERPT_AGAIN = "struct.", "struct.repeated-title", "struct.repeated-excerpt"
INVISIBLE = "struct.invisible"
WHOLE_AGAIN_WORDS = 60
"""So many words, all of which the article has said, are said again, however likely they look."""


@dataclass(frozen=True, eq=False)
class Line:
    """One line of the input: its number from 1 (None for HTML blocks) and its characters, untouched.

    Compared by identity: two lines with the same words are two lines.
    """

    number: int | None
    text: str
    doubt: float | None = None
    """How likely it is no part of the article, where the page it came from told that."""
    kind: str | None = None
    """What it is if it is no part of the article, where its place in the page tells that."""
    words: int = field(init=False, repr=False)
    """How many words, roughly, in any script."""
    is_sentence: bool = field(init=False, repr=False)
    """Whether it ends like a sentence."""
    prose: bool = field(init=False, repr=False)
    """Whether it is a paragraph of running text by itself."""

    def __post_init__(self) -> None:
        # At once, since every line is asked for all three, and `cached_property` takes a lock for each.
        words, is_sentence, prose = measured(self.text)
        self.__dict__.update(words=words, is_sentence=is_sentence, prose=prose)

    @property
    def sure(self) -> bool:
        """Whether the page it came from says clearly that it is part of the article."""
        return self.doubt is not None and self.doubt < SURE

    @cached_property
    def key(self) -> str:
        """Its normalised words: what rules look up and repetitions are found by."""
        return normalized(self.text)


def keyed(lines: Sequence[Line]) -> tuple[Line, ...]:
    """The lines with all their keys looked up at once, which is a third of the work."""
    new = [line for line in lines if "key" not in line.__dict__]
    for line, key in zip(new, normalized_lines([line.text for line in new]), strict=True):
        line.__dict__["key"] = key
    return tuple(lines)


def _is_guess(line: Line, rule: str) -> bool:
    """Whether a rule knows less about a line than the page does."""
    if not (line.sure and rule.startswith(STRUCTURE)) or rule in (TITLE_AGAIN, INVISIBLE):
        return False
    return rule != EXCERPT_AGAIN or line.words < WHOLE_AGAIN_WORDS


@dataclass(frozen=True, slots=True)
class Document:
    """An article as extraction found it, boilerplate and all.

    `method` is `text` for flattened input, else the extractor's name. What the page or the crawler
    knew besides the lines are hints: the cleaners may overrule them.
    """

    lines: tuple[Line, ...]
    method: str
    title: str | None = None
    language: str | None = None
    source: str | None = None
    url: str | None = None
    authors: tuple[str, ...] = ()
    published_at: datetime | None = None
    tags: tuple[str, ...] = ()
    page_language: str | None = None
    """As the page declares it: templates of many languages say `en`, so this counts for least."""
    certainty: float | None = None
    """Calibrated probability that the lines without those of much doubt are exactly the article."""


@dataclass(frozen=True, slots=True)
class Removed:
    """A line, or a piece of one, that is not part of the article; `kind` as in the contract."""

    number: int | None
    kind: str
    rule: str
    text: str


@dataclass(frozen=True)
class Draft:
    """What the cleaners know so far: the lines still standing, those removed, and what was learned."""

    lines: tuple[Line, ...]
    removed: tuple[Removed, ...] = ()
    title: str = ""
    title_taken: bool = False
    """Whether the title was one of the lines (it is then accounted for)."""
    title_number: int | None = None
    """The number of that line, in flattened text."""
    source: str | None = None
    authors: tuple[str, ...] = ()
    credits: tuple[str, ...] = ()
    hashtags: tuple[str, ...] = ()
    url: str | None = None
    # Notes that a cleaner makes for itself; no other reads them.
    new: frozenset[Line] = field(default=frozenset(), compare=False)
    """Lines that do not say again what stands above them: it will not become more."""
    settled: tuple[Line, ...] = field(default=(), compare=False)
    """The lines as the line model left them: it need not be asked about these again."""
    certainty: float | None = field(default=None, compare=False)
    """The line model's calibrated probability that the result is exactly the article."""

    def is_below_title(self, line: Line) -> bool:
        """Whether it is known that a line stood below the one that became the title."""
        return (line.number or 0) > self.title_number if self.title_number is not None else False

    def without(self, gone: Iterable[tuple[Line, str, str]]) -> Draft:
        """The draft without these lines, each given with its kind and rule; lines gone before stay gone,
        sure ones stay where a rule only guesses from structure."""
        named = {id(line): (kind, rule) for line, kind, rule in gone if not _is_guess(line, rule)}
        if not named:
            return self  # as nearly always: most cleaners find nothing
        listed = [line for line in self.lines if id(line) in named]
        if not listed:
            return self
        return replace(
            self,
            lines=tuple(line for line in self.lines if id(line) not in named),
            removed=self.removed + tuple(Removed(ln.number, *named[id(ln)], ln.text) for ln in listed),
        )

    def cut(self, line: Line, kept: str, piece: str, kind: str, rule: str) -> Draft:
        """The draft with one line shortened to `kept`; the piece cut off is accounted for."""
        shorter = replace(line, text=kept)
        return replace(
            self,
            lines=tuple(shorter if one is line else one for one in self.lines),
            removed=(*self.removed, Removed(line.number, kind, rule, piece)),
        )

    def titled(self, line: Line, title: str | None = None, kind: str = "site", rule: str = "") -> Draft:
        """The draft with this line, or a piece of it, taken as its title; the rest of the line is
        accounted for under `kind` and `rule`."""
        text = line.text.strip()
        title = (title or text).strip()
        before, found, after = text.partition(title)
        pieces = tuple(
            Removed(line.number, kind, rule, piece.strip())
            for piece in ((before, after) if found else ())
            if piece.strip()
        )
        rest = tuple(one for one in self.lines if one is not line)
        return replace(self, lines=rest, removed=self.removed + pieces, title=title, title_taken=True,
                       title_number=line.number)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Cleaned:
    """The article without the chaff. Every non-blank input line is in exactly one place:
    `paragraphs`, the title, or `removed` (pieces cut from a line stand in `removed`)."""

    title: str
    paragraphs: tuple[str, ...]
    removed: tuple[Removed, ...]
    language: str
    source: str | None = None
    authors: tuple[str, ...] = ()
    credits: tuple[str, ...] = ()
    dateline: str | None = None
    published_at: datetime | None = None
    hashtags: tuple[str, ...] = ()
    confidence: float = 1.0
    normalized: str = ""
    """The normalised words of the paragraphs (worker/text/normalize.py); a paragraph without any as it is."""
    words: str = ""
    """Those of the paragraphs that have any: what normalising `text` gives."""

    @property
    def text(self) -> str:
        """Paragraphs joined by one blank line."""
        return "\n\n".join(self.paragraphs)
