"""Where the article's prose is: head, body and tail of a list of lines."""

from __future__ import annotations

import re
from collections.abc import Sequence

from worker.text.blocks import Line
from worker.text.rules import Zone

# Ends of sentences in the scripts we know, with closing quotes and brackets behind them.
SENTENCE_END = re.compile(r"[.!?…。！？؟۔।॥][\s\"'”’»«“)\]）」』]*$")
PROSE_WORDS = 12
"""A line with so many words that ends like a sentence is prose; so is any line of LONG_WORDS."""
LONG_WORDS = 25
SPACELESS_CHARS = 40
"""For scripts without spaces: characters that make a line prose when it ends like a sentence."""
_SPACELESS = re.compile("[\u0e00-\u0eff\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff]")


def ends_sentence(text: str) -> bool:
    """Whether a line ends like a sentence."""
    return SENTENCE_END.search(text[-12:]) is not None


def is_prose(line: Line) -> bool:
    """Whether a line is a paragraph of running text."""
    if line.words >= LONG_WORDS:
        return True
    if not ends_sentence(line.text):
        return False
    return line.words >= PROSE_WORDS or (
        len(line.text) >= SPACELESS_CHARS and len(_SPACELESS.findall(line.text)) * 2 > len(line.text)
    )


def prose_span(lines: Sequence[Line]) -> tuple[int, int]:
    """Index of the first prose line and of the last one; (0, -1) where there is none."""
    prose = [index for index, line in enumerate(lines) if is_prose(line)]
    return (prose[0], prose[-1]) if prose else (0, -1)


def zone_of(index: int, first: int, last: int) -> Zone:
    """Head is before the first prose line, tail behind the last one."""
    if last < first:
        return "tail" if index else "head"
    return "head" if index < first else "tail" if index > last else "body"
