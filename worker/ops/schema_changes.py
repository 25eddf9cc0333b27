"""What changed between two JSON Schemas of a record, and whom it breaks.

A record that others write must be read as before: the new schema accepts whatever the old one did. A record
that we write must be understood as before: the old schema accepts whatever the new one describes, fields that
it does not know aside (readers ignore those). Judged for the keywords that pydantic writes; a change that
cannot be judged counts as breaking.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

Schema = dict[str, Any]

_WORDS_ONLY = frozenset({"title", "description", "default", "examples"})
_AT_LEAST = ("minimum", "exclusiveMinimum", "minLength", "minItems")
_AT_MOST = ("maximum", "exclusiveMaximum", "maxLength", "maxItems")
_SAME = ("pattern", "format")


def changes(before: Schema, after: Schema, read: bool, where: str) -> Iterator[tuple[bool, str]]:
    """Each change with whether it breaks somebody. `read`: the record is written by others.

    Walked field by field, the definitions that fields refer to included; `where` names the record.
    """
    yield from _field_changes(before, after, read, where)
    old, new = before.get("$defs", {}), after.get("$defs", {})
    for name in sorted(old.keys() & new.keys()):
        yield from _field_changes(old[name], new[name], read, f"{where}.{name}")


def _field_changes(before: Schema, after: Schema, read: bool, where: str) -> Iterator[tuple[bool, str]]:
    old, new = before.get("properties", {}), after.get("properties", {})
    was, now = set(before.get("required", [])), set(after.get("required", []))
    for name in sorted(old.keys() - new.keys()):
        yield True, f"{where}.{name} is gone"
    for name in sorted(new.keys() - old.keys()):
        yield read and name in now, f"{where}.{name} is new" + (" and required" if name in now else "")
    for name in sorted(old.keys() & new.keys()):
        if _meaning(old[name]) != _meaning(new[name]):
            fits = covers(new[name], old[name]) if read else covers(old[name], new[name])
            yield not fits, f"{where}.{name} takes other values"
        if (name in was) != (name in now):
            yield (name in now) == read, f"{where}.{name} is {'required' if name in now else 'optional'} now"


def covers(wide: Schema, narrow: Schema) -> bool:
    """Whether `wide` accepts every value that `narrow` accepts; False where that cannot be told."""
    if _meaning(wide) == _meaning(narrow):  # `$ref` by its name: definitions are compared by themselves
        return True
    if "anyOf" in narrow:
        return all(covers(wide, one) for one in narrow["anyOf"])
    if "anyOf" in wide:
        return any(covers(one, narrow) for one in wide["anyOf"])
    if "$ref" in wide or "$ref" in narrow:
        return not _meaning(wide)
    return _covers_type(wide, narrow) and _covers_values(wide, narrow) and _covers_parts(wide, narrow)


def _covers_type(wide: Schema, narrow: Schema) -> bool:
    kinds = {narrow.get("type"), "number"} if narrow.get("type") == "integer" else {narrow.get("type")}
    return "type" not in wide or wide["type"] in kinds


def _covers_values(wide: Schema, narrow: Schema) -> bool:
    allowed, possible = _listed(wide), _listed(narrow)
    if allowed is not None and (possible is None or any(value not in allowed for value in possible)):
        return False
    return (
        all(key not in wide or (key in narrow and narrow[key] >= wide[key]) for key in _AT_LEAST)
        and all(key not in wide or (key in narrow and narrow[key] <= wide[key]) for key in _AT_MOST)
        and all(key not in wide or narrow.get(key) == wide[key] for key in _SAME)
    )


def _covers_parts(wide: Schema, narrow: Schema) -> bool:
    if "properties" in wide or "properties" in narrow:
        return False  # an object with fields that is no definition: pydantic does not write any
    for key in ("items", "additionalProperties"):
        if isinstance(wide.get(key), dict) and not covers(wide[key], narrow.get(key, {})):
            return False
    return True


def _listed(schema: Schema) -> list[Any] | None:
    if "const" in schema:
        return [schema["const"]]
    return schema.get("enum")


def _meaning(schema: Schema) -> Schema:
    return {key: value for key, value in schema.items() if key not in _WORDS_ONLY}
