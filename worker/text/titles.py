"""Finding the title: in the head, in a hint, never a site's name and never a line of the body."""

from __future__ import annotations

import re
from dataclasses import replace

from worker.text.blocks import Draft, Line
from worker.text.normalize import normalized
from worker.text.rules import Rules
from worker.text.zones import is_prose, prose_span

TITLE_WORDS = (2, 30)
_SEPARATOR = re.compile(r"\s+[|–—»«·-]\s+|\s*[|]\s*")


def title_of_hint(title: str | None, source: str | None) -> str:
    """The title that the page or the crawler gave, without the site's name at either end."""
    text = " ".join((title or "").split())
    parts = _SEPARATOR.split(text)
    if source and len(parts) > 1:
        site = normalized(source)
        for end in (0, -1):
            if _names_site(normalized(parts[end]), site):
                cut = text[len(parts[0]) :] if end == 0 else text[: -len(parts[-1])]
                return cut.strip(" |–—»«·-\t")
    return "" if source and normalized(text) == normalized(source) else text


def _names_site(part: str, site: str) -> bool:
    return bool(part) and (part == site or part.replace(" ", "") in site.replace(" ", ""))


def title_in_head(draft: Draft, rules: Rules) -> Draft:
    """The head line that is the title: the one that the hint says, else the most title-like one."""
    if draft.title_taken:
        return draft
    first, last = prose_span(draft.lines)
    head = draft.lines[: first if last >= first else 1]
    if draft.title:
        wanted = normalized(draft.title)
        same = next((line for line in draft.lines[: first + 1] if _says(line, wanted)), None)
        return draft.titled(same, draft.title) if same else draft
    candidates = [line for line in head if TITLE_WORDS[0] <= line.words <= TITLE_WORDS[1]]
    if not candidates or len(draft.lines) == 1:
        return draft
    return draft.titled(_most_title_like(candidates))


def _says(line: Line, wanted: str) -> bool:
    """The title itself, or with the site's name at one end."""
    if line.key == wanted:
        return True
    return (
        not is_prose(line)
        and 0 < len(line.key) - len(wanted) <= 40
        and (line.key.startswith(wanted + " ") or line.key.endswith(" " + wanted))
    )


def _most_title_like(candidates: list[Line]) -> Line:
    """The first line, unless it is short and a longer one follows: sites put their name above."""
    first = candidates[0]
    if first.words > 4 or len(candidates) == 1:
        return first
    return next((line for line in candidates[1:] if line.words > first.words + 1), first)


def duplicate_titles(draft: Draft, rules: Rules) -> Draft:
    """The title said again in a line of its own."""
    if not draft.title:
        return draft
    wanted = normalized(draft.title)
    gone = [(line, "repeated_title", "struct.repeated-title") for line in draft.lines if line.key == wanted]
    if len(gone) == len(draft.lines):
        return draft
    return replace(draft.without(gone), title_taken=draft.title_taken or bool(gone))
