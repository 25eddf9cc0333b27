"""Where something was stuck to the end of a sentence without a space."""

from __future__ import annotations

import re
from functools import lru_cache

from worker.text.blocks import Draft
from worker.text.normalize import normalized
from worker.text.rules import Rules

PIECE_CHARS = 200
"""A glued prompt is short: only a line's end is looked at."""
# Behind a sentence's end …
_AFTER_SENTENCE = re.compile(r"[.!?؟。][\"'”’»)\]]*(?=[^\W\d_])")
# … or behind an address whose Latin letters another script follows.
_HOST = re.compile(r"[a-zA-Z0-9]\.[a-z]|[A-Z0-9]\.[A-Z]")
_LATIN = re.compile("[a-zA-Z]")
_OTHER = re.compile("[\u0590-\u08ff]")
_AFTER_ADDRESS = re.compile(r"(?<=[a-z])(?=[\u0590-\u08ff])|(?<=[\u0590-\u08ff])(?=[a-zA-Z]{4})")


def glued_prompts(draft: Draft, rules: Rules) -> Draft:
    """A phrase that a rule names, stuck to the end of a sentence or of an address."""
    for line in draft.lines:
        for glue in reversed(glues(line.text)):
            kept, piece = line.text[:glue], line.text[glue:]
            found = rules.match(piece, normalized(piece))
            if found and found[0].takes in ("", "title-below", "rest") and kept.strip():
                draft = draft.cut(line, kept, piece, found[0].kind, found[0].id)
                break
    return draft


@lru_cache(maxsize=1024)  # each pass asks
def glues(text: str) -> tuple[int, ...]:
    """Where the last pieces that are glued to something begin."""
    start = max(0, len(text) - PIECE_CHARS)
    found = [
        match.end() for match in _AFTER_SENTENCE.finditer(text, start) if not _in_name(text, match.end())
    ]
    if not text.isascii() and _LATIN.search(text, start) and _OTHER.search(text, start):
        found = sorted({*found, *(match.end() for match in _AFTER_ADDRESS.finditer(text, start))})
    return tuple(found)


def _in_name(text: str, place: int) -> bool:
    """Whether the dot before this place is inside an address or a host's name."""
    return _HOST.match(text[place - 2 : place + 1]) is not None


def last_glue(text: str) -> int | None:
    """Where the last piece that is glued to a sentence's end begins."""
    found = [glue for glue in glues(text) if not text[glue - 1].isalpha()]
    return found[-1] if found else None
