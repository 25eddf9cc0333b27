"""When a worker calls itself ready, and where it says so."""

from __future__ import annotations

import socket
import struct
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler

import pytest
from prometheus_client import CollectorRegistry

from tests.services.processes import GIVE_UP_S, free_port, wait_until
from worker.errors import FatalError
from worker.observe.health import _bound, readiness, serve
from worker.observe.metrics import State


def fine() -> None:
    return None


CHECKS: dict[str, Callable[[], str | None]] = {"kafka": fine, "redis": fine}


def test_a_worker_that_its_group_gave_nothing_yet_is_not_ready() -> None:
    assert readiness(State(), CHECKS) == {
        "partitions": "the group has assigned none yet, or the raw topic is gone"
    }


def test_a_worker_with_partitions_is_ready_and_so_is_a_spare() -> None:
    assert readiness(State(assigned=2), CHECKS) == {}
    assert readiness(State(assigned=0), CHECKS) == {}


def test_whatever_is_away_or_lost_is_named() -> None:
    wrong = readiness(State(assigned=0, waiting_for="Redis: no", claims_lost=True), {"kafka": lambda: "no"})
    assert set(wrong) == {"kafka", "waiting", "claims"}
    assert "dedupe rebuild" in wrong["claims"], "the remedy that lets no copy through, first"


def test_the_last_port_of_all_may_be_taken_too() -> None:
    try:
        taken = socket.create_server(("127.0.0.1", 65535))
    except OSError:
        taken = socket.socket()  # somebody else has it: as good
    with taken, _bound("127.0.0.1", 65535, BaseHTTPRequestHandler) as server:
        assert 0 < server.server_port < 65535


@pytest.mark.parametrize("host", ["no such host", "203.0.113.9"])
def test_an_address_that_is_none_of_ours_is_named(host: str) -> None:
    with pytest.raises(FatalError, match=f"metrics.host: {host}: ."):
        _bound(host, 9464, BaseHTTPRequestHandler)


@pytest.mark.parametrize("request_line", [b"GET /readyz HTTP/1.0\r\n\r\n", b""])
def test_a_probe_that_hangs_up_leaves_no_traceback(
    request_line: bytes, capsys: pytest.CaptureFixture[str]
) -> None:
    """As one does while Kafka is away and the answer takes longer than the probe waits."""
    gone, before = threading.Event(), set(threading.enumerate())

    def away() -> str:
        gone.wait(GIVE_UP_S)
        return "no answer"

    def answering() -> int:
        """Threads beside the server's own."""
        return len(set(threading.enumerate()) - before) - 1

    server = serve("127.0.0.1", free_port(), CollectorRegistry(), State(), {"kafka": away}, 1)
    assert server
    with socket.create_connection(("127.0.0.1", server.server_port)) as probe:
        probe.sendall(request_line)
        wait_until(lambda: answering() == 1, "the probe is being answered")
        probe.setsockopt(
            socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0)
        )  # hangs up with a reset
    gone.set()
    wait_until(lambda: answering() == 0, "the answer was given up")
    server.shutdown()
    server.server_close()
    assert capsys.readouterr().err == ""
