"""The text of a page or file whose encoding has to be found out, in the order in which browsers do it."""

from __future__ import annotations

import codecs
import re

import charset_normalizer

_HEAD = 4096
"""Bytes in which a declaration is looked for; browsers look at 1024, some pages declare it later."""
_GUESSED_BYTES = 512 * 1024
"""So much is enough to guess an encoding from, and bounds the time."""
_GUESSED_LETTERS = 100
"""The guess was right on news of a paragraph; of a few words it is often wrong."""
_TAG = re.compile("<[^<>]*>")
_DECLARED = (
    re.compile(rb"""<meta[^>]{0,300}?charset\s*=\s*["']?\s*([\w.:-]{1,40})""", re.IGNORECASE),
    re.compile(rb"""<\?xml[^>]{0,300}?encoding\s*=\s*["']([\w.:-]{1,40})""", re.IGNORECASE),
)
_MARKS = ((b"\xef\xbb\xbf", "utf-8"), (b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be"))
_OF_PAGES = re.compile(r"utf-8|utf-16|iso8859|iso2022_jp|cp\d|koi8|gb|big5|euc_|shift_jis|mac-|hz|tis")
"""Python's names of encodings that pages have; it knows others (`idna`, `unicode_escape`) that none has."""
_AS_BROWSERS_READ = {
    # https://encoding.spec.whatwg.org/#names-and-labels: the declared name stands for a larger set.
    "ascii": "cp1252",
    "iso8859-1": "cp1252",
    "iso8859-9": "cp1254",
    "tis-620": "cp874",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "big5": "big5hkscs",
    "shift_jis": "cp932",
    "euc_kr": "cp949",
}


def page_text(content: bytes, said: str | None = None) -> str:
    """A page's text. A byte order mark counts most, then valid UTF-8, then what the server `said`, then what
    the page declares, then what its letters look like; what is left is UTF-8 with replacement characters."""
    if (marked := _marked(content)) is not None:
        return marked
    names = [name for name in (_known(said), declared_charset(content)) if name]
    if not (names and names[0].startswith(("iso2022", "hz"))):  # these look like ASCII
        try:
            return content.decode("utf-8")
        except UnicodeDecodeError:
            pass
    return content.decode(names[0] if names else _guessed(content) or "utf-8", "replace")


def plain_text(content: bytes) -> str | None:
    """A text file's text: by its byte order mark, as UTF-8, or as what its letters look like; None if that
    is no text."""
    if (marked := _marked(content)) is not None:
        return marked
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError:
        guessed = _guessed(content)
    return content.decode(guessed, "replace") if guessed else None


def _marked(content: bytes) -> str | None:
    """The text behind a byte order mark, which says how it is encoded; None where there is none."""
    for mark, name in _MARKS:
        if content.startswith(mark):
            return content[len(mark) :].decode(name, "replace")
    return None


def _guessed(content: bytes) -> str | None:
    """The encoding that its letters make likely, where nothing declares it; None for UTF-8 with some wrong
    bytes (a page cut amid a letter), for few letters, and for Latin ones, whose encodings look alike."""
    read = content[:_GUESSED_BYTES].decode("utf-8", "replace")
    wrong, letters = read.count("\ufffd"), sum(char.isalpha() for char in _TAG.sub(" ", read))
    if wrong < _GUESSED_LETTERS or wrong < letters:
        return None
    found = charset_normalizer.from_bytes(content[:_GUESSED_BYTES]).best()
    return _known(found.encoding) if found is not None else None


def declared_charset(content: bytes) -> str | None:
    """The encoding that a page declares in its head, as Python names it; None if none that is known."""
    for pattern in _DECLARED:
        if found := pattern.search(content, 0, _HEAD):
            name = _known(found[1].decode("ascii", "replace"))
            # Whoever can read the declaration byte by byte does not read UTF-16.
            return "utf-8" if name and name.startswith("utf-16") else name
    return None


def _known(said: str | None) -> str | None:
    """Python's name of an encoding, the larger set where browsers read that."""
    try:
        name = codecs.lookup((said or "").strip().replace("x-cp", "cp")).name
    except (LookupError, ValueError):
        return None
    return _AS_BROWSERS_READ.get(name, name) if _OF_PAGES.match(name) else None
