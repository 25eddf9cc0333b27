"""What a worker tells about itself: metrics for Prometheus, a state for the probes, lines for the log.

Names and labels are fixed here, labels come from closed sets, counters end in `_total`, durations in
`_seconds`. Normal work logs nothing per record; what is unexpected is logged once.
"""

from __future__ import annotations

import time
from collections import Counter as Tally
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial

import structlog
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

from worker.errors import BatchLost, CommitFailed, Rebalanced, TransientError
from worker.outcome import DeadLetter, Duplicate, Outcome, Publish

log = structlog.get_logger("winnow")

_SIMILARITY_BUCKETS = (0.55, 0.6, 0.65, 0.7, 0.75, 0.8, 0.85, 0.9, 0.95, 1.0)
_STAGE_BUCKETS = (0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5, 20)
"""Text articles take a fraction of a millisecond, pages tens, poison up to the record's deadline."""


OUTCOMES = ("clean", "duplicate", "dead_letter")
WAITED_FOR = ("kafka", "redis", "other")


@dataclass
class State:
    """What the probes ask about; written by the runner's thread, read by the server's."""

    assigned: int | None = None
    """Partitions; 0 is a spare, None is nobody of the group's."""
    waiting_for: str | None = None
    commit_failed: str | None = None
    """Why the latest commit failed; None after one that did not, or once others have the partitions."""
    claims_lost: bool = False
    last_beat: float = field(default_factory=time.monotonic)


class Metrics:
    """Counts what is settled, never what might be: outcomes after the transaction that makes them true."""

    def __init__(self, registry: CollectorRegistry, beat: Callable[[], None] = lambda: None) -> None:
        self.state = State()
        self._beat = beat
        counter = partial(Counter, registry=registry)
        gauge = partial(Gauge, registry=registry)
        histogram = partial(Histogram, registry=registry)
        self._outcomes = counter(
            "winnow_outcomes_total", "Records settled, by topic of their outcome.", ["outcome"]
        )
        self._dead = counter(
            "winnow_dead_letters_total", "Dead letters, by stage and code.", ["stage", "code"]
        )
        self._duplicates = counter("winnow_duplicates_total", "Duplicates, by kind.", ["kind"])
        self._similarity = histogram(
            "winnow_duplicate_similarity",
            "How alike duplicates and their originals are, by kind (1: the same text).",
            ["kind"],
            buckets=_SIMILARITY_BUCKETS,
        )
        self._claims = counter("winnow_claims_total", "Claims, by the answer they got.", ["verdict"])
        self._removed = counter("winnow_removed_lines_total", "Lines removed, by kind.", ["kind"])
        self._unreadable = counter(
            "winnow_unreadable_fields_total", "Optional fields that became null.", ["field"]
        )
        self._stages = histogram(
            "winnow_stage_seconds", "Time in each stage, per record.", ["stage"], buckets=_STAGE_BUCKETS
        )
        self._commits = counter("winnow_commits_total", "Transactions, by result.", ["result"])
        self._commit_seconds = histogram("winnow_commit_seconds", "Time to publish and commit a batch.")
        self._in_flight = gauge("winnow_in_flight_records", "Records between poll and commit.")
        self._assigned = gauge("winnow_assigned_partitions", "Partitions this worker has.")
        self._waits = counter("winnow_waits_total", "Attempts that found Kafka or Redis away.", ["what"])
        self._lost = gauge("winnow_claims_lost", "1 while a loss of claims is not acknowledged.")
        self._range_lost = counter(
            "winnow_records_out_of_range_total", "Records that retention took before they were read."
        )
        self._learned = gauge(
            "winnow_learned",
            "What sources are known to repeat: sources, and lines, ends, labels and openings together.",
            ["what"],
        )
        self._learning_missed = counter(
            "winnow_learning_missed_total",
            "Articles that were published and not counted for learning: Redis was away.",
        )
        self._pool = counter("winnow_pool_restarts_total", "Pool processes replaced, by reason.", ["reason"])
        self._start_at_zero()

    def _start_at_zero(self) -> None:
        """A series that appears with its first event has no rate for it: alerts would miss that one."""
        for outcome in OUTCOMES:
            self._outcomes.labels(outcome)
        for what in WAITED_FOR:
            self._waits.labels(what)
        self._commits.labels("committed")

    def beat(self) -> None:
        """The loop is alive."""
        self.state.last_beat = time.monotonic()
        self._beat()

    def working(self, assigned: int | None) -> None:
        """A step went through: nothing is being waited for."""
        if self.state.waiting_for is not None:
            log.info("going on", after=self.state.waiting_for)
            self.state.waiting_for = None
        self.state.assigned = assigned
        self._assigned.set(assigned or 0)

    def waiting(self, away: TransientError) -> None:
        """Kafka or Redis is away; said once per reason, counted each time."""
        reason = str(away)
        what = reason.partition(":")[0].lower()
        self._waits.labels(what if what in WAITED_FOR else "other").inc()
        if self.state.waiting_for is None:
            log.warning("waiting", reason=reason)
        self.state.waiting_for = reason

    def batch_lost(self, lost: BatchLost, flights: int) -> None:
        """What was in flight is void; a rebalance that found nothing in flight threw nothing away."""
        if flights or not isinstance(lost, Rebalanced):
            self._commits.labels(type(lost).__name__.lower()).inc()
        self.state.commit_failed = str(lost) if flights and isinstance(lost, CommitFailed) else None
        said = "batch thrown away" if flights else "going on from what is committed"
        log.info(said, reason=str(lost), kind=type(lost).__name__, batches=flights)

    @contextmanager
    def committing(self) -> Iterator[None]:
        """Times one transaction; counted only if it went through."""
        with self._commit_seconds.time():
            yield
        self._commits.labels("committed").inc()
        self.state.commit_failed = None

    def settled(self, outcomes: Sequence[Outcome]) -> None:
        """These outcomes are true now."""
        counts: Tally[tuple[Counter, *tuple[str, ...]]] = Tally()  # a counter and its labels
        for outcome in outcomes:
            match outcome:
                case Publish(prepared, answer):
                    counts[self._outcomes, "clean"] += 1
                    counts[self._claims, answer.verdict] += 1
                    for kind, lines in prepared.removed:
                        counts[self._removed, kind] += lines
                    for name in prepared.unreadable:
                        counts[self._unreadable, name] += 1
                case Duplicate(_, answer):
                    counts[self._outcomes, "duplicate"] += 1
                    counts[self._claims, answer.verdict] += 1
                    counts[self._duplicates, answer.kind] += 1
                    self._similarity.labels(answer.kind).observe(answer.similarity)
                case DeadLetter():
                    counts[self._outcomes, "dead_letter"] += 1
                    counts[self._dead, outcome.stage, outcome.code] += 1
        for (counter, *labels), count in counts.items():
            counter.labels(*labels).inc(count)
        own = sum(isinstance(one, Publish) and one.answer.verdict == "own" for one in outcomes)
        if own:
            log.info("redelivered", own=own, records=len(outcomes))

    def staged(self, seconds: Mapping[str, Sequence[float]]) -> None:
        """Time that a chunk of records spent in each stage, record by record."""
        for stage, times in seconds.items():
            observe = self._stages.labels(stage).observe
            for spent in times:
                observe(spent)

    def pool_restarted(self, reason: str) -> None:
        """A pool process was replaced: `timeout` or `crash`."""
        self._pool.labels(reason).inc()
        log.warning("pool process replaced", reason=reason)

    def learned(self, sources: int, units: int) -> None:
        """What the records to come are cleaned by, beside the rules."""
        self._learned.labels("sources").set(sources)
        self._learned.labels("units").set(units)

    def learning_missed(self, articles: int) -> None:
        """Redis was away when these should have been counted; what they show is learned from others."""
        self._learning_missed.inc(articles)

    def in_flight(self, records: int) -> None:
        """Records between poll and commit."""
        self._in_flight.set(records)

    def claims_lost(self, lost: bool) -> None:
        """Redis forgot claims: copies may come a second time until somebody acknowledges or rebuilds."""
        if lost and not self.state.claims_lost:
            log.error("claims lost", remedy="winnow dedupe rebuild")
        self.state.claims_lost = lost
        self._lost.set(lost)

    def out_of_range(self, records: int) -> None:
        """Retention overtook the group, and the operator said to go on."""
        self._range_lost.inc(records)
        log.error("records lost to retention", records=records)
