"""What libraries say, as the operator sees it."""

from __future__ import annotations

import logging

from worker.observe.logs import Seldom, in_colour


def said(name: str, message: str, *args: object, at: float = 0.0) -> logging.LogRecord:
    record = logging.LogRecord(name, logging.ERROR, "", 0, message, args, None)
    record.created = at
    return record


def test_a_library_says_the_same_thing_once_a_minute() -> None:
    seldom = Seldom()
    times = [0.0, 1.0, 59.0, 60.0, 61.0]
    assert [seldom.filter(said("kafka.net", "no %s", "broker", at=at)) for at in times] == [
        True, False, False, True, False,
    ]  # fmt: skip


def test_another_thing_is_said_at_once_and_winnow_is_never_silenced() -> None:
    seldom = Seldom()
    assert seldom.filter(said("kafka.net", "one"))
    assert seldom.filter(said("kafka.net", "other"))
    assert all(seldom.filter(said("winnow", "batch thrown away")) for _ in range(3))


def test_a_transaction_that_is_still_being_ended_is_no_error() -> None:
    """kafka-python 3.0 says so at level error, for each partition, and asks again."""
    seldom = Seldom()
    error = "[Error 88] UnstableOffsetCommitError"
    assert not seldom.filter(said("kafka.coordinator.consumer", "Unknown error for %s: %s", "raw-0", error))
    assert seldom.filter(said("kafka.coordinator.consumer", "Unknown error for %s: %s", "raw-0", "other"))


def test_log_lines_are_coloured_on_terminals_only_and_not_for_those_who_said_no() -> None:
    assert in_colour(True, {"TERM": "xterm", "NO_COLOR": ""})
    assert not in_colour(True, {"TERM": "xterm", "NO_COLOR": "1"})
    assert not in_colour(True, {"TERM": "dumb"})
    assert not in_colour(False, {"TERM": "xterm"})
