"""What asks a worker to stop."""

from __future__ import annotations

import signal
from collections.abc import Iterator

import pytest

from worker.bootstrap import stop_on_signals

NUMBERS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)


@pytest.fixture(autouse=True)
def handlers() -> Iterator[None]:
    """What the signals do otherwise."""
    before = {number: signal.getsignal(number) for number in NUMBERS}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.mark.parametrize("number", NUMBERS)
def test_a_stop_is_asked_for_once_or_twice_and_by_a_terminal_that_goes_away(number: signal.Signals) -> None:
    signal.signal(number, signal.SIG_DFL)  # where the tests run under nohup, a hangup is ignored
    stop = stop_on_signals(5)
    assert not stop.requested
    signal.raise_signal(number)
    signal.raise_signal(number)
    assert stop.requested


def test_a_hangup_that_is_ignored_stays_ignored() -> None:
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    stop = stop_on_signals(5)
    signal.raise_signal(signal.SIGHUP)
    assert not stop.requested
