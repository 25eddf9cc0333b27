"""`winnow run --local` as its users run it: the samples, standard input, a stop, somebody's Redis."""

from __future__ import annotations

import base64
import json
import os
import signal
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
import redis
from rich.cells import cell_len

from tests.services.commands import ROOT, WINNOW, Done, in_a_process, in_here
from tests.services.processes import GIVE_UP_S, hearing_ctrl_c, wait_until
from worker.adapters.embedded_redis import embedded_redis, redis_binary


def winnow(*arguments: str, stdin: str = "", **more: str) -> Done:
    """One process, which starts sooner than two; `more` settings come as environment variables."""
    environment = {"COLUMNS": "80", "WINNOW_WORKER__PROCESSES": "1", **more}
    return in_a_process(environment, "run", "--local", *arguments, stdin=stdin)


def lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_bytes().splitlines()]


def outputs(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_the_samples_come_out_as_their_readme_says_and_the_same_each_time(tmp_path: Path) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    two = {"WINNOW_WORKER__PROCESSES": "2"}
    done = winnow("samples", "--out", str(first), **two)
    assert done.returncode == 0, done.stderr
    assert done.stdout == "", "what is for people goes to stderr"
    clean = {(a["id"], a["version"]): a for a in lines(first / "clean.jsonl")}
    assert len(clean) == 16
    update = clean["npost-771", 2]
    assert update["supersedes"]["id"] == "npost-771"
    copies = {(d["id"], d["kind"], d["duplicate_of"]) for d in lines(first / "duplicates.jsonl")}
    assert copies == {("npost-771", "stale", "npost-771"), ("en-bridge", "exact", "wire-20931")}
    codes = Counter(d["headers"]["winnow.error.code"] for d in lines(first / "dead-letters.jsonl"))
    assert codes == {"not_json": 1, "schema": 1}
    languages = Counter(article["language"] for article in clean.values())
    assert languages == {"ar": 5, "en": 4, "fr": 3, "es": 2, "de": 2}
    assert "œ" not in clean["fr-theatre", 1]["text"]
    assert "théâtre de Montverdun rouvrira" in clean["fr-theatre", 1]["text"], "ISO 8859-1, as declared"
    assert clean["ar-library", 1]["title"] == "وادي الزيتون تفتح أكبر مكتباتها للقراء في الخريف"
    assert max(cell_len(line.rstrip()) for line in done.stderr.splitlines()) <= 80
    again = winnow("samples", "--out", str(second), **two)
    assert again.returncode == 0, again.stderr
    assert outputs(first) == outputs(second)


def test_standard_input_comes_out_the_same_each_time_and_strict_is_kept(tmp_path: Path) -> None:
    text = (
        "The lighthouse keeper of Skarra has painted his tower blue, to the surprise of the harbour office."
    )
    stdin = json.dumps({"id": "a", "text": text}) + "\n\nnot json\n"
    first = winnow("-", "--out", str(tmp_path / "1"), stdin=stdin)
    assert first.returncode == 0, first.stderr
    again = winnow("-", "--out", str(tmp_path / "2"), "--strict", stdin=stdin)
    assert again.returncode == 1, "a dead letter is a failure with --strict"
    assert outputs(tmp_path / "1") == outputs(tmp_path / "2")
    (article,) = lines(tmp_path / "1" / "clean.jsonl")
    assert article["origin"] == {"topic": "stdin", "partition": 0, "offset": 0}


def test_a_file_that_is_named_twice_is_read_once(tmp_path: Path) -> None:
    """Its records have one origin: a second time they would be their own, and published again."""
    done = winnow("samples", "samples/crawler.jsonl", "./samples/", "--out", str(tmp_path))
    assert done.returncode == 0, done.stderr
    origins = [
        (one["origin"]["topic"], one["origin"]["offset"])
        for name in ("clean", "duplicates")
        for one in lines(tmp_path / f"{name}.jsonl")
    ]
    assert len(origins) == len(set(origins)) == 18


def test_a_stop_is_noticed_while_standard_input_is_silent(tmp_path: Path) -> None:
    # Given a pipe that somebody holds open and writes nothing to
    # If the command is asked to stop
    # I expect it to end soon, to say so, and to leave nothing that looks finished.
    with hearing_ctrl_c():
        process = subprocess.Popen(
            [*WINNOW, "run", "--local", "-", "--out", str(tmp_path / "out")],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
    assert process.stdin is not None
    assert process.stderr is not None
    process.stdin.write('{"id": "a", "text": "x"}\n')
    process.stdin.flush()
    partial = tmp_path / "out" / "clean.jsonl.partial"
    letters = tmp_path / "out" / "dead-letters.jsonl.partial"
    wait_until(lambda: partial.exists() and letters.exists(), "the outputs are open")
    process.send_signal(signal.SIGINT)
    assert process.wait(GIVE_UP_S) == 1
    assert "stopped before the end of the input" in process.stderr.read()
    assert not (tmp_path / "out" / "clean.jsonl").exists()
    process.stdin.close()
    process.stderr.close()


@pytest.mark.redis
def test_a_redis_that_is_named_is_used_and_left_as_it_was(redis_url: str, tmp_path: Path) -> None:
    client = redis.Redis.from_url(redis_url)
    before = set(client.keys())
    for out in ("1", "2"):
        done = winnow("samples", "--out", str(tmp_path / out), WINNOW_REDIS__URL=redis_url)
        assert done.returncode == 0, done.stderr
        assert len(lines(tmp_path / out / "clean.jsonl")) == 16, "each run is fresh"
    assert set(client.keys()) == before
    client.close()


def test_without_any_redis_the_claims_are_kept_in_memory_and_that_is_said(tmp_path: Path) -> None:
    script = (
        "import sys, worker.adapters.embedded_redis as e; e.redis_binary = lambda: None; "
        "from worker.cli import main; sys.argv[0] = 'winnow'; main()"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, "run", "--local", "samples", "--out", str(tmp_path / "out")],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "claims are kept in memory" in done.stderr
    assert len(lines(tmp_path / "out" / "clean.jsonl")) == 16


@pytest.mark.redis
def test_the_embedded_redis_dies_with_the_process_that_started_it(tmp_path: Path) -> None:
    if redis_binary() is None:
        pytest.skip("no redis-server here")
    script = (
        "import sys, time; from worker.adapters.embedded_redis import embedded_redis\n"
        "with embedded_redis() as url:\n    print(url, flush=True); time.sleep(60)"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", script],
        cwd=ROOT,
        env={**os.environ, "TMPDIR": str(tmp_path)},  # nobody clears up behind it
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    url = process.stdout.readline().strip()
    client = redis.Redis.from_url(url)
    assert client.ping()
    client.close()
    process.kill()
    process.wait()
    process.stdout.close()
    wait_until(lambda: not answers(url), "the Redis is gone")


@pytest.mark.redis
def test_a_redis_that_does_not_listen_is_ended_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    # Given a Redis that is stopped in its tracks (SIGSTOP), so that it cannot follow SIGTERM
    if redis_binary() is None:
        pytest.skip("no redis-server here")
    monkeypatch.setattr("worker.adapters.embedded_redis.END_S", 0.2)
    with embedded_redis() as url:
        assert url is not None
        client = redis.Redis.from_url(url)
        server = int(client.info()["process_id"])
        client.close()
        os.kill(server, signal.SIGSTOP)
    wait_until(lambda: not is_alive(server), "the server is gone")


def is_alive(process: int) -> bool:
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def answers(url: str) -> bool:
    client = redis.Redis.from_url(url)
    try:
        return bool(client.ping())
    except redis.ConnectionError:
        return False
    finally:
        client.close()


@pytest.mark.redis
def test_a_long_temporary_folder_does_not_keep_redis_from_starting(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if redis_binary() is None:
        pytest.skip("no redis-server here")
    long = tmp_path / ("x" * 100)
    long.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(long))
    with embedded_redis() as url:
        assert url is not None
        assert answers(url)


def test_an_article_of_little_confidence_goes_where_the_operator_says(tmp_path: Path) -> None:
    prose = "The council voted on Tuesday to repair the old bridge before the winter floods arrive."
    menu = ["Weather", "Ten quiet beaches", "The long way round", "Jobs", "What we ate", "Puzzles", "Shops"]
    articles = [
        {"id": "sure", "text": "\n".join([prose, prose.replace("bridge", "ferry")])},
        {"id": "doubtful", "text": "\n".join([*menu, prose, *menu[::-1]])},
    ]
    stdin = "".join(json.dumps(article) + "\n" for article in articles)
    passed = in_here({}, "clean", "--format", "jsonl", stdin=stdin).stdout.splitlines()
    told = {one["id"]: one["extraction"]["confidence"] for one in map(json.loads, passed)}
    assert told["doubtful"] < told["sure"]
    limit = str((told["doubtful"] + told["sure"]) / 2)
    strict = {"WINNOW_CLEANING__MIN_CONFIDENCE": limit, "WINNOW_CLEANING__LOW_CONFIDENCE": "dead_letter"}
    done = winnow("-", "--out", str(tmp_path / "strict"), stdin=stdin, **strict)
    assert done.returncode == 0, done.stderr
    assert [article["id"] for article in lines(tmp_path / "strict" / "clean.jsonl")] == ["sure"]
    (letter,) = lines(tmp_path / "strict" / "dead-letters.jsonl")
    headers = letter["headers"]
    assert (headers["winnow.error.stage"], headers["winnow.error.code"]) == ("validate", "low_confidence")
    assert json.loads(base64.b64decode(letter["value_base64"])) == articles[1]
