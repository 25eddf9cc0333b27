"""What a sentence looks like in the scripts we know: the smallest facts about one line."""

from __future__ import annotations

import re

# Ends of sentences, with closing quotes and brackets; by number: Armenian, Ethiopic, Myanmar and Khmer.
SENTENCE_END = re.compile(r"[.!?…。！？؟۔।॥\u0589\u1362\u104b\u17d4\u17d5][\s\"'”’»«“)\]）」』]*$")
PROSE_WORDS = 12
"""A line with so many words that ends like a sentence is prose; so is any line of LONG_WORDS."""
LONG_WORDS = 25
SPACELESS_CHARS = 40
"""For scripts without spaces: characters that make a line prose when it ends like a sentence."""
SPACELESS_LONG = 90
# Thai and Lao, Myanmar, Khmer; kana, Han.
_ALPHABETS = "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff"
_SPACELESS = re.compile(f"[{_ALPHABETS}\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff]")
_ALPHABET = re.compile(f"[{_ALPHABETS}]")
# Two Han letters carry about as much as a word of others; of an alphabet and its vowel signs it takes more.
_LETTERS_PER_WORD = 2
_SIGNS_PER_WORD = 4


def ends_sentence(text: str) -> bool:
    """Whether a line ends like a sentence."""
    return SENTENCE_END.search(text[-12:]) is not None


def introduces(text: str) -> bool:
    """Whether a line says that something follows: no headline and no name ends with a colon."""
    return text.rstrip().endswith((":", "\uff1a"))


def is_spaceless(text: str) -> bool:
    """Whether a line is written in a script that puts no spaces between words."""
    if text.isascii() or not _SPACELESS.search(text):
        return False
    return len(_SPACELESS.findall(text)) * 2 > len(text)


def count_words(text: str) -> int:
    """Roughly how many words a line has, in any script."""
    return measured(text)[0]


def measured(text: str) -> tuple[int, bool, bool]:
    """Roughly how many words a line has, whether it ends like a sentence, and whether it is a paragraph of
    running text."""
    words, ends = len(text.split()), ends_sentence(text)
    if not is_spaceless(text):
        return words, ends, words >= LONG_WORDS or (words >= PROSE_WORDS and ends)
    letters = _SIGNS_PER_WORD if _ALPHABET.search(text) else _LETTERS_PER_WORD
    prose = len(text) >= SPACELESS_LONG or (len(text) >= SPACELESS_CHARS and ends)
    return max(words, len(text) // letters), ends, prose
