"""Replays are announced to the claims before they are sent."""

from __future__ import annotations

from typing import Any

import pytest

from worker.adapters.kafka_replayer import Replay
from worker.errors import TransientError
from worker.ops.replays import send_announced
from worker.outcome import sha256_of
from worker.ports import RawRecord
from worker.stages.fingerprint import owner_of

ARTICLE = b'{"source": "The Gazette"}'


class Diary:
    """The claims and the replayer at once: what was announced by the time that each replay was sent."""

    def __init__(self, away: bool = False) -> None:
        self._away = away
        self._announced: set[str] = set()
        self.round_trips = 0
        self.sent: list[tuple[str, bool]] = []

    def announce(self, owners: list[str]) -> None:
        if self._away:
            raise TransientError("Redis: away")
        self._announced.update(owners)
        self.round_trips += 1

    def send(self, replays: Any) -> tuple[int, list[str]]:
        for one in replays:
            owner = owner_of("raw", 0, one.record.offset, sha256_of(ARTICLE))
            self.sent.append((one.name, owner in self._announced))
        return len(self.sent), []


def sent_with(diary: Diary, count: int) -> tuple[int, list[str]]:
    records = (RawRecord("raw", 0, offset, 0, b"k", ARTICLE) for offset in range(count))
    both: Any = diary
    return send_announced((Replay(record, 1) for record in records), both, both)


def test_each_replay_is_announced_to_the_claims_before_it_is_sent() -> None:
    diary = Diary()
    assert sent_with(diary, 250) == (250, [])
    assert diary.sent == [(f"raw:0:{offset}", True) for offset in range(250)]
    assert diary.round_trips == 3


def test_what_cannot_be_announced_is_not_sent() -> None:
    diary = Diary(away=True)
    with pytest.raises(TransientError):
        sent_with(diary, 1)
    assert diary.sent == []
