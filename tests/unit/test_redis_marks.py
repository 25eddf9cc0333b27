"""Marks among claims: what they tell of a loss, and what they do not."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from worker.adapters.redis_marks import LIFE_S, Marks


class Store:
    """What Redis remembers of one worker: a mark, or nothing."""

    def __init__(self) -> None:
        self.mark: int | None = None
        self.lost_amid: int | None = None
        self.now_s = 0.0
        self.marks = Marks("w/1", lambda: self.now_s)

    def run(self, calls: Sequence[Any]) -> list[Any]:
        replies: list[Any] = []
        for _, arguments in calls:
            if not arguments:  # a claim
                replies.append("claimed")
                if self.lost_amid is not None:
                    self.mark = self.lost_amid
            else:
                replies.append(None if self.mark is None else b"%d" % self.mark)
                self.mark = arguments[1]
        return replies

    def claims(self) -> bool:
        """Claims once; whether a loss is known by then."""
        assert self.marks.around([("claim", ())], self.run) == ["claimed"]
        return self.marks.gone


def test_as_long_as_the_marks_are_there_nothing_is_lost() -> None:
    store = Store()
    assert [store.claims() for _ in range(3)] == [False, False, False]


def test_an_older_mark_or_none_is_a_loss_until_it_is_reported() -> None:
    store = Store()
    store.claims()
    old = store.mark
    store.claims()
    store.mark = old
    assert store.claims()
    assert store.claims(), "nobody has reported it"
    store.marks.gone = False
    assert not store.claims()
    store.mark = None
    assert store.claims()


def test_a_loss_amid_the_claims_shows_at_their_end() -> None:
    store = Store()
    store.claims()
    store.lost_amid = store.mark
    assert store.claims()


def test_a_mark_that_may_have_expired_says_nothing() -> None:
    store = Store()
    store.claims()
    store.mark, store.now_s = None, LIFE_S
    assert not store.claims()


def test_marks_of_an_attempt_that_failed_are_no_loss_whether_they_were_written_or_not() -> None:
    store = Store()
    store.claims()

    def written_and_no_answer(calls: Sequence[Any]) -> list[Any]:
        store.run(calls)
        raise ConnectionError

    def not_written(calls: Sequence[Any]) -> list[Any]:
        raise ConnectionError

    for run in (written_and_no_answer, not_written):
        with pytest.raises(ConnectionError):
            store.marks.around([("claim", ())], run)
        assert not store.claims()
