"""What the metrics say of outcomes."""

from __future__ import annotations

import pytest
from prometheus_client import CollectorRegistry

from tests.unit.orders import GOOD
from worker.adapters.packaged import config_folder
from worker.adapters.rule_files import load_rules
from worker.errors import CommitFailed, Rebalanced
from worker.observe.health import readiness
from worker.observe.metrics import Metrics
from worker.outcome import Duplicate, Prepared
from worker.pipeline import Limits, process
from worker.ports import Answer, Kept, RawRecord


def test_duplicates_are_counted_by_kind_and_by_how_alike_they_are() -> None:
    registry = CollectorRegistry()
    prepared = process(RawRecord("raw", 0, 0, 0, None, GOOD), load_rules(config_folder()), Limits())
    assert isinstance(prepared, Prepared)
    kept = Kept("a", 1, ("raw", 0, 1))
    copies = [Duplicate(prepared, Answer("duplicate", 1, "near", alike, kept)) for alike in (0.63, 0.97)]
    Metrics(registry).settled(copies)
    assert registry.get_sample_value("winnow_duplicates_total", {"kind": "near"}) == 2
    under = {"kind": "near", "le": "0.65"}
    assert registry.get_sample_value("winnow_duplicate_similarity_bucket", under) == 1


def test_a_rebalance_counts_as_a_batch_thrown_away_only_where_one_was() -> None:
    registry = CollectorRegistry()
    metrics = Metrics(registry)
    for lost, flights in ((Rebalanced("a"), 0), (Rebalanced("b"), 2), (CommitFailed("c"), 0)):
        metrics.batch_lost(lost, flights)
    counted = [
        registry.get_sample_value("winnow_commits_total", {"result": result})
        for result in ("rebalanced", "commitfailed")
    ]
    assert counted == [1, 1]


@pytest.mark.parametrize("over", ["committed", "rebalanced"])
def test_a_worker_that_cannot_commit_is_not_ready_until_it_can_or_others_have_its_partitions(
    over: str,
) -> None:
    metrics = Metrics(CollectorRegistry())
    metrics.working(1)
    for reason in ("Kafka: no answer", "Kafka: none still"):
        metrics.batch_lost(CommitFailed(reason), 1)
        metrics.working(1)  # it goes on taking records all the while
        assert readiness(metrics.state, {}) == {"commits": reason}
    if over == "committed":
        with metrics.committing():
            pass
    else:
        metrics.batch_lost(Rebalanced("a"), 0)
    assert readiness(metrics.state, {}) == {}
