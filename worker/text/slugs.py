"""What a URL says about the title: the words of its slug."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from urllib.parse import unquote, urlsplit

from worker.text.normalize import normalized

SLUG_WORDS = 3
"""Fewer words in a slug say nothing."""
LETTERS = 3
SHARE_OF_SLUG = 0.7
SHARE_OF_LINE = 0.4
HINT_WORDS = 2
SHARE_OF_HINT = 0.5
STEM = 5
"""Letters that two forms of one word have in common."""
STEMS_SHARED = 2
MANY_WORDS, SHARE_OF_MANY = 3, 0.4
"""So many words are hardly shared by chance."""
_SPELLED_OUT = str.maketrans(
    {"ä": "ae", "ö": "oe", "ü": "ue", "ø": "oe", "å": "aa", "æ": "ae", "'": "", "’": ""}
)
_UNACCENTED = str.maketrans("øłđæœıðþ", "oldaoidt")
"""Letters that are not made of another one and a mark."""
_BETWEEN_WORDS = re.compile(r"[-_+\s]")
"""What parts the words of a slug; dots stand in numbers and file names."""
_EXTENSION = re.compile(r"\.[a-z]{2,5}$")


def slug_words(url: str | None) -> frozenset[str]:
    """The words of the longest part of a URL's path; empty where it has no slug in words."""
    if not url:
        return frozenset()
    try:
        parts = unquote(urlsplit(url).path).split("/")
    except ValueError:
        return frozenset()
    named = [_EXTENSION.sub("", part) for part in parts if _BETWEEN_WORDS.search(part)]
    slug = max(named, key=lambda part: len(_words(part)), default="")
    words = _words(slug)
    return words if len(words) >= SLUG_WORDS else frozenset()


def says(slug: frozenset[str], line: str, share_of_line: float = SHARE_OF_LINE) -> bool:
    """Whether a line is what the slug was made of."""
    words, shared = _compared(slug, line)
    return bool(slug) and shared >= SHARE_OF_SLUG * len(slug) and shared >= share_of_line * words


def hinted(slug: frozenset[str], line: str) -> float:
    """How alike a slug and a line are: the harmonic mean of the shares of each that the other has, 0 where
    these are small. Editors shorten headlines for their URLs."""
    words, shared = _compared(slug, line)
    share = SHARE_OF_HINT if shared < MANY_WORDS else SHARE_OF_MANY
    if shared < max(HINT_WORDS, share * min(len(slug), words)):
        return 0.0
    return 2 * shared / (len(slug) + words)


def knows(slug: frozenset[str], line: str) -> bool:
    """Whether a slug has longer words of a line, in whatever form: headlines are changed, URLs are not."""
    known = _stems(slug)
    return any(len(_stems(words) & known) >= STEMS_SHARED for words in _readings(line))


def _stems(words: frozenset[str]) -> frozenset[str]:
    return frozenset(word[:STEM] for word in words if len(word) >= STEM)


def in_script_of(slug: frozenset[str], line: str) -> bool:
    """Whether the slug could have said this line: accents are left out of slugs, other scripts are not."""
    return all(word.isascii() for word in slug) == all(word.isascii() for word in _words(line))


def _compared(slug: frozenset[str], line: str) -> tuple[int, int]:
    """How many words a line has, and how many of the slug's, in the reading that says more."""
    return max(((len(words), len(words & slug)) for words in _readings(line)), key=lambda pair: pair[1])


@lru_cache(maxsize=512)  # each pass asks about the same lines
def _readings(line: str) -> tuple[frozenset[str], ...]:
    """The words as a slug has them: accents left out, or spelled out and without apostrophes."""
    plain = unicodedata.normalize("NFC", line).casefold()
    spelled = plain.translate(_SPELLED_OUT)
    return (_words(line),) if spelled == plain else (_words(line), _words(spelled))


def _words(text: str) -> frozenset[str]:
    plain = normalized(text.replace("_", " "))
    if not plain.isascii():
        folded = unicodedata.normalize("NFKD", plain).translate(_UNACCENTED)
        plain = "".join(char for char in folded if not unicodedata.combining(char))
    return frozenset(word for word in plain.split() if len(word) >= LETTERS and not word.isdigit())
