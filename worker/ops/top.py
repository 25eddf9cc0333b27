"""`winnow top`: the whole pipeline in one picture, from what Kafka, Redis and workers tell. No clock here."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any

from worker.adapters.redis_doctor import RedisFacts
from worker.adapters.worker_metrics import Metrics
from worker.observe.metrics import OUTCOMES
from worker.ops.lag import GroupLag


@dataclass(frozen=True, slots=True)
class Count:
    """A counter over all workers that answer."""

    total: float = 0
    per_s: float | None = None
    """Over the last step; None at the first look."""


@dataclass(frozen=True, slots=True)
class Top:
    """One picture."""

    lag: GroupLag | None
    """None: Kafka does not answer."""
    redis: RedisFacts | None
    workers: int
    """That answer."""
    outcomes: dict[str, Count]
    removed: dict[str, Count]
    """Lines, by kind; most frequent first."""
    dead: dict[str, Count]
    """By `stage/code`; most frequent first."""
    commits: dict[str, Count]
    waits: dict[str, Count]
    """Attempts of workers that found `kafka` or `redis` away, or not willing."""
    in_flight: int
    claims_lost: bool
    problems: tuple[str, ...] = ()
    """Who did not answer, and why."""

    def as_json(self) -> dict[str, Any]:
        """The result for programs."""
        return {
            "lag": self.lag and self.lag.as_json(),
            "redis": self.redis
            and {"used_bytes": self.redis.used_bytes, "limit_bytes": self.redis.limit_bytes},
            "workers": self.workers,
            "in_flight": self.in_flight,
            "claims_lost": self.claims_lost,
            **{
                name: {key: {"total": c.total, "per_second": c.per_s} for key, c in counts.items()}
                for name, counts in (
                    ("outcomes", self.outcomes),
                    ("removed_lines", self.removed),
                    ("dead_letters", self.dead),
                    ("commits", self.commits),
                    ("waits", self.waits),
                )
            },
            "problems": list(self.problems),
        }


@dataclass
class Pictures:
    """Remembers the last look, to tell what changed since."""

    _at_s: float | None = None
    _before: dict[str, Metrics] = field(default_factory=dict)

    def add(
        self,
        at_s: float,
        workers: dict[str, Metrics],
        lag: GroupLag | None,
        redis: RedisFacts | None,
        problems: tuple[str, ...] = (),
    ) -> Top:
        """One more look."""
        passed_s = None if self._at_s is None else at_s - self._at_s

        def counts(metric: str) -> dict[str, Count]:
            return self._counts(f"{metric}_total", workers, passed_s)

        outcomes = counts("winnow_outcomes")
        top = Top(
            lag,
            redis,
            len(workers),
            {name: outcomes.get(name, Count(0, None if passed_s is None else 0)) for name in OUTCOMES},
            counts("winnow_removed_lines"),
            counts("winnow_dead_letters"),
            counts("winnow_commits"),
            counts("winnow_waits"),
            round(sum(one.get(("winnow_in_flight_records", ()), 0) for one in workers.values())),
            any(one.get(("winnow_claims_lost", ()), 0) for one in workers.values()),
            problems,
        )
        self._at_s, self._before = at_s, workers
        return top

    def _counts(self, metric: str, workers: dict[str, Metrics], passed_s: float | None) -> dict[str, Count]:
        """Sums by label. The labels of dead letters are code and stage: written `stage/code`."""
        totals: defaultdict[str, float] = defaultdict(float)
        grown: defaultdict[str, float] = defaultdict(float)
        for address, metrics in workers.items():
            before = self._before.get(address)
            for (name, labels), value in metrics.items():
                if name == metric:
                    key = "/".join(reversed(labels))
                    totals[key] += value
                    grown[key] += _growth(value, before, (name, labels))
        return {
            key: Count(total, grown[key] / passed_s if passed_s else None)
            for key, total in sorted(totals.items(), key=lambda item: (-item[1], item[0]))
        }


def _growth(value: float, before: Metrics | None, key: tuple[str, tuple[str, ...]]) -> float:
    """Since the last look; a worker that was started again counts from 0, one that is new not at all."""
    if before is None:
        return 0.0
    last = before.get(key, 0.0)
    return value - last if value >= last else value
