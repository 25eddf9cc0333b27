"""What a pattern needs of a line: a character so high that most lines have none.

Most patterns of one script's rules cannot match a line of another; trying them all the same was the
greatest part of looking a line up.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from importlib import import_module
from typing import Any

_PARSER: Any = import_module("re._parser")
"""The standard library's own, which has no public name. An operator that is not known here needs nothing."""
_REPEATS = ("MAX_REPEAT", "MIN_REPEAT", "POSSESSIVE_REPEAT")


def floor_of(pattern: re.Pattern[str]) -> int:
    """The greatest code point such that every match holds a character at least as high; 0: any will do."""
    if "(?i" in pattern.pattern or pattern.flags & re.IGNORECASE:
        return 0  # some letters beyond ASCII are another case of one within
    return _of_sequence(_PARSER.parse(pattern.pattern))


def _of_sequence(parsed: Iterable[tuple[Any, Any]]) -> int:
    return max((_of_part(str(operator), value) for operator, value in parsed), default=0)


def _of_part(operator: str, value: Any) -> int:
    if operator == "LITERAL":
        return int(value)
    if operator == "IN":
        return min(_lowest(str(kind), what) for kind, what in value)
    if operator == "BRANCH":
        return min(_of_sequence(branch) for branch in value[1])
    if operator == "SUBPATTERN":
        return _of_sequence(value[3])
    if operator in _REPEATS and value[0]:
        return _of_sequence(value[2])
    return 0


def _lowest(kind: str, what: Any) -> int:
    """The lowest character of a part of a class; 0 for \\w and the like, and for "none of these"."""
    return int(what) if kind == "LITERAL" else int(what[0]) if kind == "RANGE" else 0
