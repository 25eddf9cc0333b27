"""Text of others on a screen (ids, names of files, answers of servers): a terminal must not obey it."""

from __future__ import annotations

import unicodedata

_HARMLESS = frozenset("\t\u200c\u200d\u200e\u200f")
"""Joiners and direction marks: words of Persian, Hindi and Arabic need them, and they override nothing."""
_INVISIBLE = ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp")


def is_hidden(character: str) -> bool:
    """Whether a character would not be seen, or would change how others are seen: bidi overrides and
    isolates, controls (a terminal obeys some of them), lone surrogates, what Unicode does not know."""
    return character not in _HARMLESS and unicodedata.category(character) in _INVISIBLE


def plain(text: str) -> str:
    """One line without what a terminal would obey: controls, overrides of the direction, lone surrogates."""
    return "".join(" " if one == "\t" else "\ufffd" if is_hidden(one) else one for one in text)
