"""Words of a text in any script: languages without spaces are counted by character."""

from __future__ import annotations

import re

# Han, kana, Thai, Lao, Khmer, Myanmar: a run of them holds many words; each character counts as one.
_SPACELESS = re.compile(
    "[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]"
)
_WORD = re.compile(r"\w+")


def word_count(text: str) -> int:
    """How many words a text has."""
    spaceless = len(_SPACELESS.findall(text)) if not text.isascii() else 0
    return len(_WORD.findall(_SPACELESS.sub(" ", text) if spaceless else text)) + spaceless
