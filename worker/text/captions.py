"""Captions that end with the credit of their picture."""

from __future__ import annotations

import re
from collections.abc import Iterator

from worker.text.blocks import Draft, Line
from worker.text.normalize import normalized
from worker.text.rules import Rules
from worker.text.sentences import ends_sentence
from worker.text.zones import prose_span

CREDIT_CHARS = 90
"""A credit is short: only a line's end is looked at."""
CAPTION_WORDS = 3
"""Fewer words before the credit are its own label: "Northbrook (Photo: …)"."""
BRACKETS = "([（【"
_IN_BRACKETS = re.compile(r"([(\[（【][^()\[\]（）【】]{3,80}[)\]）】])\W{0,3}$")
_LABEL = re.compile(r"[:：=]\s*\w")
_BEFORE_CREDIT = re.compile(r"(?:[.!?…»”\"]\s{1,3}|[。！？」]|\s[|/–—-]\s)(?=[\w©])")


def credited_captions(draft: Draft, rules: Rules) -> Draft:
    """A line that is no paragraph and ends with what a rule takes for a picture's credit: "The old pier.
    Photo: Jane Doe"; before the article also with an agency in brackets."""
    first, last = prose_span(draft.lines)
    if last < first:
        return draft  # it may be all there is
    gone = (
        line
        for index, line in enumerate(draft.lines)
        if not line.prose and _is_credited(line, rules, index < first)
    )
    return draft.without((line, "media_credit", "struct.credited-caption") for line in gone)


def _is_credited(line: Line, rules: Rules, in_head: bool) -> bool:
    return any(
        len(line.text[:start].split()) >= CAPTION_WORDS and _is_credit(piece, rules, in_head)
        for start, piece in _ends(line.text)
    )


def _ends(text: str) -> Iterator[tuple[int, str]]:
    """Where the last pieces of a line begin that may be a credit, and the pieces."""
    last = max(0, len(text) - CREDIT_CHARS)
    if found := _IN_BRACKETS.search(text, last):
        yield found.start(), found[1]
        return
    if not _LABEL.search(text, last):
        return  # as nearly always
    for end in _BEFORE_CREDIT.finditer(text, last):
        if _LABEL.search(text, end.end()):
            yield end.end(), text[end.end() :]


def _is_credit(piece: str, rules: Rules, in_head: bool) -> bool:
    if ends_sentence(piece) and piece[:1] not in BRACKETS:
        return False
    found = rules.match(piece, normalized(piece))
    kind = found[0].kind if found else ""
    return kind == "media_credit" or (in_head and kind == "credit" and piece[:1] in BRACKETS)
