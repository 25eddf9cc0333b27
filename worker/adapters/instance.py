"""A name for this worker: unique among the living, the same again after a restart (delivery.md, P4)."""

from __future__ import annotations

import fcntl
import os
import socket
import tempfile
from pathlib import Path

SLOTS = 256


def claim_instance(configured: str | None, group_id: str) -> tuple[str, object]:
    """The configured name, else host name and the lowest free slot on this host.

    The second value holds a file lock: keep it as long as the process lives; it dies with the process.
    """
    host = socket.gethostname()
    if configured:
        return configured, None
    folder = Path(tempfile.gettempdir()) / f"winnow-{os.getuid()}"
    folder.mkdir(mode=0o700, exist_ok=True)
    safe_group = "".join(c if c.isalnum() else "_" for c in group_id)
    for slot in range(SLOTS):
        lock = (folder / f"{safe_group}.{slot}.lock").open("w")
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            lock.close()
            continue
        return f"{host}-{slot}", lock
    return f"{host}-pid{os.getpid()}", None
