"""Templates: what two footers have in common although their numbers, dates or addresses differ.

A template is the line's normalised words with digits, e-mail addresses and URLs masked. Every word knows
where it begins in the line, so that what matches a template can be cut out character for character.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property, lru_cache

from worker.text.normalize import normalized

ADDRESS = "@"
"""Stands for any e-mail address or URL; `0` for any number."""

_WORD = re.compile(
    r"[A-Za-z0-9._%+-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*\.[A-Za-z]{2,}"  # an e-mail address
    r"|(?:https?://|www\.)[!-~]+"
    r"|[^\s.!?…:;,،؛؟۔।॥]+"
)
_DIGITS = re.compile(r"\d+")
# The end of a sentence; in "25.5" and "news.example" nothing ends, in "at dawn.The paper" one does.
_SENTENCE_END = re.compile(r"[.!?؟…。۔।॥]+[\"'”’»)\]]*(?=\s|[^\W\d_a-zA-Z]|[A-Z][^\W\d_]*\s)")


@dataclass(frozen=True)
class Words:
    """The words of one line as templates see them."""

    text: str
    words: tuple[tuple[int, str], ...]
    """Where each begins in the text, and the word, masked."""

    @cached_property
    def template(self) -> str:
        return " ".join(word for _, word in self.words)

    @cached_property
    def sentences(self) -> tuple[int, ...]:
        """Indexes of the words with which the line and its sentences begin."""
        places = [start for start, _ in self.words]
        ends = (match.end() for match in _SENTENCE_END.finditer(self.text))
        behind = {bisect_left(places, end) for end in ends}
        return tuple(sorted(index for index in {0, *behind} if index < len(places)))

    def after(self, index: int) -> str:
        """The template of the words from `index` on."""
        return " ".join(word for _, word in self.words[index:])

    def labels(self) -> Iterator[int]:
        """For each colon with words on both sides, that of no URL: the index of the word behind it."""
        place = self.text.find(":", 1)
        while place >= 0:
            behind = next((n for n, (start, _) in enumerate(self.words) if start > place), 0)
            if behind and self.text[place + 1 : place + 2] != "/":
                yield behind
            place = self.text.find(":", place + 1)


def words_of(text: str) -> Words:
    """The words of a line, or of the end of one."""
    return Words(
        text, tuple([(match.start(), word) for match in _WORD.finditer(text) for word in _masked(match[0])])
    )


@lru_cache(maxsize=65536)
def _masked(word: str) -> tuple[str, ...]:
    if "@" in word or word.startswith(("http://", "https://", "www.")):
        return (ADDRESS,)
    if not any(char.isalnum() for char in word):
        return ()
    return tuple(_DIGITS.sub("0", normalized(word)).split())
