"""Whether what stands behind "By" or "Source:" is a name, in any script, or rather goes on as a sentence."""

from __future__ import annotations

import re
from collections.abc import Collection

from worker.text.normalize import normalized
from worker.text.sentences import ends_sentence, introduces

NAME_WORDS = (2, 8)
CASELESS_NAME_WORDS = (2, 5)
ROLE_WORDS = 7
"""What may stand behind a name: a paper, a post, a place."""
PARTICLE_LETTERS = 4
"""de, van, von, bint, und, and: the words inside names that begin with a small letter are short."""
_AFTER_NAME = re.compile(r"\s*[,،|;(/–—]\s*|\s+-\s+|\s{2,}")
_HALF = re.compile(r"[;؛]|[.،,]\s")


def name_in(text: str, agencies: Collection[str]) -> str:
    """The name that a line's end is, with what may stand behind a name; "" if it is something else."""
    if introduces(text):
        return ""
    parts = _AFTER_NAME.split(text.strip(), maxsplit=1)
    name, role = parts[0].strip(" .:"), parts[1] if len(parts) > 1 else ""
    if len(role.split()) > ROLE_WORDS or ends_sentence(role):
        return ""
    if normalized(name) in agencies:
        return name
    words = name.split()
    few, many = NAME_WORDS if name != name.casefold() else CASELESS_NAME_WORDS
    if not few <= len(words) <= many or any(char.isdigit() for char in name):
        return ""
    if name.upper() == name.lower():  # a script without capitals
        return "" if ends_sentence(text) else name
    return name if _is_capital(words) and not _HALF.search(name) else ""


def is_clause(text: str) -> bool:
    """Whether this is a sentence, or half of one."""
    return ends_sentence(text) or _HALF.search(text) is not None


def _is_capital(words: list[str]) -> bool:
    """Whether all words but short particles begin with a capital, the last one too."""
    small = [word for word in words if word[:1].islower()]
    return (
        all(len(word) <= PARTICLE_LETTERS for word in small)
        and len(words) - len(small) >= 2
        and not words[-1][:1].islower()
    )
