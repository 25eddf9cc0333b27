"""Words of a text in any script: languages without spaces are counted by character."""

from __future__ import annotations

import re

# Han, kana, Thai, Lao, Khmer, Myanmar: a run of them holds many words; each character counts as one.
_SPACELESS = re.compile(
    "[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]"
)


def word_count(normal: str) -> int:
    """How many words a normalised text has."""
    if normal.isascii() or not _SPACELESS.search(normal):
        return normal.count(" ") + 1 if normal else 0
    apart = _SPACELESS.sub(" ", normal)
    return len(apart.split()) + len(_SPACELESS.findall(normal))
