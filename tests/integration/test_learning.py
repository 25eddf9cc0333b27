"""Learning from the stream as users see it: `winnow run --local`, and workers on Kafka in turn."""

from __future__ import annotations

import json
import random
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.chaos.violence import everything_in
from tests.integration.test_worker import send
from tests.services.commands import in_a_process, winnow
from tests.unit.text.papers import paragraph

FOOTER = "Heard something? Ring the Wexley Herald on 0800 {}"


def stream(articles: int, first: int = 0) -> list[dict[str, Any]]:
    """Articles of two papers in turn, one of which ends each with a line of its own."""
    chance = random.Random(first)
    found = []
    for number in range(first, first + articles):
        text = "\n".join([paragraph(chance), paragraph(chance)])
        if number % 2:
            text += "\n" + FOOTER.format(number)
        found.append({"id": f"a{number}", "source": ("Post", "Herald")[number % 2], "text": text})
    return found


def learned_in(article: Mapping[str, Any]) -> list[str]:
    return [cut["text"] for cut in article["removed"] if cut["kind"] == "learned"]


def local(out: Path, articles: list[dict[str, Any]], **environment: str) -> list[dict[str, Any]]:
    stdin = "".join(json.dumps(one) + "\n" for one in articles)
    assert in_a_process(environment, "run", "--local", "-", "--out", str(out), stdin=stdin).returncode == 0
    return [json.loads(line) for line in (out / "clean.jsonl").read_bytes().splitlines()]


@pytest.mark.redis
def test_a_local_run_learns_on_its_way_and_comes_out_the_same_each_time(tmp_path: Path) -> None:
    # Only what is learned may take the footer: the line model knows it anyway.
    rules_only = {"WINNOW_CLEANING__LINE_MODEL": "false"}
    articles = stream(240)
    first = local(tmp_path / "1", articles, **rules_only)
    assert [learned_in(one) for one in first[:40]] == [[]] * 40, "nothing is known yet"
    by_id = {one["id"]: one for one in first}
    for number in range(200, 240):
        wanted = [FOOTER.format(number)] if number % 2 else []
        assert learned_in(by_id[f"a{number}"]) == wanted
    assert by_id["a1"]["extraction"]["rules"] != by_id["a239"]["extraction"]["rules"]
    assert local(tmp_path / "2", articles, **rules_only) == first
    off = local(tmp_path / "3", articles, WINNOW_CLEANING__LEARN="false", **rules_only)
    assert not any(learned_in(one) for one in off)


@pytest.mark.kafka
def test_a_worker_knows_what_workers_before_it_learned(environment: Mapping[str, str]) -> None:
    world = {
        **environment,
        "WINNOW_WORKER__PROCESSES": "1",
        "WINNOW_CLEANING__LINE_MODEL": "false",
        "WINNOW_METRICS__PORT": "0",
    }
    winnow(world, "topics", "create")
    for articles in (stream(80), stream(20, first=80)):
        send(world, [(None, json.dumps(one).encode(), []) for one in articles])
        winnow(world, "run", "--until-caught-up")
    clean = {one["id"]: one for one in (json.loads(r.value) for r in everything_in(world, "CLEAN"))}
    assert len(clean) == 100
    for number in range(80, 100):
        wanted = [FOOTER.format(number)] if number % 2 else []
        assert learned_in(clean[f"a{number}"]) == wanted, "from its first record on"
