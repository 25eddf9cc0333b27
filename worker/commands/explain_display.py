"""How lines are shown, in the terminal and on the page: a colour for each kind, the direction, and the names
of characters that are not shown (plain.py)."""

from __future__ import annotations

import unicodedata

from worker.text.rules import KINDS

# Names of the 256 colours, none so dark or so light that it is lost on a dark or a light ground.
_TERMINAL = (
    "dodger_blue1", "dark_cyan", "medium_purple1", "orchid", "dark_orange", "gold3", "green3",
    "deep_sky_blue2", "hot_pink3", "cyan3", "red1", "indian_red1", "slate_blue1", "spring_green3", "orange3",
    "yellow3", "chartreuse3", "deep_pink2", "grey58",
)  # fmt: skip
_HUES = tuple(round(number * 360 / len(KINDS)) for number in range(len(KINDS)))

TERMINAL = dict(zip(KINDS, _TERMINAL, strict=True))
"""Names of Rich's colours by kind."""
HUES = {kind: _HUES[(number * 7) % len(KINDS)] for number, kind in enumerate(KINDS)}
"""Hues in degrees by kind; neighbours in the list of kinds are far apart on the circle."""


def named(character: str) -> str:
    """How a hidden character is shown: its code point."""
    return f"U+{ord(character):04X}"


def is_rtl(text: str) -> bool:
    """Whether a line's first strong character runs from right to left, as the Unicode bidi algorithm asks."""
    for character in text:
        direction = unicodedata.bidirectional(character)
        if direction in ("L", "R", "AL"):
            return direction != "L"
    return False
