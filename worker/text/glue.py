"""Where something was stuck to the end of a sentence without a space, or to the end of all with one."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from functools import lru_cache

from worker.text.blocks import Draft, Line
from worker.text.normalize import normalized
from worker.text.phrases import crediting
from worker.text.rules import Rule, Rules

PIECE_CHARS = 200
"""A glued prompt is short: only a line's end is looked at."""
# Behind a sentence's end …
_AFTER_SENTENCE = re.compile(r"[.!?؟。][\"'”’»)\]]*(?=[^\W\d_])")
# … or behind an address whose Latin letters another script follows.
_HOST = re.compile(r"[a-zA-Z0-9]\.[a-z]|[A-Z0-9]\.[A-Z]")
_LATIN = re.compile("[a-zA-Z]")
_OTHER = re.compile("[\u0590-\u08ff]")
_AFTER_ADDRESS = re.compile(r"(?<=[a-z])(?=[\u0590-\u08ff])|(?<=[\u0590-\u08ff])(?=[a-zA-Z]{4})")
# Behind the last sentence of an article, with a blank between.
_BEHIND_SENTENCE = re.compile(r"[.!?؟…。۔।][\"'”’»)\]]*\s+(?=\S)")
_STATED = re.compile(r"[.。۔।]\W*$")
# The words before a colon, which may label what follows.
_LABEL = re.compile(r"(?:(?<=\s)[^\s:]+\s+){1,5}[^\s:]*\s*:")
_WORD = re.compile(r"[^\s:]+")
KEPT_WORDS = 5
"""So much of the article has to stand before a prompt in its last line."""
PROMPTS = frozenset(
    {"share_footer", "related", "comment_prompt", "newsletter", "copyright", "tags", "credit"}
)
"""What may stand in the article's last line behind its last sentence …"""
LABELLED = ("credit", "tags")
"""… and which of these needs its label there: an agency or a hashtag may be part of the sentence."""


def glued_prompts(draft: Draft, rules: Rules) -> Draft:
    """A phrase that a rule names, stuck to the end of a sentence or of an address."""
    for line in draft.lines:
        for glue in reversed(glues(line.text)):
            kept, piece = line.text[:glue], line.text[glue:]
            found = rules.match(piece, normalized(piece))
            if found and found[0].takes not in ("author", "credit") and kept.strip():
                draft = _without_piece(draft, line, glue, *found)
                break
    return draft


def prompts_behind(draft: Draft, rules: Rules) -> Draft:
    """A prompt in the article's last line, behind its last sentence: "… said. Read also: The bridge"."""
    line = draft.lines[-1] if draft.lines else None
    if line is None or line.number is None or line.words <= KEPT_WORDS:
        return draft
    start = max(0, len(line.text) - PIECE_CHARS)
    ends = [end.end() for end in _BEHIND_SENTENCE.finditer(line.text, start)]
    for place in (*reversed(ends), *_labels(line.text, start)):
        piece = line.text[place:]
        found = rules.match(piece, normalized(piece))
        if not found or len(line.text[:place].split()) < KEPT_WORDS:
            continue
        if found[0].takes == "title" or (place in ends and _is_prompt(piece, found[0], rules)):
            return _without_piece(crediting(draft, [(line, *found)], rules), line, place, *found)
    return draft


def _labels(text: str, start: int) -> Iterator[int]:
    """Where the words before a colon begin, one after the other: a footer that tells the title is told by
    its label even behind a sentence that lacks its full stop."""
    for label in _LABEL.finditer(text, start):
        yield from (label.start() + word.start() for word in _WORD.finditer(label[0]))


def _is_prompt(piece: str, rule: Rule, rules: Rules) -> bool:
    """Whether a line's last piece is surely no sentence: it is all of a phrase, or states nothing."""
    if rule.kind not in PROMPTS or "tail" not in rule.zones:
        return False
    if rule.takes == "title":
        return True
    labelled = rule.kind not in LABELLED or ":" in piece
    return labelled and (not _STATED.search(piece) or normalized(piece) in rules.lookup.lines)


def _without_piece(draft: Draft, line: Line, place: int, rule: Rule, name: str) -> Draft:
    """The draft without the end of a line; where that tells the title, it is the title."""
    kept, piece = line.text[:place], line.text[place:]
    if rule.takes != "title" or not name or draft.title:
        return draft.cut(line, kept, piece, rule.kind, rule.id)
    draft = draft.cut(line, kept, piece.replace(name, "", 1).strip(), rule.kind, rule.id)
    return replace(draft, title=name, title_taken=True, title_number=line.number)


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
