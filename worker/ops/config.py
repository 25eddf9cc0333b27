"""What `winnow config show|schema` print: the settings in force, and the schema of the file."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import urlsplit

from worker.settings import Settings

MASK = "**********"
"""What pydantic shows of a secret, too."""
_SETTING = re.compile(r"^(?:# )?([a-z_]+) = .*?\s# (.+)$")
_QUERY = re.compile(r"([?&][a-z_]*password=)[^&]*", re.IGNORECASE)
"""redis-py also takes a password (ssl_password, too) behind the `?`."""
_SECTION = re.compile(r"^\[([a-z_]+)\]$")


def shown(settings: Settings) -> dict[str, Any]:
    """Every setting as it is in force, by section; passwords are masked, the one in Redis' URL included."""
    values = settings.model_dump(mode="json")
    url = values["redis"]["url"]
    if password := urlsplit(url).password:
        url = url.replace(f":{password}@", f":{MASK}@", 1)
    values["redis"]["url"] = _QUERY.sub(rf"\1{MASK}", url)
    return values


def comments(text: str) -> dict[tuple[str, str], str]:
    """The comment beside each setting of a commented file such as config/winnow.toml, by (section, key).

    Settings that are commented out themselves (`# key = …  # comment`) count: they have no default.
    """
    found: dict[tuple[str, str], str] = {}
    section = ""
    for line in text.splitlines():
        if match := _SECTION.match(line):
            section = match[1]
        elif match := _SETTING.match(line):
            found[section, match[1]] = match[2]
    return found


def json_schema(text: str) -> dict[str, Any]:
    """The JSON Schema of the configuration file; `text`: a commented file, for the descriptions."""
    schema = Settings.model_json_schema()
    for (section, key), comment in comments(text).items():
        model = schema["properties"][section]["$ref"].rpartition("/")[2]
        schema["$defs"][model]["properties"][key]["description"] = comment
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}
