"""Every setting, in one place: config/winnow.toml says what each is for, the environment overrides it.

`WINNOW_KAFKA__GROUP_ID=x` sets `[kafka] group_id`; secrets may be files in `WINNOW_SECRETS_DIR` named like
the setting (`redis__url`). A key nobody knows is an error that names the nearest one.
"""

from __future__ import annotations

import difflib
import re
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, SecretStr, ValidationError

from worker.errors import UsageError

PREFIX = "WINNOW_"
RESERVED = ("WINNOW_TEST_", "WINNOW_SECRETS_DIR", "WINNOW_CONFIG", "WINNOW_CASES")

_DURATION = re.compile(r"^\s*(\d+(?:\.\d+)?)\s*(ms|s|m|h|d)?\s*$")
_SECONDS = {"ms": 0.001, "s": 1, None: 1, "m": 60, "h": 3600, "d": 86400}
_SIZE = re.compile(r"^\s*(\d+)\s*(B|KiB|MiB|GiB)?\s*$")
_BYTES = {"B": 1, None: 1, "KiB": 1024, "MiB": 1024**2, "GiB": 1024**3}


def _seconds(value: object) -> object:
    if isinstance(value, str) and (match := _DURATION.match(value)):
        return float(match[1]) * _SECONDS[match[2]]
    return value


def _size(value: object) -> object:
    if isinstance(value, str) and (match := _SIZE.match(value)):
        return int(match[1]) * _BYTES[match[2]]
    return value


Duration = Annotated[float, BeforeValidator(_seconds), Field(gt=0)]
"""Seconds; written as a number, or as `500ms`, `15m`, `2h`, `7d`."""
Size = Annotated[int, BeforeValidator(_size), Field(ge=0)]
"""Bytes; written as a number, or as `64KiB`, `32MiB`."""


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class KafkaSettings(_Section):
    bootstrap_servers: str = "localhost:9092"
    group_id: str = Field("winnow", min_length=1)
    instance: str | None = None
    security_protocol: Literal["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"] = "PLAINTEXT"
    sasl_mechanism: Literal["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"] | None = None
    sasl_username: str | None = None
    sasl_password: SecretStr | None = None
    ssl_cafile: str | None = None
    ssl_certfile: str | None = None
    ssl_keyfile: str | None = None
    ssl_check_hostname: bool = True
    session_timeout_ms: int = Field(10_000, gt=0)
    heartbeat_interval_ms: int = Field(3_000, gt=0)
    max_poll_interval_ms: int = Field(300_000, gt=0)
    request_timeout_ms: int = Field(30_000, gt=0)
    transaction_timeout_ms: int = Field(10_000, gt=0)
    start: Literal["earliest", "latest"] = "earliest"
    on_range_lost: Literal["stop", "continue"] = "stop"
    compression: Literal["none", "gzip", "snappy", "lz4", "zstd"] = "zstd"


class TopicSettings(_Section):
    raw: str = "articles.raw"
    clean: str = "articles.clean"
    duplicates: str = "articles.duplicates"
    dead_letters: str = "articles.dead-letters"
    partitions: int = Field(6, gt=0)
    replication_factor: int = Field(1, gt=0)
    raw_max_message_bytes: Size = 10 * 1024**2
    retention: Duration = 7 * 86400.0


class RedisSettings(_Section):
    url: str = "redis://localhost:6379/0"
    timeout: Duration = 5.0


class WorkerSettings(_Section):
    processes: int = Field(0, ge=0)
    max_batch: int = Field(500, gt=0)
    max_batch_bytes: Size = 32 * 1024**2
    record_timeout: Duration = 20.0
    drain_timeout: Duration = 25.0
    stall_timeout: Duration = 120.0
    memory_limit: Size = 0
    dead_letter_window: int = Field(1000, gt=0)
    dead_letter_limit: float = Field(0.95, gt=0)


class DedupeSettings(_Section):
    ttl: Duration = 7 * 86400.0
    namespace: str | None = None


class CleaningSettings(_Section):
    min_confidence: float = Field(0.0, ge=0, le=1)
    low_confidence: Literal["pass", "dead_letter"] = "pass"


class MetricsSettings(_Section):
    port: int = Field(9464, ge=0, le=65535)
    host: str = "127.0.0.1"


class LogSettings(_Section):
    level: Literal["debug", "info", "warning", "error"] = "info"
    format: Literal["json", "console"] = "console"


class Settings(_Section):
    """All settings. Build it with `load_settings`."""

    kafka: KafkaSettings = KafkaSettings()
    topics: TopicSettings = TopicSettings()
    redis: RedisSettings = RedisSettings()
    worker: WorkerSettings = WorkerSettings()
    dedupe: DedupeSettings = DedupeSettings()
    cleaning: CleaningSettings = CleaningSettings()
    metrics: MetricsSettings = MetricsSettings()
    log: LogSettings = LogSettings()


def load_settings(path: Path | None, environ: Mapping[str, str]) -> Settings:
    """Defaults, then the TOML file, then secret files, then the environment. Raises UsageError."""
    values: dict[str, Any] = {}
    for key, value in _from_file(path):
        _set(values, key, value)
    for key, value in _from_secrets(environ.get("WINNOW_SECRETS_DIR")):
        _set(values, key, value)
    for name, value in environ.items():
        if name.startswith(PREFIX) and not name.startswith(RESERVED):
            key = tuple(name.removeprefix(PREFIX).lower().split("__"))
            _check_known(key, name, {PREFIX + "__".join(known).upper(): known for known in known_keys()})
            _set(values, key, value)
    try:
        return Settings.model_validate(values)
    except ValidationError as error:
        fault = error.errors(include_url=False, include_input=False)[0]
        raise UsageError(f"setting {'.'.join(map(str, fault['loc']))}: {fault['msg']}") from None


def known_keys() -> list[tuple[str, ...]]:
    """Every setting as (section, key)."""
    return [
        (section, key)
        for section, info in Settings.model_fields.items()
        for key in info.annotation.model_fields  # type: ignore[union-attr]
    ]


def _from_file(path: Path | None) -> Iterator[tuple[tuple[str, ...], Any]]:
    if path is None:
        return
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise UsageError(f"cannot read the configuration {path}: {error.strerror}") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise UsageError(f"{path} is not TOML: {error}") from None
    known = {".".join(key): key for key in known_keys()}
    for section, content in data.items():
        for key, value in content.items() if isinstance(content, dict) else [("", content)]:
            _check_known((section, key) if key else (section,), f"{section}.{key}".rstrip("."), known)
            yield (section, key), value


def _from_secrets(folder: str | None) -> Iterator[tuple[tuple[str, ...], str]]:
    if not folder:
        return
    if not Path(folder).is_dir():
        raise UsageError(f"WINNOW_SECRETS_DIR: {folder} is no folder")
    known = set(known_keys())
    for file in sorted(Path(folder).iterdir()):
        key = tuple(file.name.lower().removeprefix(PREFIX.lower()).split("__"))
        if file.is_file() and key in known:  # such folders hold other programs' secrets too
            yield key, file.read_text(encoding="utf-8").rstrip("\n")


def _check_known(key: tuple[str, ...], name: str, known: Mapping[str, tuple[str, ...]]) -> None:
    if key in known.values():
        return
    nearest = difflib.get_close_matches(name, known, 1, 0.5)
    hint = f"; did you mean {nearest[0]}?" if nearest else ""
    raise UsageError(f"unknown setting {name}{hint}")


def _set(values: dict[str, Any], key: tuple[str, ...], value: Any) -> None:
    values.setdefault(key[0], {})[key[1]] = value
