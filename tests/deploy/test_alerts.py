"""The alert rules by Prometheus' own tool: each fires when it should, and is silent just below."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest
import yaml

from tests.deploy.expressions import ALERTS, ROOT, alerts
from tests.services import prometheus

FOLDER = ALERTS.parent


def promtool(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = prometheus.command("promtool", folder)
    if command is None:
        pytest.skip(f"promtool: {prometheus.MISSING}; the alert rules' own tests were not run")
    return subprocess.run([*command, *arguments], capture_output=True, text=True, timeout=600, check=False)


def test_prometheus_takes_its_configuration() -> None:
    done = promtool(FOLDER, "check", "config", "--lint-fatal", str(FOLDER / "prometheus.yml"))
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_alerts_pass_their_own_tests() -> None:
    done = promtool(FOLDER, "test", "rules", str(FOLDER / "alerts.test.yml"))
    assert done.returncode == 0, done.stdout + done.stderr


def test_a_rule_that_is_wrong_fails_them(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)  # the container runs as somebody else
    shutil.copy(FOLDER / "alerts.test.yml", tmp_path)
    rules = ALERTS.read_text(encoding="utf-8")
    assert "(winnow_lag_seconds) > 300" in rules
    (tmp_path / "alerts.yml").write_text(
        rules.replace("(winnow_lag_seconds) > 300", "(winnow_lag_seconds) > 400")
    )
    done = promtool(tmp_path, "test", "rules", str(tmp_path / "alerts.test.yml"))
    assert done.returncode != 0
    assert "WinnowLagHigh" in done.stdout + done.stderr


def test_each_alert_is_seen_firing_and_seen_silent() -> None:
    tests = yaml.safe_load((FOLDER / "alerts.test.yml").read_text(encoding="utf-8"))["tests"]
    cases = [case for test in tests for case in test["alert_rule_test"]]
    names = {rule["alert"] for rule in alerts()}
    assert {case["alertname"] for case in cases if case["exp_alerts"]} == names
    assert {case["alertname"] for case in cases if not case["exp_alerts"]} == names


def test_what_to_do_is_written_down_for_each_alert() -> None:
    headings = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8").splitlines()
    for rule in alerts():
        assert f"#### {rule['alert']}" in headings
