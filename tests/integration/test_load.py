"""`winnow topics create` and `winnow load` against a real Kafka."""

from __future__ import annotations

import gzip
import json
import os
import signal
import subprocess
from collections.abc import Callable, Mapping
from contextlib import closing
from pathlib import Path

import pytest

from tests.services.commands import ROOT, WINNOW, Done, in_a_process, in_here
from tests.services.kafka import Kafka
from tests.services.processes import GIVE_UP_S, hearing_ctrl_c, wait_until
from tests.services.topics import records_in
from worker.adapters.kafka_admin import KafkaAdmin
from worker.adapters.kafka_sender import KafkaSender
from worker.errors import FatalError, TransientError
from worker.ops.topics import check_topics
from worker.ports import RawRecord
from worker.settings import Settings, load_settings

pytestmark = pytest.mark.kafka
Winnow = Callable[..., Done]


@pytest.fixture
def winnow(environment: Mapping[str, str]) -> Winnow:
    """The command; `more` settings come as environment variables."""

    def run(*arguments: str, stdin: str = "", **more: str) -> Done:
        return in_here({**environment, **more}, *arguments, stdin=stdin)

    return run


def raw_records(settings: Settings) -> list[RawRecord]:
    return records_in(settings, settings.topics.raw)


def ask(settings: Settings, question: Callable[[KafkaAdmin], object]) -> object:
    with closing(KafkaAdmin(settings)) as admin:
        return question(admin)


def test_every_record_of_files_folders_and_stdin_arrives_with_its_bytes_unchanged(
    winnow: Winnow, settings: Settings, tmp_path: Path
) -> None:
    broken = b'{"id": "b", "text": '
    lines = [b'{"id":  "a", "text": "x"}', b'{"url": "http://x.example/1", "text": "x"}', broken, b"[1]"]
    (tmp_path / "a.jsonl.gz").write_bytes(gzip.compress(b"\n\n".join(lines) + b"\n"))
    (tmp_path / "page.html").write_text("<p>Grüße</p>", encoding="utf-8")
    assert winnow("topics", "create").returncode == 0
    done = winnow("load", str(tmp_path), "-", stdin='{"id": "from-stdin"}\n')
    assert done.returncode == 0, done.stderr
    assert "6 records sent" in done.stderr
    page = b'{"id":"page","html":"<p>Gr\xc3\xbc\xc3\x9fe</p>"}'
    found = {record.value: record.key for record in raw_records(settings)}
    assert found == {
        lines[0]: b"a",
        lines[1]: b"http://x.example/1",
        broken: None,
        b"[1]": None,
        page: b"page",
        b'{"id": "from-stdin"}': b"from-stdin",
    }


def test_records_over_the_topics_limit_are_named_and_the_others_are_sent(
    winnow: Winnow, settings: Settings, tmp_path: Path
) -> None:
    # Given a topic that takes 100 KB (as the batch is written: noise, so that it cannot be compressed)
    # If three records of five thousand are larger: a refusal takes down all that is under way behind it
    # I expect the places of those three in the message, exit 1, and all the others in the topic, in order.
    small = {"WINNOW_TOPICS__RAW_MAX_MESSAGE_BYTES": "100000", "WINNOW_TOPICS__PARTITIONS": "1"}
    assert winnow("topics", "create", **small).returncode == 0
    large = {1, 2500, 2510}
    texts = (os.urandom(100_000).hex() if n in large else "x" for n in range(5000))
    path = tmp_path / "articles.jsonl"
    path.write_text("\n".join(json.dumps({"id": str(n), "text": text}) for n, text in enumerate(texts)))
    done = winnow("load", str(path), **small)
    assert done.returncode == 1
    named = ", ".join(f"file:{path}#{n}" for n in sorted(large))
    assert f"3 records are larger than the topic takes and were not sent: {named}" in done.stderr
    assert "Traceback" not in done.stderr
    assert [record.key for record in raw_records(settings)] == [
        b"%d" % n for n in range(5000) if n not in large
    ]


def test_a_limit_and_a_rate_are_kept(winnow: Winnow, settings: Settings) -> None:
    lines = "\n".join(json.dumps({"id": str(n)}) for n in range(50))
    assert winnow("topics", "create").returncode == 0
    done = winnow("load", "-", "--limit", "5", "--rate", "10", "--json", stdin=lines)
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert (told["topic"], told["sent"], told["refused"]) == (settings.topics.raw, 5, [])
    assert {record.key for record in raw_records(settings)} == {b"%d" % n for n in range(5)}
    assert told["seconds"] >= 0.4, "five records at ten a second: four waits of a tenth"


def test_a_missing_topic_is_said_at_once_with_the_remedy(winnow: Winnow, settings: Settings) -> None:
    done = winnow("load", "-", stdin='{"id": "a"}\n')
    assert done.returncode == 1
    assert f"missing topics: {settings.topics.raw}; run `winnow topics create`" in done.stderr


def test_an_input_that_breaks_off_says_how_many_records_were_sent_before(
    winnow: Winnow, settings: Settings, tmp_path: Path
) -> None:
    lines = b"\n".join(json.dumps({"id": str(n), "text": os.urandom(50).hex()}).encode() for n in range(2000))
    (tmp_path / "a.jsonl.gz").write_bytes(gzip.compress(lines)[:-5000])
    assert winnow("topics", "create").returncode == 0
    done = winnow("load", str(tmp_path))
    assert done.returncode == 1
    sent = len(raw_records(settings))
    assert 0 < sent < 2000
    assert f"{sent} records were sent before that" in done.stderr


def test_ctrl_c_says_how_many_records_were_sent(
    winnow: Winnow, settings: Settings, environment: Mapping[str, str]
) -> None:
    assert winnow("topics", "create").returncode == 0
    with hearing_ctrl_c():
        process = subprocess.Popen(
            [*WINNOW, "load", "-", "--rate", "50"],
            cwd=ROOT,
            env={**os.environ, **environment},
            stdin=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
    assert process.stdin is not None
    process.stdin.write("\n".join(json.dumps({"id": str(n)}) for n in range(1000)))
    process.stdin.flush()
    wait_until(lambda: len(raw_records(settings)) > 0, "the first records")
    process.send_signal(signal.SIGINT)
    _, told = process.communicate(timeout=GIVE_UP_S)
    assert process.returncode == 1
    assert f"stopped; {len(raw_records(settings))} records were sent before that" in told


def test_a_record_that_the_client_gave_up_ends_the_sending(
    winnow: Winnow, settings: Settings, kafka: Kafka
) -> None:
    """At a low rate the answers of many records are looked at long after; none may be lost without a word."""
    if not kafka.is_ours:
        pytest.skip("this Kafka cannot be frozen from here")
    assert winnow("topics", "create").returncode == 0
    hasty = settings.model_copy(
        update={"kafka": settings.kafka.model_copy(update={"request_timeout_ms": 1000})}
    )
    sender = KafkaSender(hasty, settings.topics.raw, give_up_s=3)
    sender.send("first", b"k", b"1")
    sender.settle()
    kafka.signal(signal.SIGSTOP)
    try:
        sender.send("second", b"k", b"2")
        wait_until(lambda: sender._pending[-1][1].is_done, "the client gives up")
        with pytest.raises(TransientError, match=r"second was not taken: .*; 1 records were sent before it"):
            sender.send("third", b"k", b"3")
    finally:
        kafka.signal(signal.SIGCONT)
        sender.close()


def test_topics_are_made_with_room_for_what_is_added(winnow: Winnow, settings: Settings) -> None:
    first = winnow("topics", "create")
    assert first.stdout.count("made, 6 partitions") == 4
    sizes = {
        name: int(ask(settings, lambda admin, name=name: admin.configuration(name))["max.message.bytes"])  # type: ignore[misc, index]
        for name in (settings.topics.raw, settings.topics.clean, settings.topics.dead_letters)
    }
    raw = settings.topics.raw_max_message_bytes
    assert list(sizes.values()) == [raw, 2 * raw, raw + 64 * 1024]
    again = winnow("topics", "create")
    assert again.returncode == 0
    assert again.stdout.splitlines() == [f"{name}: there already" for name in names_of(settings)]


def names_of(settings: Settings) -> list[str]:
    topics = settings.topics
    return [topics.raw, topics.clean, topics.duplicates, topics.dead_letters]


def test_what_differs_is_said_and_only_alter_raises_it(
    winnow: Winnow, settings: Settings, environment: Mapping[str, str]
) -> None:
    small = {"WINNOW_TOPICS__RAW_MAX_MESSAGE_BYTES": "1MiB", "WINNOW_TOPICS__PARTITIONS": "2"}
    assert winnow("topics", "create", **small).returncode == 0
    raw = settings.topics.raw
    with pytest.raises(FatalError, match=r"max\.message\.bytes is 1048576, 10485760 are needed"):
        ask(settings, lambda admin: check_topics(settings, admin))
    told = winnow("topics", "create").stdout
    assert f"{raw}: there already; max.message.bytes is 1048576, 10485760 are needed" in told
    assert "2 partitions, 6 in the settings" in told
    assert ask(settings, lambda admin: admin.partitions([raw])) == {raw: 2}, "nothing changes silently"
    raised = winnow("topics", "create", "--alter").stdout
    assert "max.message.bytes raised from 1048576 to 10485760" in raised
    assert ask(settings, lambda admin: admin.partitions(names_of(settings))) == dict.fromkeys(
        names_of(settings), 6
    )
    ask(settings, lambda admin: check_topics(settings, admin))
    clean = settings.topics.clean
    ask(settings, lambda admin: admin.configure(clean, {"message.timestamp.type": "CreateTime"}))
    assert "message.timestamp.type is CreateTime" in winnow("topics", "create").stdout
    assert "message.timestamp.type set to LogAppendTime" in winnow("topics", "create", "--alter").stdout
    assert "message.timestamp.type" not in winnow("topics", "create").stdout
    lower = load_settings(ROOT / "config" / "winnow.toml", {**environment, **small})
    told = winnow("topics", "create", "--alter", **small).stdout
    assert "max.message.bytes is 10485760, 1048576 in the settings" in told
    assert "6 partitions, 2 in the settings" in told
    ask(lower, lambda admin: check_topics(lower, admin))


def test_a_compacted_outcome_topic_is_refused_with_the_remedy(
    settings: Settings, environment: Mapping[str, str]
) -> None:
    assert in_a_process(environment, "topics", "create").returncode == 0
    letters = settings.topics.dead_letters
    ask(settings, lambda admin: admin.configure(letters, {"cleanup.policy": "compact"}))
    done = in_a_process(environment, "run", "--until-caught-up")
    assert done.returncode == 1
    assert f"{letters}: cleanup.policy is compact, it must be delete" in done.stderr
