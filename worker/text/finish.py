"""Facts read off the text once it is clean: dateline, hashtags, names in credits."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence

from worker.text.blocks import Removed
from worker.text.normalize import normalized
from worker.text.rules import Rules

_HASHTAG = re.compile(r"(?<!\w)#(\w[\w]*)")
# A place and an agency in brackets, then a dash: how wire stories open in every language. Several small
# words in brackets are no agency.
_DATELINE = re.compile(r"^\s*([^\n.!?؟:]{2,60}?\((?![a-z]+\s[a-z])[^()\n]{2,30}\))\s*(?:-{1,2}|[–—:])\s")
# A place in capitals, perhaps its country and the day, then a dash: "DUBAI, United Arab Emirates —".
_CAPITALS = re.compile(r"^\s*([^\W\d_a-z]{3}[^\n.!?:()–—-]{0,57}?)(?:\s-{1,2}|\s?[–—])\s")
# A place, perhaps the day, and the agency, then a dash: the agency has to be known.
_BEFORE_DASH = re.compile(r"^\s*([^\n.!?؟:()]{2,60}?)\s?-{1,2}\s")
_PLACE_WORDS = 3
_AROUND_NAMES = " .()[]（）【】"
_BETWEEN_NAMES = re.compile(r"\s*[,،、，;；/／&|]\s*|\s[–—]\s")


def dateline_of(paragraphs: Sequence[str], agencies: Collection[str] = ()) -> str | None:
    """Place and agency that open the first paragraph, as written; the paragraph keeps them. `agencies`: the
    normalised names of those that are known."""
    opening = paragraphs[0] if paragraphs else ""
    if found := _DATELINE.match(opening):
        return found[1].strip()
    if (found := _CAPITALS.match(opening)) and _is_place(found[1].partition(",")[0]):
        return found[1].strip()
    found = _BEFORE_DASH.match(opening)
    return found[1].strip() if found and normalized(found[1]).rpartition(" ")[2] in agencies else None


def _is_place(text: str) -> bool:
    """Whether these are a few words in capitals, in a script that has them."""
    return text.isupper() and len(text.split()) <= _PLACE_WORDS


def hashtags_in(paragraphs: Sequence[str], removed: Sequence[Removed]) -> tuple[str, ...]:
    """Hashtags of the text and of removed tag lines, once each, in order."""
    texts = [*paragraphs, *(cut.text for cut in removed if cut.kind == "tags")]
    return tuple(dict.fromkeys(tag for text in texts if "#" in text for tag in _HASHTAG.findall(text)))


def credited(text: str, rules: Rules) -> list[str]:
    """The agencies that a credit names, as the rules write them; where none is known, the names."""
    key = f" {normalized(text)} "
    known = [
        (place, name) for agency, name in rules.agencies.items() if (place := key.find(f" {agency} ")) >= 0
    ]
    if known:
        return [name for _, name in sorted(known)]
    return [name for name in _pieces(text) if not _is_date(name, rules)]


def persons(text: str) -> list[str]:
    """The persons that a byline names."""
    return [name for piece in _pieces(text) if (name := _person(piece))]


def _pieces(text: str) -> list[str]:
    return [name for piece in _BETWEEN_NAMES.split(text) if (name := piece.strip(_AROUND_NAMES))]


def _is_date(text: str, rules: Rules) -> bool:
    found = rules.match(text, normalized(text))
    return text.isdigit() or (found is not None and found[0].kind == "other")


def _person(text: str) -> str:
    """The name without what stands in brackets behind it; "" for a number, or a place and its agency."""
    name, bracket, _ = text.partition("(")
    name = name.strip(_AROUND_NAMES)
    if any(char.isdigit() for char in name) or ":" in name or (bracket and " " not in name):
        return ""
    return name
