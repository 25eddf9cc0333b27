"""Every setting, in one place: config/winnow.toml says what each is for, the environment overrides it.

`WINNOW_KAFKA__GROUP_ID=x` sets `[kafka] group_id`; secrets may be files in `WINNOW_SECRETS_DIR` named like
the setting (`redis__url`). A key nobody knows is an error that names the nearest one.
"""

from __future__ import annotations

import difflib
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError, model_validator

from worker.errors import UsageError
from worker.setting_types import Addresses, Count, Duration, RedisUrl, Size, SizeOrNone, Timeout, TopicName

PREFIX = "WINNOW_"
RESERVED = frozenset({"WINNOW_SECRETS_DIR", "WINNOW_CONFIG", "WINNOW_CASES"})
RESERVED_PREFIX = "WINNOW_TEST_"


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class KafkaSettings(_Section):
    bootstrap_servers: Addresses = "localhost:9092"
    group_id: str = Field("winnow", min_length=1, max_length=200)
    instance: str | None = None
    security_protocol: Literal["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"] = "PLAINTEXT"
    sasl_mechanism: Literal["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"] | None = None
    sasl_username: str | None = None
    sasl_password: SecretStr | None = None
    ssl_cafile: str | None = None
    ssl_certfile: str | None = None
    ssl_keyfile: str | None = None
    ssl_check_hostname: bool = True
    session_timeout_ms: Count = 10_000
    heartbeat_interval_ms: Count = 3_000
    max_poll_interval_ms: Count = 300_000
    request_timeout_ms: Count = 30_000
    transaction_timeout_ms: Count = 10_000
    start: Literal["earliest", "latest"] = "earliest"
    on_range_lost: Literal["stop", "continue"] = "stop"
    compression: Literal["none", "gzip", "snappy", "lz4", "zstd"] = "zstd"

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        if self.heartbeat_interval_ms >= self.session_timeout_ms:
            raise ValueError("heartbeat_interval_ms must be less than session_timeout_ms")
        wanted = ("sasl_mechanism", "sasl_username", "sasl_password")
        missing = [key for key in wanted if getattr(self, key) is None]
        if self.security_protocol.startswith("SASL") and missing:
            raise ValueError(f"security_protocol {self.security_protocol} needs {', '.join(missing)}")
        return self


class TopicSettings(_Section):
    raw: TopicName = "articles.raw"
    clean: TopicName = "articles.clean"
    duplicates: TopicName = "articles.duplicates"
    dead_letters: TopicName = "articles.dead-letters"
    partitions: Count = 6
    replication_factor: Count = 1
    raw_max_message_bytes: Size = 10 * 1024**2
    retention: Duration = 7 * 86400.0

    @model_validator(mode="after")
    def _four_topics(self) -> Self:
        # An outcome written to the raw topic would be read again, for ever.
        if len({self.raw, self.clean, self.duplicates, self.dead_letters}) < 4:
            raise ValueError("raw, clean, duplicates and dead_letters must be four different topics")
        return self


class RedisSettings(_Section):
    url: RedisUrl = "redis://localhost:6379/0"
    timeout: Timeout = 5.0


class WorkerSettings(_Section):
    processes: int = Field(0, ge=0, le=1024)
    max_batch: Count = 500
    max_batch_bytes: Size = 32 * 1024**2
    record_timeout: Timeout = 20.0
    drain_timeout: Timeout = 25.0
    stall_timeout: Timeout = 120.0
    memory_limit: SizeOrNone = 0
    dead_letter_window: Count = 1000
    dead_letter_limit: float = Field(0.95, gt=0)


class DedupeSettings(_Section):
    ttl: Duration = 7 * 86400.0
    namespace: str | None = None
    near: bool = True
    contained: Literal["label", "drop"] = "label"
    stories: bool = True
    story_ttl: Duration = 3 * 86400.0
    layout: Literal["strings", "packed"] = "strings"
    expected_articles: int = Field(1_000_000, gt=0, le=10**12)


class CleaningSettings(_Section):
    min_confidence: float = Field(0.0, ge=0, le=1)
    low_confidence: Literal["pass", "dead_letter"] = "pass"
    line_model: bool = True
    learn: bool = True
    learn_ttl: Duration = 30 * 86400.0


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
    values: dict[str, dict[str, Any]] = {}
    sources = (_from_file(path), _from_secrets(environ.get("WINNOW_SECRETS_DIR")), _from_environment(environ))
    for source in sources:
        for (section, key), value in source:
            values.setdefault(section, {})[key] = value
    try:
        return Settings.model_validate(values)
    except ValidationError as error:
        raise UsageError("; ".join(_faults(error))) from None


def known_keys() -> list[tuple[str, str]]:
    """Every setting as (section, key)."""
    return [
        (section, key)
        for section, info in Settings.model_fields.items()
        for key in info.annotation.model_fields  # type: ignore[union-attr]
    ]


def _from_file(path: Path | None) -> Iterator[tuple[tuple[str, str], Any]]:
    if path is None:
        return
    known = {".".join(key): key for key in known_keys()}
    for section, content in _toml(path).items():
        if section in Settings.model_fields and not isinstance(content, dict):
            raise UsageError(f"{path}: {section} is a section, not a value: [{section}]")
        if not isinstance(content, dict) or not (content or section in Settings.model_fields):
            yield _known(section, known, str(path)), content
            continue
        for key, value in content.items():
            yield _known(f"{section}.{key}", known, str(path)), value


def _toml(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8-sig"))  # some editors begin with a mark
    except OSError as error:
        raise UsageError(f"cannot read the configuration {path}: {error.strerror}") from None
    except (ValueError, RecursionError) as error:  # of what is no TOML, a huge number, brackets without end
        raise UsageError(f"{path} is not TOML: {error}") from None


def _from_secrets(folder: str | None) -> Iterator[tuple[tuple[str, str], str]]:
    if not folder:
        return
    if not Path(folder).is_dir():
        raise UsageError(f"WINNOW_SECRETS_DIR: {folder} is no folder")
    names = {"__".join(key): key for key in known_keys()}
    ours = {PREFIX + name.upper(): key for name, key in names.items()}
    for file in sorted(Path(folder).iterdir()):
        # Such folders hold other programs' secrets too: only names with our prefix can be wrong.
        if file.name.upper().startswith(PREFIX):
            key = _known(file.name.upper(), ours, folder)
        elif file.name.lower() in names:
            key = names[file.name.lower()]
        else:
            continue
        try:
            yield key, file.read_text(encoding="utf-8").rstrip("\r\n")
        except (OSError, UnicodeDecodeError) as error:
            raise UsageError(f"cannot read the secret {file}: {error}") from None


def _from_environment(environ: Mapping[str, str]) -> Iterator[tuple[tuple[str, str], str]]:
    known = {PREFIX + "__".join(key).upper(): key for key in known_keys()}
    for name, value in environ.items():
        if name.startswith(PREFIX) and name not in RESERVED and not name.startswith(RESERVED_PREFIX):
            section, key = _known(name, known, "environment")
            if value or not _is_optional(section, key):  # compose files pass NAME= for what is not set
                yield (section, key), value


def _is_optional(section: str, key: str) -> bool:
    return getattr(getattr(Settings(), section), key) is None


def _known(name: str, known: Mapping[str, tuple[str, str]], where: str) -> tuple[str, str]:
    if name in known:
        return known[name]
    (nearest,) = difflib.get_close_matches(name, known, 1, 0.0)
    raise UsageError(f"{where}: unknown setting {name}; did you mean {nearest}?")


def _faults(error: ValidationError) -> Iterator[str]:
    """One line each, without the values: they may be secrets."""
    for fault in error.errors(include_url=False, include_input=False):
        name = ".".join(map(str, fault["loc"]))
        yield f"setting {name}: {fault['msg'].removeprefix('Value error, ')}"
