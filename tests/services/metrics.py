"""Every metric that the code has, by the names that Prometheus sees, with its labels."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, ProcessCollector
from prometheus_client.metrics import MetricWrapperBase

from tests.unit.test_lag import look, seen, standing
from worker.observe.metrics import Metrics
from worker.ops.lag_export import LagCollector

_SUFFIXES = {"counter": ("_total",), "gauge": ("",), "histogram": ("_bucket", "_sum", "_count")}
_SCRAPED = frozenset({"instance", "job"})
"""Labels that Prometheus adds to each series."""


def families() -> dict[str, frozenset[str]]:
    """Names as the docs should have them (`…_total`; histograms without suffix), and labels."""
    found = {}
    for one in vars(Metrics(CollectorRegistry())).values():
        if isinstance(one, MetricWrapperBase):
            name = f"{one._name}_total" if one._type == "counter" else one._name
            found[name] = frozenset(one._labelnames)
    lag = LagCollector()
    lag.show(seen(look(0, standing(5, 9)), look(5, standing(7, 19))))
    for family in lag.collect():
        found[family.name] = frozenset().union(*(sample.labels for sample in family.samples))
    return found


def samples() -> dict[str, frozenset[str]]:
    """Names of series as an expression has them, and the labels that it may use."""
    found = {"up": _SCRAPED}
    for one in vars(Metrics(CollectorRegistry())).values():
        if isinstance(one, MetricWrapperBase):
            extra = {"le"} if one._type == "histogram" else set()
            for suffix in _SUFFIXES[str(one._type)]:
                found[one._name + suffix] = _SCRAPED | set(one._labelnames) | extra
    registry = CollectorRegistry()
    ProcessCollector(registry=registry)
    for family in registry.collect():
        found |= {sample.name: _SCRAPED for sample in family.samples}
    lag = {name: labels for name, labels in families().items() if name not in found}
    return found | {name: _SCRAPED | labels for name, labels in lag.items() if "_lag" in name}
