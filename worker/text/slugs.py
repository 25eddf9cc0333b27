"""What a URL says about the title: the words of its slug."""

from __future__ import annotations

import re
import unicodedata
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
_EXTENSION = re.compile(r"\.[a-z]{2,5}$")


def slug_words(url: str | None) -> frozenset[str]:
    """The words of the longest part of a URL's path; empty where it has no slug in words."""
    if not url:
        return frozenset()
    try:
        parts = unquote(urlsplit(url).path).split("/")
    except ValueError:
        return frozenset()
    slug = max((_EXTENSION.sub("", part) for part in parts), key=lambda part: len(_words(part)), default="")
    words = _words(slug)
    return words if len(words) >= SLUG_WORDS else frozenset()


def says(slug: frozenset[str], line: str) -> bool:
    """Whether a line is what the slug was made of."""
    words = _words(line)
    shared = len(words & slug)
    return bool(slug) and shared >= SHARE_OF_SLUG * len(slug) and shared >= SHARE_OF_LINE * len(words)


def hinted(slug: frozenset[str], line: str) -> float:
    """How alike a slug and a line are: the harmonic mean of the shares of each that the other has, 0 where
    these are small. Editors shorten headlines for their URLs."""
    words = _words(line)
    shared = len(words & slug)
    if shared < max(HINT_WORDS, SHARE_OF_HINT * min(len(slug), len(words))):
        return 0.0
    return 2 * shared / (len(slug) + len(words))


def knows(slug: frozenset[str], line: str) -> bool:
    """Whether a slug has a longer word of a line, in whatever form: headlines are changed, URLs are not."""
    stems = {word[:STEM] for word in slug if len(word) >= STEM}
    return any(len(word) >= STEM and word[:STEM] in stems for word in _words(line))


def _words(text: str) -> frozenset[str]:
    plain = normalized(text.replace("_", " "))
    if not plain.isascii():
        folded = unicodedata.normalize("NFKD", plain)
        plain = "".join(char for char in folded if not unicodedata.combining(char))
    return frozenset(word for word in plain.split() if len(word) >= LETTERS and not word.isdigit())
