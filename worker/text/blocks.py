"""The values that the cleaners pass along.

A `Document` is what extraction found; every cleaner is a plain function `Draft -> Draft`
(see `worker/text/cleaners.py`); `Cleaned` is what is left, with an account of every line.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the input: its number from 1 (None for HTML blocks) and its characters, untouched."""

    number: int | None
    text: str


@dataclass(frozen=True, slots=True)
class Document:
    """An article as extraction found it, boilerplate and all.

    `method` is `text` for flattened input, else the extractor's name. What the page or the crawler
    knew besides the lines (title, authors, times …) are hints: the cleaners may overrule them.
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


@dataclass(frozen=True, slots=True)
class Removed:
    """A line, or a piece of one, that is not part of the article; `kind` as in the contract."""

    number: int | None
    kind: str
    rule: str
    text: str


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

    @property
    def text(self) -> str:
        """Paragraphs joined by one blank line."""
        return "\n\n".join(self.paragraphs)
