"""The configuration: one file, the environment over it, and errors that help."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from worker.errors import UsageError
from worker.settings import Settings, known_keys, load_settings

FILE = Path(__file__).parents[2] / "config" / "winnow.toml"


def test_the_file_holds_every_setting_with_its_default() -> None:
    text = FILE.read_text()
    optional = [
        line.removeprefix("# ") for line in text.splitlines() if line.startswith("# ") and " = " in line
    ]
    listed = {key for section in tomllib.loads(text).values() for key in section}
    named = listed | {line.partition(" = ")[0] for line in optional}
    assert {key for _, key in known_keys()} <= named
    assert load_settings(FILE, {}) == Settings()


def test_the_environment_overrides_the_file() -> None:
    told = {
        "WINNOW_KAFKA__GROUP_ID": "g",
        "WINNOW_DEDUPE__TTL": "15m",
        "WINNOW_TOPICS__RAW_MAX_MESSAGE_BYTES": "2MiB",
    }
    settings = load_settings(FILE, told)
    assert (settings.kafka.group_id, settings.dedupe.ttl) == ("g", 900.0)
    assert settings.topics.raw_max_message_bytes == 2 * 1024**2


def test_secrets_come_from_files(tmp_path: Path) -> None:
    (tmp_path / "redis__url").write_text("redis://secret@host/0\n")
    (tmp_path / "some_other_programs_secret").write_text("x")
    settings = load_settings(FILE, {"WINNOW_SECRETS_DIR": str(tmp_path)})
    assert settings.redis.url == "redis://secret@host/0"


@pytest.mark.parametrize(
    ("environ", "said"),
    [
        ({"WINNOW_KAFKA__GROUPID": "g"}, "did you mean WINNOW_KAFKA__GROUP_ID"),
        ({"WINNOW_KAFKA__SESSION_TIMEOUT_MS": "soon"}, "kafka.session_timeout_ms"),
        ({"WINNOW_DEDUPE__TTL": "a week"}, "dedupe.ttl"),
        ({"WINNOW_METRICS__PORT": "70000"}, "metrics.port"),
        ({"WINNOW_SECRETS_DIR": "/nowhere"}, "/nowhere"),
    ],
)
def test_a_wrong_setting_is_named(environ: dict[str, str], said: str) -> None:
    with pytest.raises(UsageError, match=said):
        load_settings(FILE, environ)


def test_an_unknown_key_in_the_file_names_the_nearest_one(tmp_path: Path) -> None:
    file = tmp_path / "my.toml"
    file.write_text('[kafka]\nbootstrap_server = "x"\n')
    with pytest.raises(UsageError, match=r"kafka\.bootstrap_server; did you mean kafka\.bootstrap_servers"):
        load_settings(file, {})


def test_reserved_names_are_no_settings() -> None:
    told = {"WINNOW_TEST_KAFKA": "x", "WINNOW_CASES": "x", "WINNOW_CONFIG": "x", "HOME": "/"}
    assert load_settings(FILE, told) == Settings()


def test_secrets_are_not_shown() -> None:
    settings = load_settings(FILE, {"WINNOW_KAFKA__SASL_PASSWORD": "hunter2"})
    assert "hunter2" not in settings.model_dump_json()
