"""What became of every line of one input: kept, taken as the title, or removed, and by which rule."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from schemas import CleanArticle
from schemas.clean_article import RemovedLine
from worker.pipeline import Limits, article_of
from worker.ports import RawRecord
from worker.stages.decode import decode
from worker.stages.extract import extract
from worker.text.blocks import Line
from worker.text.markup import decoded
from worker.text.rules import Rules

Fate = Literal["kept", "title", "removed"]


@dataclass(frozen=True, slots=True)
class Piece:
    """A run of characters of one line, and what became of it; kind and rule are "" unless removed."""

    text: str
    fate: Fate
    kind: str = ""
    rule: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the input, in pieces; the number is None for what came out of a page."""

    number: int | None
    pieces: tuple[Piece, ...]

    @property
    def removed(self) -> bool:
        """Whether nothing of the line is left."""
        return all(piece.fate == "removed" for piece in self.pieces)


@dataclass(frozen=True, slots=True)
class Explained:
    """An article and the account of its input."""

    article: CleanArticle
    rows: tuple[Row, ...]

    @property
    def kinds(self) -> dict[str, int]:
        """How many pieces of each kind were removed, the most frequent kind first."""
        counts: dict[str, int] = {}
        for row in self.rows:
            for piece in row.pieces:
                if piece.fate == "removed":
                    counts[piece.kind] = counts.get(piece.kind, 0) + 1
        return dict(sorted(counts.items(), key=lambda pair: (-pair[1], pair[0])))

    @property
    def facts(self) -> dict[str, str]:
        """What the lines told besides the text, by field; fields without a value are left out."""
        one = self.article
        found = {
            "title": one.title, "source": one.source, "authors": ", ".join(one.authors),
            "credits": ", ".join(one.credits), "dateline": one.dateline,
            "published_at": one.published_at.isoformat() if one.published_at else None,
            "hashtags": " ".join(f"#{tag}" for tag in one.hashtags), "language": one.language,
            "words": str(one.word_count), "confidence": f"{one.extraction.confidence:.2f}",
        }  # fmt: skip
        return {name: value for name, value in found.items() if value}

    def as_json(self) -> dict[str, object]:
        """The account for programs."""
        lines = [{"line": row.number, "pieces": [_told(piece) for piece in row.pieces]} for row in self.rows]
        return {
            "metadata": self.facts,
            "kinds": self.kinds,
            "lines": lines,
            "rules": self.article.extraction.rules,
        }


def explain(record: RawRecord, rules: Rules, limits: Limits) -> Explained:
    """Cleans a record and says what became of each line. Raises InvalidRecord."""
    article = article_of(record, rules, limits)
    lines = extract(decode(record)[0], rules.block_model).lines
    return Explained(article, tuple(_rows(lines, article)))


def _rows(lines: tuple[Line, ...], article: CleanArticle) -> Iterator[Row]:
    open_cuts = list(article.removed)
    kept = article.text.split("\n\n")
    title = article.title
    for line in lines:
        text = decoded(line.text).strip()
        if not text:
            continue
        pieces = _pieces(text, _cuts_of(line, text, open_cuts, kept))
        if any(_is_title(piece, title, kept) for piece in pieces):
            pieces = tuple(
                Piece(piece.text, "title") if _is_title(piece, title, kept) else piece for piece in pieces
            )
            title = ""
        for piece in pieces:
            if piece.fate == "kept" and piece.text.strip() in kept:
                kept.remove(piece.text.strip())
        yield Row(line.number, pieces)
    for cut in open_cuts:  # lines of the page that extraction did not hand on
        yield Row(cut.line, (_gone(cut),))


def _cuts_of(line: Line, text: str, open_cuts: list[RemovedLine], kept: list[str]) -> list[RemovedLine]:
    """The removals that belong to this line; they are taken off the list."""
    if line.number is not None:
        mine = [cut for cut in open_cuts if cut.line == line.number]
    else:
        whole = next((cut for cut in open_cuts if cut.text.strip() == text), None)
        mine = [whole] if whole and text not in kept else _parts_of(text, open_cuts, kept)
    for cut in mine:
        open_cuts.remove(cut)
    return mine


def _parts_of(text: str, open_cuts: list[RemovedLine], kept: list[str]) -> list[RemovedLine]:
    """The removal without which a line of a page is one of the paragraphs: pages have no line numbers."""
    if text in kept:
        return []
    return next(([cut] for cut in open_cuts if text.replace(cut.text.strip(), "", 1).strip() in kept), [])


def _pieces(text: str, cuts: list[RemovedLine]) -> tuple[Piece, ...]:
    """The line in order: what stays between what was cut from it."""
    pieces: list[Piece] = []
    lost: list[Piece] = []
    place = 0
    for gone in sorted(map(_gone, cuts), key=lambda gone: text.find(gone.text)):
        start = text.find(gone.text, place)
        if start < 0:
            lost.append(gone)
            continue
        if between := text[place:start].strip():
            pieces.append(Piece(between, "kept"))
        pieces.append(gone)
        place = start + len(gone.text)
    rest = text[place:].strip()
    if rest and not (lost and not pieces):
        pieces.append(Piece(rest, "kept"))
    return (*pieces, *lost)


def _told(piece: Piece) -> dict[str, str | None]:
    return {
        "text": piece.text,
        "fate": piece.fate,
        "kind": piece.kind or None,
        "rule": piece.rule or None,
    }


def _gone(cut: RemovedLine) -> Piece:
    return Piece(cut.text.strip(), "removed", cut.kind, cut.rule)


def _is_title(piece: Piece, title: str, kept: list[str]) -> bool:
    text = " ".join(piece.text.split())
    return bool(title) and piece.fate == "kept" and text == " ".join(title.split()) and text not in kept
