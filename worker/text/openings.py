"""What stands in front of an article's first sentence: "X - Y:", or "X - Y -" where no colon follows."""

from __future__ import annotations

import re
from collections.abc import Sequence

from worker.text.templates import Words, words_of

OPENING_CHARS = 90
OPENING_WORDS = 10
OPENING_REST = 5
"""So many words must follow an opening on its line, or nothing at all."""
DASHED_CHARS = 60
DASHED_WORDS = 8
"""An opening that only a dash ends is told by less than a colon, so it is shorter."""
_SIGN = r"[-\u2010-\u2015\u2212/|]"
_JOINT = re.compile(rf"\s*{_SIGN}\s*")
_DASH = re.compile(rf"[.\s]*{_SIGN}\s+")
_COLON = re.compile(r"\s*[:\uff1a]\s*")


def words_of_opening(text: str) -> tuple[str, Sequence[tuple[int, str]]]:
    """The form of the units that an opening's words are, and these words."""
    if opening := opening_of(text):
        return "open", opening[1].words
    if dashed := dashed_openings(text):
        number, _, words = dashed[0]
        return f"dash {number}", words.words
    return "", ()


def opening_of(text: str) -> tuple[int, Words] | None:
    """The "X - Y:" that a first line begins with, or is: where it ends, and its words."""
    start = text[:OPENING_CHARS]
    colon = _COLON.search(start)
    if colon is None and len(text) > OPENING_CHARS:
        return None
    end = colon.end() if colon else len(text)
    if len(text[end:].split(None, OPENING_REST)) <= OPENING_REST:
        end = len(text)  # too little for prose: a line of its own
    opening = words_of(text[:end])
    joint = _JOINT.search(start[: colon.start()] if colon else start)
    if joint is None and len(opening.words) > (2 if colon and end < len(text) else 0):
        return None
    fits = 0 < len(opening.words) <= OPENING_WORDS and len(opening.sentences) <= 2
    return (end, opening) if fits and len(text[:end]) <= OPENING_CHARS else None


def dashed_openings(text: str) -> list[tuple[int, int, Words]]:
    """The "X - Y -" that a paragraph may begin with, the longest first: the number of its dashes, where it
    ends, and its words."""
    start = _COLON.split(text[:DASHED_CHARS], maxsplit=1)[0]
    found = [
        (number, dash.end(), words_of(text[: dash.start()]))
        for number, dash in enumerate(_DASH.finditer(start), 1)
        if len(text[dash.end() :].split(None, OPENING_REST)) > OPENING_REST
    ]
    return [one for one in reversed(found) if 0 < len(one[2].words) <= DASHED_WORDS]
