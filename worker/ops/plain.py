"""Text of others on a screen (ids, names of files, answers of servers): a terminal must not obey it."""

from __future__ import annotations

from worker.ops.explain_display import is_hidden


def plain(text: str) -> str:
    """One line without what a terminal would obey: controls, overrides of the direction, lone surrogates."""
    return "".join(" " if one == "\t" else "�" if is_hidden(one) else one for one in text)
