"""The text of a page whose encoding has to be found out, in the order in which browsers do it."""

from __future__ import annotations

import codecs
import re

_HEAD = 4096
"""Bytes in which a declaration is looked for; browsers look at 1024, some pages declare it later."""
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
    the page declares; what is left is UTF-8 with replacement characters."""
    for mark, name in _MARKS:
        if content.startswith(mark):
            return content[len(mark) :].decode(name, "replace")
    names = [name for name in (_known(said), declared_charset(content)) if name]
    if not (names and names[0].startswith(("iso2022", "hz"))):  # these look like ASCII
        try:
            return content.decode("utf-8")
        except UnicodeDecodeError:
            pass
    return content.decode(names[0] if names else "utf-8", "replace")


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
