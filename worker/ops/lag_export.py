"""The lag for Prometheus: one process that needs no worker, and so tells when all of them are dead."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator

from prometheus_client import CollectorRegistry
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from worker.errors import WinnowError
from worker.ops.lag import GroupLag
from worker.ops.lag_verdict import VERDICTS

_LABELS = ["consumergroup", "topic", "partition"]


class LagCollector(Collector):
    """What was seen last. Without an answer of Kafka there is no lag to tell: only `winnow_lag_up` 0."""

    def __init__(self) -> None:
        self._seen: GroupLag | None = None

    def show(self, seen: GroupLag | None) -> None:
        """None: Kafka does not answer."""
        self._seen = seen

    def collect(self) -> Iterator[Metric]:
        seen = self._seen
        yield GaugeMetricFamily(
            "winnow_lag_up", "1 while Kafka answers the lag service.", int(seen is not None)
        )
        if seen is None:
            return
        lag = GaugeMetricFamily("kafka_consumergroup_lag", "Records not yet processed.", labels=_LABELS)
        age = GaugeMetricFamily(
            "winnow_lag_seconds", "Age of the oldest record not yet processed.", labels=_LABELS
        )
        status = GaugeMetricFamily(
            "winnow_lag_status",
            "1 for the verdict that holds, 0 for the others.",
            labels=[*_LABELS, "status"],
        )
        for one in seen.partitions:
            labels = [seen.group, seen.topic, str(one.partition)]
            lag.add_metric(labels, one.standing.lag)
            if one.lag_s is not None:
                age.add_metric(labels, one.lag_s)
            for verdict in VERDICTS:
                status.add_metric([*labels, verdict], int(verdict == one.verdict))
        yield from (lag, age, status)
        members = GaugeMetricFamily(
            "winnow_lag_members", "Members of the group.", labels=["consumergroup", "topic"]
        )
        members.add_metric([seen.group, seen.topic], seen.members)
        yield members


def watch(
    collector: LagCollector,
    look: Callable[[], GroupLag],
    every_s: float,
    stop: threading.Event,
    said: Callable[[str], None],
) -> None:
    """Looks until told to stop; an outage (no Kafka, no topic) is said once, and shown while it lasts."""
    is_away = False
    while not stop.is_set():
        try:
            collector.show(look())
            if is_away:
                said("going on")
            is_away = False
        except WinnowError as away:
            collector.show(None)
            if not is_away:
                said(str(away))
            is_away = True
        stop.wait(every_s)


def registry_of(collector: LagCollector) -> CollectorRegistry:
    """A registry that holds the lag and nothing else."""
    registry = CollectorRegistry()
    registry.register(collector)
    return registry
