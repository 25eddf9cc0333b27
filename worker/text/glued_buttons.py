"""Several buttons or prompts that stick together in one line: "Share thisLeave a comment"."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TypeVar

R = TypeVar("R")

ROW_CHARS = 80
BUTTON_CHARS = range(4, 41)
"""Of one button: shorter ones are found in too many words."""
_STUCK = re.compile(
    "[a-z\u00df-\u00f6\u00f8-\u00ff\u03ac-\u03ce\u0430-\u045f][A-Z\u00c0-\u00d6\u00d8-\u00de\u0386-\u03a9\u0400-\u042f]"
)
"""Where one button ends and the next begins, in scripts with capitals."""


def first_of_glued(text: str, key: str, lines: Mapping[str, R]) -> R | None:
    """What `lines` have for the first of several phrases that make up a line, `key` when normalised."""
    if len(key) > ROW_CHARS or (text != text.lower() and not _STUCK.search(text)):
        return None
    first: dict[int, R | None] = {0: None}
    for start in range(len(key)):
        if start not in first:
            continue
        for end in range(start + BUTTON_CHARS.start, min(len(key) + 1, start + BUTTON_CHARS.stop)):
            piece = key[start:end].strip()
            if piece in lines and len(piece) in BUTTON_CHARS:
                first.setdefault(end, first[start] or lines[piece])
        if len(first) == 1:
            return None  # as nearly always
    return first.get(len(key))
