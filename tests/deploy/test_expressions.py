"""The alerts and the dashboard speak of metrics and labels that the code has, and of nothing else."""

from __future__ import annotations

import pytest

from tests.deploy.expressions import alerts, expressions, panels, used
from tests.services.metrics import families, samples

EXPRESSIONS = expressions()


@pytest.mark.parametrize("where", EXPRESSIONS)
def test_every_metric_and_label_of_an_expression_exists(where: str) -> None:
    known = samples()
    asked = used(EXPRESSIONS[where])
    assert asked, "an expression without a metric tells nothing"
    for name, labels in asked.items():
        assert name in known, f"{where}: there is no metric {name}"
        assert labels <= known[name], f"{where}: {name} has no label {labels - known[name]}"


def test_a_metric_or_label_that_does_not_exist_is_noticed() -> None:
    assert used("sum by (kind) (rate(winnow_made_up_total[5m]))") == {"winnow_made_up_total": {"kind"}}
    assert "winnow_made_up_total" not in samples()
    assert "kind" not in samples()["winnow_claims_total"]


def test_every_metric_of_the_code_is_on_the_dashboard() -> None:
    shown = {name for panel in panels() for target in panel["targets"] for name in used(target["expr"])}
    missing = [
        name
        for name in families()
        if not any(one == name or one.removesuffix("_bucket") == name for one in shown)
    ]
    assert missing == []


def test_every_alert_says_how_bad_it_is_and_where_to_read_on() -> None:
    for rule in alerts():
        assert rule["labels"]["severity"] in {"info", "warning", "critical"}
        assert rule["annotations"]["summary"]
        assert rule["annotations"]["runbook"] == f"docs/operations.md#{rule['alert'].lower()}"


def test_panels_stand_side_by_side_and_each_has_a_number_of_its_own() -> None:
    cells: set[tuple[int, int]] = set()
    for panel in panels():
        at = panel["gridPos"]
        own = {(at["x"] + x, at["y"] + y) for x in range(at["w"]) for y in range(at["h"])}
        assert not own & cells, f"{panel['title']} covers another panel"
        assert max(x for x, _ in own) < 24, f"{panel['title']} is too far right"
        cells |= own
    assert len({panel["id"] for panel in panels()}) == len(panels())
