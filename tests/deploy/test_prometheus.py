"""A real Prometheus asks a real worker and a real lag service; every expression is asked of it."""

from __future__ import annotations

import json
import os
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.deploy.expressions import ALERTS, ROOT, alerts, expressions, panels
from tests.services import processes, prometheus
from tests.services.commands import WINNOW, winnow
from tests.services.processes import wait_until

pytestmark = [pytest.mark.kafka, pytest.mark.slow]

Ask = Callable[[str], list[Any]]

QUIET = {
    "Cleaning processes replaced A",
    "Similarity of duplicates A",
    "Unreadable fields per minute A",
    "Duplicates per second A",
}
"""Panels without a line as long as nothing of that kind happened."""


def configuration(folder: Path, worker: int, lag: int) -> Path:
    """Ours, with these two instead of names that only compose knows; and scraped faster."""
    told = yaml.safe_load((ALERTS.parent / "prometheus.yml").read_text(encoding="utf-8"))
    told["global"] = {"scrape_interval": "1s", "evaluation_interval": "1s"}
    for job, port in zip(told["scrape_configs"], (worker, lag), strict=True):
        job.pop("dns_sd_configs", None)
        job["static_configs"] = [{"targets": [f"127.0.0.1:{port}"]}]
    folder.mkdir(mode=0o755)
    (folder / "alerts.yml").write_bytes(ALERTS.read_bytes())
    (folder / "prometheus.yml").write_text(yaml.safe_dump(told))
    return folder / "prometheus.yml"


@pytest.fixture
def ask(environment: dict[str, str], tmp_path: Path) -> Iterator[Ask]:
    """Asks a Prometheus that watches a worker with something to do."""
    worker, lag, web = (processes.free_port() for _ in range(3))
    tmp_path.chmod(0o755)  # the container runs as somebody else
    config = configuration(tmp_path / "config", worker, lag)
    listen = f"127.0.0.1:{web}"
    command = prometheus.command("prometheus", config.parent, "--network", "host")
    if command is None:
        pytest.skip(f"prometheus: {prometheus.MISSING}; the dashboard's expressions were parsed only")
    storage = "/prometheus" if command[0] == "docker" else str(tmp_path / "data")
    command += [f"--config.file={config}", f"--storage.tsdb.path={storage}", f"--web.listen-address={listen}"]
    winnow(environment, "topics", "create")
    own = {**os.environ, **environment, "WINNOW_METRICS__PORT": str(worker)}
    serve = [*WINNOW, "lag", "--serve", str(lag), "--every", "500ms"]
    started = [
        processes.start([*WINNOW, "run"], tmp_path / "worker.log", env=own),
        processes.start(serve, tmp_path / "lag.log", env={**os.environ, **environment}),
        processes.start(command, tmp_path / "prometheus.log"),
    ]
    try:
        winnow(environment, "load", str(ROOT / "samples"))
        yield lambda query: _asked(listen, query)
    finally:
        for process in started:
            process.terminate()
        for process in started:
            process.wait(60)


def _asked(listen: str, query: str) -> list[Any]:
    url = f"http://{listen}/api/v1/query?" + urllib.parse.urlencode({"query": query})
    with urllib.request.urlopen(url, timeout=10) as answer:
        told = json.loads(answer.read())
    assert told["status"] == "success", f"{query}: {told}"
    return list(told["data"]["result"])


def silent_of(ask: Ask) -> set[str]:
    return {where for where, expression in expressions().items() if not ask(expression)}


def test_every_expression_is_answered_while_a_worker_works(
    ask: Ask, environment: dict[str, str], tmp_path: Path
) -> None:
    def has_settled() -> bool:
        try:
            return bool(ask("sum(winnow_outcomes_total) >= 20")) and bool(ask("winnow_lag_up == 1"))
        except OSError:  # it has only just been started
            return False

    wait_until(has_settled, "twenty outcomes")
    winnow(environment, "load", str(ROOT / "samples"))  # rates begin with a second sample
    drawn = {f"panel {panel['title']} {target['refId']}" for panel in panels() for target in panel["targets"]}
    missing = drawn - {f"panel {name}" for name in QUIET}
    wait_until(lambda: not missing & silent_of(ask), f"all of {missing} are drawn")
    silent = silent_of(ask)
    assert {f"alert {rule['alert']}" for rule in alerts()} & silent, "an alert may be silent, a panel not"
