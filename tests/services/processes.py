"""Child processes of the tests, which die with the test session, and what goes on beside a test."""

from __future__ import annotations

import ctypes
import secrets
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

GIVE_UP_S = 300.0
"""Limits are there to tell a hang. How slow a machine may be, or how busy, nobody knows."""
_PR_SET_PDEATHSIG = 1
# Looked up here: between fork and exec a child of a process with threads may not take locks.
_prctl = ctypes.CDLL(None).prctl


def die_with_parent() -> None:
    """Runs in the child: SIGKILL when the thread that started it goes (Linux, prctl(2))."""
    _prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


@contextmanager
def hearing_ctrl_c() -> Iterator[None]:
    """Children that are started here hear Ctrl-C, also where the tests run behind a script's `&`: there it is
    ignored, and they would inherit that."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def start(command: list[str], log: Path, **options: Any) -> subprocess.Popen[bytes]:
    """A process whose output goes to a file."""
    with log.open("ab") as output:
        return subprocess.Popen[bytes](
            command,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            preexec_fn=die_with_parent,
            **options,
        )


def start_service(command: list[str], log: Path, is_up: Callable[[], bool]) -> subprocess.Popen[bytes]:
    """A process that is waited for; one that ends or hangs instead fails with the end of its log."""
    process = start(command, log, start_new_session=True)  # Ctrl-C is for the tests, which then end it
    deadline = time.monotonic() + GIVE_UP_S
    while not is_up():
        if process.poll() is not None or time.monotonic() > deadline:
            process.kill()
            process.wait()
            raise AssertionError(f"{command[0]} did not start:\n{log.read_text(errors='replace')[-3000:]}")
        time.sleep(0.1)
    return process


def listens(port: int) -> bool:
    """Whether somebody takes connections at this port of the local host."""
    with socket.socket() as one:
        return one.connect_ex(("127.0.0.1", port)) == 0


def free_port() -> int:
    """A port that nobody has now, below those that Linux gives to outgoing connections (from 32768 on): one
    of these could take it before its server does, or while its server is down."""
    while True:
        port = 10_000 + secrets.randbelow(22_000)
        with socket.socket() as one, suppress(OSError):
            one.bind(("127.0.0.1", port))
            return port


@contextmanager
def repeating(step: Callable[[], object]) -> Iterator[None]:
    """Does the step again and again in a thread of its own, until the block is left."""
    done = threading.Event()

    def go_on() -> None:
        while not done.is_set():
            step()

    thread = threading.Thread(target=go_on)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()


def wait_until(true: Callable[[], bool], what: str) -> None:
    """Waits for a condition of another process; fails loudly when it never comes."""
    deadline = time.monotonic() + GIVE_UP_S
    while not true():
        if time.monotonic() > deadline:
            raise AssertionError(f"{what}: not within {GIVE_UP_S:.0f} s")
        time.sleep(0.1)
