"""The forms and the wire stories of formulas.toml, as articles."""

from __future__ import annotations

import tomllib
from typing import Any

from tests.conftest import ROOT
from tests.unit.dedupe.templates import HOUR, Story

_TOLD = tomllib.loads((ROOT / "tests/unit/dedupe/formulas.toml").read_text("utf-8"))
FORMS: dict[str, dict[str, Any]] = {form["name"]: form for form in _TOLD["form"]}
WIRE: dict[str, dict[str, Any]] = {story["language"]: story for story in _TOLD["wire"]}


def filled(form: str, event: int | list[str], hour: int = 0, *, titled: bool = True) -> Story:
    """A form filled in for one of its events, or for another one."""
    told = FORMS[form]
    words = told["events"][event] if isinstance(event, int) else event
    gaps = dict(zip(told["gaps"], words, strict=True))
    return Story(told["title"].format(**gaps) if titled else "", told["text"].format(**gaps), HOUR + hour)


def wire(language: str) -> Story:
    """An agency's story."""
    return Story(WIRE[language]["headlines"][0], WIRE[language]["text"], HOUR)


def edited_wire(language: str, edits: int, hour: int, *, cut_end: bool = False) -> Story:
    """As another paper prints it: another headline, the first so many edits, without the last sentence."""
    told = WIRE[language]
    text = " ".join(told["text"].split())
    for old, new in told["edits"][:edits]:
        assert old in text
        text = text.replace(old, new)
    if cut_end:
        text = text[: text.rindex(".", 0, -1) + 1]
    return Story(told["headlines"][1], text, HOUR + hour)
