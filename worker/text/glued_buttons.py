"""Several buttons or prompts that stick together in one line: "Share thisLeave a comment"."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar

R = TypeVar("R")

ROW_CHARS = 80
BUTTON_CHARS = range(4, 41)
"""Of one button: shorter ones are found in too many words."""


def first_of_glued(key: str, lines: Mapping[str, R]) -> R | None:
    """What `lines` have for the first of several phrases that make up all of a line's normalised words."""
    if len(key) > ROW_CHARS:
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
