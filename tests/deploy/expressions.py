"""The expressions of the alerts and of the dashboard, and what is in them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import promql_parser
import yaml

ROOT = Path(__file__).parents[2]
ALERTS = ROOT / "deploy" / "prometheus" / "alerts.yml"
DASHBOARD = ROOT / "deploy" / "grafana" / "dashboards" / "winnow.json"
_CHILDREN = ("lhs", "rhs", "expr", "param", "vector_selector")


def alerts() -> list[dict[str, Any]]:
    groups = yaml.safe_load(ALERTS.read_text(encoding="utf-8"))["groups"]
    return [rule for group in groups for rule in group["rules"]]


def panels() -> list[dict[str, Any]]:
    every = json.loads(DASHBOARD.read_text(encoding="utf-8"))["panels"]
    return [panel for panel in every if panel["type"] != "row"]


def expressions() -> dict[str, str]:
    """Each by the alert or the panel that it stands in."""
    found = {f"alert {rule['alert']}": rule["expr"] for rule in alerts()}
    for panel in panels():
        for target in panel["targets"]:
            found[f"panel {panel['title']} {target['refId']}"] = target["expr"]
    return found


def used(expression: str) -> dict[str, set[str]]:
    """The metrics of an expression, and the labels that are asked of each."""
    found: dict[str, set[str]] = {}
    for node, grouped in _walk(promql_parser.parse(expression), frozenset()):
        asked = {matcher.name for matcher in node.matchers.matchers} | grouped
        found.setdefault(node.name, set()).update(asked)
    return found


def _walk(node: Any, grouped: frozenset[str]) -> Iterator[tuple[Any, frozenset[str]]]:
    """Every vector with the labels by which what is above it groups."""
    if isinstance(node, promql_parser.VectorSelector):
        yield node, grouped
        return
    if isinstance(node, promql_parser.AggregateExpr) and node.modifier:
        grouped |= set(node.modifier.labels)
    children = [getattr(node, name, None) for name in _CHILDREN]
    for child in [*children, *getattr(node, "args", [])]:
        if child is not None:
            yield from _walk(child, grouped)
