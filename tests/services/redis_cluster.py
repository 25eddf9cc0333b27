"""A Redis Cluster of three nodes on loopback, without replicas, for the tests."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path

import redis

from tests.services import processes
from tests.services.redis import Redis
from worker.adapters.embedded_redis import redis_binary

SLOTS = 16384
NODES = 3


@contextmanager
def redis_cluster() -> Iterator[list[Redis] | None]:
    """The nodes, each with a third of the slots; None where there is no redis-server to start."""
    binary = redis_binary()
    if binary is None:
        yield None
        return
    with tempfile.TemporaryDirectory(prefix="winnow-cluster-", ignore_cleanup_errors=True) as folder:
        nodes = [_node(binary, Path(folder), number) for number in range(NODES)]
        try:
            for node in nodes:
                node.start()
            _joined(nodes)
            yield nodes
        finally:
            for node in nodes:
                node.stop()


def _node(binary: str, folder: Path, number: int) -> Redis:
    port = processes.free_port()  # the nodes speak to one another at the port 10,000 above
    own = folder / str(number)
    own.mkdir()
    command = (
        binary, "--port", str(port), "--save", "", "--dir", str(own), "--cluster-enabled", "yes",
        "--cluster-config-file", str(own / "nodes.conf"), "--cluster-node-timeout", "2000",
    )  # fmt: skip
    return Redis(f"redis+cluster://127.0.0.1:{port}/0", command, own)


def _port(node: Redis) -> int:
    return int(node.command[node.command.index("--port") + 1])


def _joined(nodes: list[Redis]) -> None:
    with ExitStack() as stack:
        clients = [stack.enter_context(closing(one_node(node))) for node in nodes]
        for number, client in enumerate(clients):
            first, behind = (SLOTS * n // NODES for n in (number, number + 1))
            client.execute_command("CLUSTER", "ADDSLOTS", *range(first, behind))
            client.execute_command("CLUSTER", "SET-CONFIG-EPOCH", number + 1)
            if number:
                client.execute_command("CLUSTER", "MEET", "127.0.0.1", _port(nodes[0]))

        def is_up() -> bool:
            told = [client.execute_command("CLUSTER", "INFO").decode() for client in clients]
            return all("state:ok" in one and f"known_nodes:{NODES}\r" in one for one in told)

        processes.wait_until(is_up, "a cluster of three nodes")


def one_node(node: Redis) -> redis.Redis:
    """A client of this node alone."""
    return redis.Redis.from_url(node.url.replace("+cluster", ""))
