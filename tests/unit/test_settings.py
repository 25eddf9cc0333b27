"""The configuration: one file, the environment over it, and errors that help."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import jsonschema
import pytest

from worker.errors import UsageError
from worker.ops.config import comments, json_schema, shown
from worker.settings import Settings, known_keys, load_settings

ROOT = Path(__file__).parents[2]
FILE = ROOT / "config" / "winnow.toml"
TEXT = FILE.read_text(encoding="utf-8")


def test_the_file_and_the_model_have_the_same_settings_each_with_a_comment() -> None:
    assert sorted(comments(TEXT)) == sorted(known_keys())
    assert load_settings(FILE, {}) == Settings() == load_settings(None, {})


def test_settings_without_a_default_stand_in_the_file_as_examples_that_work(tmp_path: Path) -> None:
    file = tmp_path / "all.toml"
    file.write_text(re.sub(r"^# ([a-z_]+ = )", r"\1", TEXT, flags=re.MULTILINE), encoding="utf-8")
    values = load_settings(file, {}).model_dump()
    assert None not in {value for section in values.values() for value in section.values()}


def test_every_setting_is_read_by_somebody() -> None:
    own = {"settings.py", "setting_types.py"}
    code = "\n".join(path.read_text() for path in (ROOT / "worker").rglob("*.py") if path.name not in own)
    unread = [key for _, key in known_keys() if not re.search(rf"\.{key}\b", code)]
    assert unread == []


def test_the_environment_overrides_the_file() -> None:
    told = {
        "WINNOW_KAFKA__GROUP_ID": "g",
        "WINNOW_DEDUPE__TTL": "15m",
        "WINNOW_TOPICS__RAW_MAX_MESSAGE_BYTES": "2MiB",
        "WINNOW_KAFKA__SSL_CHECK_HOSTNAME": "false",
    }
    settings = load_settings(FILE, told)
    assert (settings.kafka.group_id, settings.dedupe.ttl) == ("g", 900.0)
    assert settings.topics.raw_max_message_bytes == 2 * 1024**2
    assert settings.kafka.ssl_check_hostname is False


@pytest.mark.parametrize(
    ("written", "seconds"), [("500ms", 0.5), ("15m", 900), ("2h", 7200), ("7d", 604800), ("1.5", 1.5)]
)
def test_durations_are_written_as_people_write_them(written: str, seconds: float) -> None:
    assert load_settings(FILE, {"WINNOW_DEDUPE__TTL": written}).dedupe.ttl == seconds


def test_an_empty_variable_leaves_unset_what_may_be_unset() -> None:
    assert load_settings(FILE, {"WINNOW_KAFKA__INSTANCE": ""}).kafka.instance is None
    with pytest.raises(UsageError, match=r"kafka\.group_id"):
        load_settings(FILE, {"WINNOW_KAFKA__GROUP_ID": ""})


def test_secrets_come_from_files_and_the_environment_overrides_them(tmp_path: Path) -> None:
    (tmp_path / "redis__url").write_text("redis://secret@host/0\n")
    (tmp_path / "WINNOW_KAFKA__SASL_PASSWORD").write_text("hunter2\r\n")
    (tmp_path / "some_other_programs_secret").write_text("x")
    told = {"WINNOW_SECRETS_DIR": str(tmp_path)}
    settings = load_settings(FILE, told)
    assert settings.redis.url == "redis://secret@host/0"
    assert settings.kafka.sasl_password is not None
    assert settings.kafka.sasl_password.get_secret_value() == "hunter2"
    assert load_settings(FILE, {**told, "WINNOW_REDIS__URL": "redis://b"}).redis.url == "redis://b"


def test_a_secret_with_our_prefix_and_an_unknown_name_is_a_mistake(tmp_path: Path) -> None:
    (tmp_path / "winnow_redis__uri").write_text("redis://secret@host/0\n")
    with pytest.raises(UsageError, match="did you mean WINNOW_REDIS__URL"):
        load_settings(FILE, {"WINNOW_SECRETS_DIR": str(tmp_path)})


@pytest.mark.parametrize(
    ("environ", "said"),
    [
        ({"WINNOW_KAFKA__GROUPID": "g"}, "did you mean WINNOW_KAFKA__GROUP_ID"),
        ({"WINNOW_GROUP_ID": "g"}, "did you mean WINNOW_KAFKA__GROUP_ID"),
        ({"WINNOW_ZZZ": "g"}, "did you mean WINNOW_"),
        ({"WINNOW_CONFIGURATION": "x"}, "unknown setting WINNOW_CONFIGURATION"),
        ({"WINNOW_KAFKA__SESSION_TIMEOUT_MS": "soon"}, r"kafka\.session_timeout_ms"),
        ({"WINNOW_DEDUPE__TTL": "a week"}, r'dedupe\.ttl: a duration is .* "7d"'),
        ({"WINNOW_DEDUPE__TTL": "0"}, r"dedupe\.ttl"),
        ({"WINNOW_TOPICS__RAW_MAX_MESSAGE_BYTES": "1 MB"}, "a size is .* \"64KiB\""),
        ({"WINNOW_METRICS__PORT": "70000"}, r"metrics\.port"),
        ({"WINNOW_SECRETS_DIR": "/nowhere"}, "/nowhere"),
        ({"WINNOW_KAFKA__BOOTSTRAP_SERVERS": "a:9092,b"}, "'b' is not host:port"),
        ({"WINNOW_KAFKA__BOOTSTRAP_SERVERS": "http://a:9092"}, "'http://a:9092' is not host:port"),
        ({"WINNOW_KAFKA__BOOTSTRAP_SERVERS": "a:90920"}, "'a:90920' is not host:port"),
        ({"WINNOW_KAFKA__HEARTBEAT_INTERVAL_MS": "10000"}, "less than session_timeout_ms"),
        ({"WINNOW_KAFKA__SECURITY_PROTOCOL": "SASL_SSL"}, "needs sasl_mechanism, sasl_username"),
        ({"WINNOW_TOPICS__CLEAN": "articles.raw"}, "four different topics"),
        ({"WINNOW_TOPICS__CLEAN": "no spaces"}, r"topics\.clean"),
        ({"WINNOW_REDIS__URL": "localhost:6379"}, "redis://"),
        ({"WINNOW_REDIS__URL": "redis://localhost:6379x/0"}, "the port of a Redis URL is a number"),
        ({"WINNOW_REDIS__URL": "redis://localhost/news"}, "the number of the database"),
        ({"WINNOW_REDIS__URL": "unix://redis.sock"}, "unix:///path"),
        ({"WINNOW_KAFKA__GROUP_ID": "g" * 201}, r"kafka\.group_id"),
        ({"WINNOW_KAFKA__BOOTSTRAP_SERVERS": "a:0"}, "'a:0' is not host:port"),
        ({"WINNOW_KAFKA__BOOTSTRAP_SERVERS": "a:٣"}, "is not host:port"),
        ({"WINNOW_TOPICS__RAW": ".."}, "no topics named"),
        # What some counter or protocol further down could not hold, or would end the machine.
        ({"WINNOW_KAFKA__MAX_POLL_INTERVAL_MS": "9999999999"}, r"max_poll_interval_ms"),
        ({"WINNOW_TOPICS__PARTITIONS": "9999999999"}, r"topics\.partitions"),
        ({"WINNOW_TOPICS__RAW_MAX_MESSAGE_BYTES": "2GiB"}, "raw_max_message_bytes"),
        ({"WINNOW_TOPICS__RETENTION": "99999999d"}, r"topics\.retention"),
        ({"WINNOW_DEDUPE__TTL": "0.0001"}, r"dedupe\.ttl"),
        ({"WINNOW_WORKER__RECORD_TIMEOUT": "9999d"}, r"worker\.record_timeout"),
        ({"WINNOW_WORKER__PROCESSES": "99999"}, r"worker\.processes"),
        ({"WINNOW_LOG__FORMAT": "xml", "WINNOW_LOG__LEVEL": "loud"}, r"log\.level.*; .*log\.format"),
    ],
)  # fmt: skip
def test_a_wrong_setting_is_named(environ: dict[str, str], said: str) -> None:
    with pytest.raises(UsageError, match=said):
        load_settings(FILE, environ)


@pytest.mark.parametrize(
    ("toml", "said"),
    [
        (
            '[kafka]\nbootstrap_server = "x"',
            r"kafka\.bootstrap_server; did you mean kafka\.bootstrap_servers",
        ),
        ('[kafak]\ngroup_id = "x"', r"kafak\.group_id; did you mean kafka\.group_id"),
        ('group_id = "x"', r"unknown setting group_id; did you mean kafka\.group_id"),
        ("[kafak]", "unknown setting kafak"),
        ("kafka = 5", "kafka is a section"),
        ("[dedupe]\nttl = inf", r"dedupe\.ttl"),
        ("[kafka", "is not TOML"),
        pytest.param("[kafka]\ngroup_id = " + "[" * 100_000, "is not TOML: .*recursion", id="deep"),
        pytest.param(f"[worker]\nmax_batch = {'9' * 5000}", "is not TOML: .*digits", id="a huge number"),
        ("[worker]\nmax_batch = true", r"worker\.max_batch: a number is needed"),
        ("[dedupe]\nttl = true", r"dedupe\.ttl: a number is needed"),
    ],
)
def test_a_wrong_file_says_where(tmp_path: Path, toml: str, said: str) -> None:
    file = tmp_path / "my.toml"
    file.write_text(toml + "\n")
    with pytest.raises(UsageError, match=said):
        load_settings(file, {})


def test_the_mark_that_some_editors_put_before_a_text_is_no_mistake(tmp_path: Path) -> None:
    (tmp_path / "my.toml").write_bytes(b'\xef\xbb\xbf[kafka]\r\ngroup_id = "g"\r\n')
    assert load_settings(tmp_path / "my.toml", {}).kafka.group_id == "g"


def test_reserved_names_are_no_settings() -> None:
    told = {"WINNOW_TEST_KAFKA": "x", "WINNOW_CASES": "x", "WINNOW_CONFIG": "x", "HOME": "/"}
    assert load_settings(FILE, told) == Settings()


def test_secrets_are_not_shown_and_not_quoted_in_errors() -> None:
    told = {"WINNOW_KAFKA__SASL_PASSWORD": "hunter2", "WINNOW_REDIS__URL": "redis://me:hunter2@host:1/0"}
    values = shown(load_settings(FILE, told))
    assert "hunter2" not in str(values)
    assert values["redis"]["url"] == "redis://me:**********@host:1/0"
    told["WINNOW_REDIS__URL"] = "redis://host:1/0?password=hunter2&protocol=3"
    assert (
        shown(load_settings(FILE, told))["redis"]["url"] == "redis://host:1/0?password=**********&protocol=3"
    )
    with pytest.raises(UsageError) as error:
        load_settings(FILE, {**told, "WINNOW_REDIS__URL": "http://me:hunter2@host"})
    assert "hunter2" not in str(error.value)


def test_the_schema_accepts_the_file_and_refuses_what_the_program_refuses() -> None:
    check = jsonschema.Draft202012Validator(json_schema(TEXT))
    assert list(check.iter_errors(tomllib.loads(TEXT))) == []
    wrong = [{"kafka": {"groupid": "x"}}, {"dedupe": {"ttl": "a week"}}, {"metrics": {"port": 70000}}]
    wrong += [{"dedupe": {"ttl": 1e12}}, {"kafka": {"session_timeout_ms": 2**40}}]
    assert all(not check.is_valid(values) for values in wrong)


def test_the_schema_describes_every_setting() -> None:
    models = json_schema(TEXT)["$defs"].values()
    assert all("description" in field for model in models for field in model["properties"].values())
