"""Three guards beside the way of a batch: poison, lost claims, a topic that is all dead letters."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping, Sequence

from worker.errors import BatchLost, FatalError
from worker.outcome import DeadLetter, Outcome
from worker.ports import Claims, Hands, Place, RawRecord

CAREFUL_AFTER = 2
"""Workers that died with the same records in hand before these are taken one by one (P11)."""
GIVE_UP_AFTER = 3
"""Workers that died with the same single record in hand before it is a dead letter. Three, since a
machine that is killed at random must not condemn a good article."""


class PoisonGuard:
    """Finds the record that takes whole workers down, by notes that outlive them (P11).

    In doubt (`careful`), one record is in flight at a time, until the doubtful ones are behind us.
    """

    def __init__(self, hands: Hands, max_batch: int) -> None:
        self._hands = hands
        self._max_batch = max_batch
        self._careful_until: dict[Place, int] = {}

    @property
    def careful(self) -> bool:
        return bool(self._careful_until)

    @property
    def max_batch(self) -> int:
        return 1 if self.careful else self._max_batch

    @property
    def flights(self) -> int:
        """Batches in flight at once: one is processed while the other is claimed and published."""
        return 1 if self.careful else 2

    def settled(self) -> dict[Place, int]:
        """Up to which offsets outcomes are known to be committed."""
        return self._hands.settled()

    def take(self, records: Iterable[RawRecord]) -> list[RawRecord]:
        """Notes what is in hand now; answers the records that killed too many workers.

        Raises BatchLost when these records must be taken again, one by one.
        """
        ranges = _ranges(records)
        hands = self._hands.take(ranges)
        suspects = {
            place: hand.until
            for place, hand in hands.items()
            if hand.deaths >= CAREFUL_AFTER and ranges[place][0] <= hand.until
        }
        was_careful = self.careful
        # Doubtful records of other partitions are still ahead: these here say nothing about them.
        elsewhere = {place: until for place, until in self._careful_until.items() if place not in ranges}
        self._careful_until = elsewhere | suspects
        if suspects and not was_careful and any(ranges[p][0] != ranges[p][1] for p in ranges):
            raise BatchLost(f"workers died with these records in hand: one by one up to {suspects}")
        return [
            record
            for record in records
            if (hand := hands[record.topic, record.partition]).alone >= GIVE_UP_AFTER
            and ranges[record.topic, record.partition] == (record.offset, record.offset)
            and hand.until >= record.offset
        ]

    def keep_alive(self) -> None:
        """Slow records would let the notes of their worker look like those of a dead one."""
        self._hands.keep_alive()

    def put_down(self, done: Iterable[RawRecord]) -> None:
        """The batch `done` is committed."""
        settled = {place: last + 1 for place, (_, last) in _ranges(done).items()}
        self._hands.put_down(settled)
        self._pass(settled)

    def go_on_from(self, positions: Mapping[Place, int]) -> None:
        """What is assigned now, and where it goes on: doubts about anything else are somebody else's."""
        self._careful_until = {
            place: until for place, until in self._careful_until.items() if place in positions
        }
        self._pass(positions)

    def _pass(self, positions: Mapping[Place, int]) -> None:
        """Doubts about what is behind these positions are over."""
        self._careful_until = {
            place: until for place, until in self._careful_until.items() if positions.get(place, 0) <= until
        }

    def drop(self, records: Iterable[RawRecord]) -> None:
        """These are given up by a worker that is alive: no death."""
        self._hands.put_down(dict.fromkeys(_ranges(records), 0))


class ClaimsGuard:
    """Notices that Redis lost claims: their count is smaller than it was, or ours are gone (delivery.md)."""

    def __init__(self, claims: Claims) -> None:
        self._claims = claims
        self.claimed = 0
        self.lost = False

    def remember(self, claimed: int) -> None:
        """The count that stood beside the committed offsets: it survives a restart of everything."""
        self.claimed = max(self.claimed, claimed)

    def check(self) -> None:
        """Compares the count with what it was; a loss is reported for every worker to see."""
        ledger = self._claims.ledger()
        is_new = ledger.gone or ledger.claimed < self.claimed
        if is_new:
            self._claims.report_loss(max(self.claimed, ledger.claimed))
        self.lost = is_new or ledger.loss is not None
        self.claimed = ledger.claimed


class DeadLetterGuard:
    """Stops a worker that would empty the topic into the dead letters (architecture, law 2)."""

    def __init__(self, window: int, limit: float) -> None:
        self._recent: deque[bool] = deque(maxlen=window)
        self._limit = limit

    def check(self, outcomes: Sequence[Outcome]) -> None:
        """Raises FatalError when the last `window` outcomes hold too many dead letters."""
        self._recent.extend(isinstance(outcome, DeadLetter) for outcome in outcomes)
        dead = sum(self._recent)
        if len(self._recent) == self._recent.maxlen and dead >= self._limit * len(self._recent):
            codes = sorted({outcome.code for outcome in outcomes if isinstance(outcome, DeadLetter)})
            raise FatalError(
                f"{dead} of the last {len(self._recent)} records became dead letters ({', '.join(codes)}): "
                "stopped before the whole topic does; see `winnow dlq list` and worker.dead_letter_limit"
            )


def refuse_rewound(positions: Mapping[Place, int], settled: Mapping[Place, int]) -> None:
    """Raises FatalError if the group was rewound: every record would be `own`, and published a second time.

    `settled` must have been read before the positions were asked for: committed offsets only grow.
    """
    for place, position in positions.items():
        if position < settled.get(place, 0):
            raise FatalError(
                f"the group was rewound on {place[0]}-{place[1]} to {position}, but outcomes are published "
                f"up to {settled[place]}. To process records again, or a topic that was made anew, use a new "
                "kafka.group_id, new outcome topics and, if you set it, another dedupe.namespace"
            )


def _ranges(records: Iterable[RawRecord]) -> dict[Place, tuple[int, int]]:
    """First and last offset per partition."""
    ranges: dict[Place, tuple[int, int]] = {}
    for record in records:
        first, last = ranges.get((record.topic, record.partition), (record.offset, record.offset))
        ranges[record.topic, record.partition] = (min(first, record.offset), max(last, record.offset))
    return ranges
