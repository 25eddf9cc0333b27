"""HTTP for the operator: /metrics, /healthz (alive) and /readyz (it could work right now)."""

from __future__ import annotations

import errno
import json
import sys
import threading
import time
from collections.abc import Callable, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import structlog
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest

from worker.errors import FatalError
from worker.observe.metrics import State

log = structlog.get_logger("winnow")

Check = Callable[[], str | None]
"""Answers what is wrong, or None."""

PORTS_TRIED = 50
"""Further ports tried when the configured one is taken: several workers on one machine."""


def readiness(state: State, checks: Mapping[str, Check]) -> dict[str, str]:
    """What keeps the worker from working, by name; empty when it is ready.

    A spare, to whom the group gave nothing because others have all partitions, is ready: it takes over in the
    moment that one of them ends, and who waits for every replica must not wait for one of the others to die.
    """
    wrong = {name: problem for name, check in checks.items() if (problem := check())}
    if state.waiting_for:
        wrong["waiting"] = state.waiting_for
    if state.commit_failed:
        wrong["commits"] = state.commit_failed
    if state.assigned is None:
        wrong["partitions"] = "the group has assigned none yet, or the raw topic is gone"
    if state.claims_lost:
        wrong["claims"] = "lost: copies may come again; `winnow dedupe rebuild` (or `dedupe acknowledge`)"
    return wrong


def serve(
    host: str,
    port: int,
    registry: CollectorRegistry,
    state: State,
    checks: Mapping[str, Check],
    stall_s: float,
) -> ThreadingHTTPServer | None:
    """Starts the server in a thread of its own; None for port 0; a taken port: the next free."""
    if port == 0:
        return None

    def answer(path: str) -> tuple[int, str, bytes]:
        if path == "/metrics":
            return 200, CONTENT_TYPE_LATEST, generate_latest(registry)
        if path == "/healthz":
            still_s = time.monotonic() - state.last_beat
            return _json(200 if still_s < stall_s else 503, {"seconds_since_last_step": round(still_s, 1)})
        if path == "/readyz":
            wrong = readiness(state, checks)
            told = {"ready": not wrong, "partitions": state.assigned or 0, "problems": wrong}
            return _json(503 if wrong else 200, told)
        return _json(404, {"paths": ["/metrics", "/healthz", "/readyz"]})

    server = _bound(host, port, _handler(answer))
    threading.Thread(target=server.serve_forever, name="health", daemon=True).start()
    return server


def _json(status: int, body: object) -> tuple[int, str, bytes]:
    return status, "application/json", json.dumps(body).encode() + b"\n"


class _Server(ThreadingHTTPServer):
    def handle_error(self, request: object, client_address: object) -> None:
        """A probe that hangs up, as one does that waited long enough, is not worth a traceback in the log."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)  # type: ignore[arg-type]


def _bound(host: str, port: int, handler: type[BaseHTTPRequestHandler]) -> ThreadingHTTPServer:
    """On the port, the next free one, or any. Raises FatalError where the address itself is wrong."""
    for candidate in (*range(port, min(port + PORTS_TRIED, 65536)), 0):
        try:
            server = _Server((host, candidate), handler)
        except OSError as error:
            if candidate and error.errno in (errno.EADDRINUSE, errno.EACCES):
                continue
            raise FatalError(f"setting metrics.host: {host}: {error.strerror}") from None
        if candidate != port:
            log.warning("metrics port taken", port=port, using=server.server_port)
        return server
    raise AssertionError("the last candidate returns or raises")


def _handler(answer: Callable[[str], tuple[int, str, bytes]]) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            status, kind, body = answer(self.path.partition("?")[0])
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            """Probes come every few seconds: not worth a line."""

    return Handler
