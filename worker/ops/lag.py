"""`winnow lag`: what the standings of a group mean, over a sliding window. No Kafka here, no clock."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import Any

from worker.adapters.kafka_lag import Standing, Standings
from worker.ops.lag_verdict import Sample, Verdict, verdict_of, worst

SPARKS = 60
"""Standings remembered for the sparkline, whatever the window."""


@dataclass(frozen=True, slots=True)
class PartitionLag:
    """One partition as it is shown."""

    partition: int
    standing: Standing
    lag_s: float | None
    """Age of the oldest record not yet processed; 0 without lag, None where nobody knows."""
    rate_in: float | None
    """Records per second, over the window; None with one look only."""
    rate_out: float | None
    catch_up_s: float | None
    """Until the lag is gone at these rates; None: never, or nobody knows."""
    verdict: Verdict


@dataclass(frozen=True, slots=True)
class GroupLag:
    """The group as it is shown."""

    group: str
    topic: str
    at_ms: int
    window_s: float
    """How much of the window is filled."""
    members: int
    partitions: tuple[PartitionLag, ...]
    gone: tuple[int, ...]

    @property
    def lag(self) -> int:
        return sum(one.standing.lag for one in self.partitions)

    @property
    def lag_s(self) -> float | None:
        """The oldest record of all; None if the age of any is unknown."""
        ages = [one.lag_s for one in self.partitions]
        return None if None in ages else max((age for age in ages if age is not None), default=0.0)

    @property
    def verdict(self) -> Verdict:
        return worst(one.verdict for one in self.partitions)

    @property
    def is_clear(self) -> bool:
        """Whether a longer look would say the same."""
        return all(p.standing.lag == 0 or p.verdict in ("stopped", "rewound") for p in self.partitions)

    @property
    def is_uneven(self) -> bool:
        """Whether a partition stands still while its owner works on another: is it stuck, or only not yet
        its turn? A worker empties what it has fetched of one partition before it turns to the next."""
        busy = {one.standing.owner for one in self.partitions if one.rate_out} - {None}
        return any(p.standing.lag and not p.rate_out and p.standing.owner in busy for p in self.partitions)

    @property
    def never_committed(self) -> bool:
        return all(one.standing.committed is None for one in self.partitions)

    def exceeds(self, limit_s: float) -> bool:
        """Whether the oldest record waits longer than this; what nobody knows counts as too long."""
        return self.lag_s is None or self.lag_s > limit_s

    def rate(self, name: str) -> float | None:
        """`rate_in` or `rate_out` of all partitions."""
        rates = [getattr(one, name) for one in self.partitions]
        return None if None in rates else sum(rates)

    def as_json(self) -> dict[str, Any]:
        """The result for programs."""
        return {
            "group": self.group,
            "topic": self.topic,
            "at_ms": self.at_ms,
            "window_seconds": self.window_s,
            "members": self.members,
            "lag": self.lag,
            "lag_seconds": self.lag_s,
            "rate_in": self.rate("rate_in"),
            "rate_out": self.rate("rate_out"),
            "status": self.verdict,
            "partitions": [_as_json(one) for one in self.partitions],
            "partitions_gone": list(self.gone),
        }


class LagWindow:
    """The standings of the last `window_s` seconds, and what they mean together."""

    def __init__(self, group: str, topic: str, window_s: float) -> None:
        self.group, self.topic, self.window_s = group, topic, window_s
        self._seen: deque[Standings] = deque()
        self.history: deque[int] = deque(maxlen=SPARKS)
        """Lag of the whole group, one number per standing."""

    def add(self, now: Standings) -> GroupLag:
        """One more look; what is older than the window is forgotten, but for one look at its edge."""
        self._seen.append(now)
        while len(self._seen) > 2 and self._span_s(1) >= self.window_s:
            self._seen.popleft()
        self.history.append(sum(one.lag for one in now.partitions.values()))
        return self.judged()

    def judged(self) -> GroupLag:
        """What the looks in the window mean together. Raises IndexError before the first."""
        now = self._seen[-1]
        return GroupLag(
            self.group,
            self.topic,
            now.at_ms,
            self._span_s(0),
            now.members,
            tuple(self._judged(p, one) for p, one in sorted(now.partitions.items())),
            now.gone,
        )

    def _span_s(self, first: int) -> float:
        return (self._seen[-1].at_ms - self._seen[first].at_ms) / 1000

    def _judged(self, partition: int, now: Standing) -> PartitionLag:
        samples = [
            _sample(standings, standings.partitions[partition])
            for standings in self._seen
            if partition in standings.partitions
        ]
        first, last = samples[0], samples[-1]
        passed_s = last.at_s - first.at_s
        rate_in = max(0, last.end - first.end) / passed_s if passed_s else None
        rate_out = max(0, _done(last, now) - _done(first, now)) / passed_s if passed_s else None
        return PartitionLag(
            partition,
            now,
            _age_s(now, self._seen[-1].at_ms),
            rate_in,
            rate_out,
            _catch_up_s(now.lag, rate_in, rate_out),
            verdict_of(samples, self.window_s),
        )


def _sample(standings: Standings, one: Standing) -> Sample:
    is_owned = one.owner is not None or standings.is_sharing_out
    return Sample(standings.at_ms / 1000, one.committed, one.end + one.held, one.lag, is_owned)


def _done(sample: Sample, now: Standing) -> int:
    return now.start if sample.committed is None else sample.committed


def _age_s(now: Standing, at_ms: int) -> float | None:
    """A record from the future, by a clock that is ahead, has just come."""
    if now.lag == 0:
        return 0.0
    return max(0.0, (at_ms - now.oldest_ms) / 1000) if now.oldest_ms and now.oldest_ms > 0 else None


def _catch_up_s(lag: int, rate_in: float | None, rate_out: float | None) -> float | None:
    if lag == 0:
        return 0.0
    if rate_in is None or rate_out is None or rate_out <= rate_in:
        return None
    return lag / (rate_out - rate_in)


def _as_json(one: PartitionLag) -> dict[str, Any]:
    standing = one.standing
    return {
        "partition": one.partition,
        "committed": standing.committed,
        "start": standing.start,
        "end": standing.end,
        "lag": standing.lag,
        "exact": standing.exact,
        "lag_seconds": one.lag_s,
        "rate_in": one.rate_in,
        "rate_out": one.rate_out,
        "catch_up_seconds": one.catch_up_s,
        "status": one.verdict,
        "owner": standing.owner,
        "unread": standing.unread,
        "held_by_open_transactions": standing.held,
    }
