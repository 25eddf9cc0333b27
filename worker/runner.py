"""The way of one batch: read worker/pipeline.py first, then this file.

    poll ─▶ process (pool) ─▶ claim (Redis) ─▶ publish and commit offsets (one Kafka transaction)

Batch k+1 is processed while batch k is claimed and published. This is the only place that commits;
docs/delivery.md (P1 to P11) says why nothing is lost and nothing comes twice.
"""

from __future__ import annotations

import itertools
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from worker.errors import BatchLost, FatalError, Rebalanced, RecordRefused, TransientError
from worker.guards import ClaimsGuard, DeadLetterGuard, PoisonGuard, refuse_rewound
from worker.learning import Learning
from worker.observe.metrics import Metrics
from worker.outcome import DeadLetter, Outcome, Prepared, message_of, outcome_of, sha256_of
from worker.ports import Batch, Broker, Claims, Origin, Pool, RawRecord, Work
from worker.stages.fingerprint import owner_of
from worker.stopping import Stop

T = TypeVar("T")

POLL_S = 0.5
"""How long an idle poll waits: a stop is noticed within this time (the client has no wakeup())."""
BUSY_POLL_S = 0.02
"""The same while a batch is being processed: its end is noticed within this time."""
KEEP_ALIVE_S = 1.0
"""How often a member that waits looks after its group; the session time-out is ten times that."""
BACK_OFF_S = (0.1, 0.2, 0.5, 1.0, 2.0)
"""Waits between attempts while something is away; the last one is repeated."""


@dataclass(frozen=True, slots=True)
class Flight:
    """A batch between its poll and its commit."""

    batch: Batch
    work: Work


@dataclass(frozen=True, slots=True)
class Guards:
    """What is watched beside the way of a batch (worker/guards.py)."""

    poison: PoisonGuard
    claims: ClaimsGuard
    dead_letters: DeadLetterGuard


class Runner:
    """Takes batches from `broker` until it is told to stop. One thread; the pool has its own."""

    def __init__(
        self,
        broker: Broker,
        claims: Claims,
        pool: Pool,
        guards: Guards,
        learning: Learning,
        metrics: Metrics,
        stop: Stop,
        now: Callable[[], datetime | None],
        pause: Callable[[float], None],
    ) -> None:
        self._broker = broker
        self._claims = claims
        self._pool = pool
        self._guards = guards
        self._learning = learning
        self._metrics = metrics
        self._stop = stop
        self._now = now
        self._pause = pause
        self._flights: deque[Flight] = deque()
        self._condemned: dict[Origin, DeadLetter] = {}
        """Records that are dead letters whatever the pool makes of them."""
        self._to_release: list[str] = []
        """Owners whose claims are to be released: their records died."""
        self._must_rewind = True
        self._losses = 0
        """Batches thrown away in a row."""

    def run(self, until_caught_up: bool = False) -> None:
        """Steps until a stop is asked for, or until nothing is left; then lands what is in flight.

        Raises FatalError.
        """
        while not self._stop.requested:
            self.step()
            if until_caught_up and not self._flights and not self._must_rewind and self._broker.caught_up():
                break
        while self._flights and not self._stop.overdue:
            self._guarded(self._land)
        self._give_up()

    def step(self) -> None:
        """Poll the next batch; land the one before it when it is ready."""
        self._metrics.beat()
        self._guarded(self._advance)

    def _advance(self) -> None:
        if self._must_rewind:
            settled = self._guards.poison.settled()
            positions = self._broker.rewind(settled)
            refuse_rewound(positions, settled)
            self._guards.poison.go_on_from(positions)
            self._guards.claims.remember(self._broker.claimed_before())
            self._look_for_losses()  # before our own claims hide that some are gone
            self._must_rewind = False
        room = self._learning.room(in_flight=bool(self._flights))
        if room and len(self._flights) < self._guards.poison.flights:
            # Half as many from the second loss on: a batch too large for its transaction would never land.
            most = max(1, self._guards.poison.max_batch >> max(0, self._losses - 1))
            self._take_off(min(room, most))
        full = not room or len(self._flights) >= self._guards.poison.flights
        if self._flights and (full or self._flights[0].work.wait(0)):
            self._land()
        self._metrics.working(self._broker.assigned())

    def _take_off(self, most: int) -> None:
        """Poll, and begin to process what came."""
        batch = self._broker.poll(BUSY_POLL_S if self._flights else POLL_S, most)
        if batch.records:
            in_hand = [*self._in_hand(), *batch.records]
            for record in self._patiently(lambda: self._guards.poison.take(in_hand)):
                self._condemned[record.origin] = DeadLetter(
                    "decode", "crash", "workers died with this record, and nothing else, in hand"
                )
            todo = [record for record in batch.records if record.origin not in self._condemned]
            self._flights.append(Flight(batch, self._pool.start(todo, self._learning.frozen)))
            self._learning.took(len(batch.records))
            self._metrics.in_flight(len(in_hand))
        elif batch.positions and not self._flights:
            # Positions moved past transaction markers: commit them alone, or the lag never ends (P5).
            self._broker.commit([], batch, self._guards.claims.claimed)

    def _land(self) -> None:
        """Claim, publish and commit the oldest batch in flight."""
        flight = self._flights[0]
        records = flight.batch.records
        outcomes = self._claimed(self._results(flight))
        now = self._now()
        messages = [message_of(what, record, now) for what, record in zip(outcomes, records, strict=True)]
        with self._metrics.committing():
            self._broker.commit(messages, flight.batch, self._guards.claims.claimed)
        self._flights.popleft()
        self._settle(records, outcomes)

    def _results(self, flight: Flight) -> list[Prepared | DeadLetter]:
        """What the pool made of each record, and the dead letters of those that are condemned."""
        while not flight.work.wait(KEEP_ALIVE_S):
            self._stay_alive()
            self._guards.poison.keep_alive()
        processed = iter(flight.work.results())
        return [self._condemned.get(record.origin) or next(processed) for record in flight.batch.records]

    def _claimed(self, results: Sequence[Prepared | DeadLetter]) -> list[Outcome]:
        """The outcome of each result. Claims are made in the order of the records, all before publishing."""
        identities = [result.identity for result in results if isinstance(result, Prepared)]
        answers = iter(self._patiently(lambda: self._claims.claim(identities)))
        self._patiently(self._look_for_losses)
        return [
            outcome_of(result, next(answers)) if isinstance(result, Prepared) else result
            for result in results
        ]

    def _look_for_losses(self) -> None:
        self._guards.claims.check()
        self._metrics.claims_lost(self._guards.claims.lost)

    def _settle(self, records: Sequence[RawRecord], outcomes: Sequence[Outcome]) -> None:
        """The commit made these outcomes true: only now they count, and dead claims are released (P8)."""
        self._losses = 0
        self._metrics.settled(outcomes)
        self._learning.settled(outcomes)
        for record, outcome in zip(records, outcomes, strict=True):
            if isinstance(outcome, DeadLetter):
                self._to_release.append(owner_of(*record.origin, sha256_of(record.value)))
                self._condemned.pop(record.origin, None)
        if self._to_release:
            self._patiently(lambda: self._claims.release(self._to_release))
            self._to_release.clear()
        self._patiently(lambda: self._guards.poison.put_down(records))
        self._metrics.in_flight(len(self._in_hand()))
        self._guards.dead_letters.check(outcomes)

    def _guarded(self, action: Callable[[], None]) -> None:
        """Runs one action; a lost batch is thrown away, an outage is waited out."""
        try:
            action()
        except BatchLost as lost:
            self._throw_away(lost)
        except TransientError as away:
            self._metrics.waiting(away)
            self._pause(min(BACK_OFF_S[-1], self._stop.remaining_s()))

    def _throw_away(self, lost: BatchLost) -> None:
        """Nothing in flight will be committed: forget it, and go back to the committed offsets (P2)."""
        if isinstance(lost, RecordRefused):
            self._condemn(lost)
        self._metrics.batch_lost(lost, len(self._flights))
        self._give_up()
        self._must_rewind = True
        # A rebalance needs no patience: members that pause in turn would only start the next one.
        if self._losses and not isinstance(lost, Rebalanced):
            self._pause(min(BACK_OFF_S[min(self._losses, len(BACK_OFF_S)) - 1], self._stop.remaining_s()))
        self._losses += 1

    def _condemn(self, refused: RecordRefused) -> None:
        """The record's next outcome is a dead letter; without value if that was refused too (P9)."""
        before = self._condemned.get(refused.origin)
        if before and before.drop_value:
            raise FatalError(f"a dead letter cannot be written: {refused}")
        drop_value = refused.was_dead_letter or before is not None
        self._condemned[refused.origin] = DeadLetter("publish", refused.code, refused.message, drop_value)

    def _give_up(self) -> None:
        """Abandon what is in flight; it is not committed, so it comes again."""
        in_hand = self._in_hand()
        for flight in self._flights:
            flight.work.abandon()
        self._flights.clear()
        try:
            self._guards.poison.drop(in_hand)
        except TransientError as away:
            self._metrics.waiting(away)  # the note then counts a death that was none: harmless once

    def _patiently(self, call: Callable[[], T]) -> T:
        """The answer of `call`, however long Redis is away; the batch in hand waits with it.

        Raises BatchLost when the group moves on meanwhile, or when a stop falls due.
        """
        waits = itertools.chain(BACK_OFF_S, itertools.repeat(BACK_OFF_S[-1]))
        while True:
            try:
                return call()
            except BatchLost:
                raise
            except TransientError as away:
                self._metrics.waiting(away)
                self._pause(min(next(waits), self._stop.remaining_s()))
                self._stay_alive()

    def _stay_alive(self) -> None:
        """Stay in the group, and under the watchdog, while waiting; give up when a stop falls due."""
        self._metrics.beat()
        if self._stop.overdue:
            raise BatchLost("the time to drain is over")
        self._broker.keep_alive()

    def _in_hand(self) -> list[RawRecord]:
        return [record for flight in self._flights for record in flight.batch.records]
