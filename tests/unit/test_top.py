"""One picture of the pipeline: sums over workers, what changed since the last look, and that it fits."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from prometheus_client import CollectorRegistry, generate_latest

from tests.screen import printed
from tests.unit.test_lag import look, seen, standing
from worker.adapters.redis_doctor import RedisFacts
from worker.adapters.worker_metrics import addresses, scraped
from worker.commands.top import _looker
from worker.commands.top_screen import screen_of
from worker.errors import FatalError, TransientError, UsageError
from worker.observe.metrics import Metrics
from worker.ops.figures import size
from worker.ops.lag import GroupLag
from worker.ops.top import Count, Pictures, Top
from worker.outcome import DeadLetter
from worker.settings import Settings

Sums = dict[tuple[str, tuple[str, ...]], float]


def worker(clean: float, dead: float = 0, lost: float = 0) -> Sums:
    return {
        ("winnow_outcomes_total", ("clean",)): clean,
        ("winnow_outcomes_total", ("dead_letter",)): dead,
        ("winnow_dead_letters_total", ("not_json", "decode")): dead,
        ("winnow_in_flight_records", ()): 5,
        ("winnow_claims_lost", ()): lost,
    }


def test_counters_are_summed_over_workers_and_rates_are_what_grew() -> None:
    pictures = Pictures()
    first = pictures.add(0, {"a": worker(100), "b": worker(50, 2)}, None, None)
    assert first.outcomes["clean"] == Count(150, None)
    second = pictures.add(2, {"a": worker(140), "b": worker(60, 4)}, None, None)
    assert second.outcomes["clean"] == Count(200, 25)
    assert second.dead == {"decode/not_json": Count(4, 1)}
    assert second.outcomes["duplicate"] == Count(0, 0)
    assert (second.workers, second.in_flight) == (2, 10)


def test_a_worker_that_started_again_counts_from_zero_and_a_new_one_not_at_all() -> None:
    pictures = Pictures()
    pictures.add(0, {"a": worker(1000)}, None, None)
    assert pictures.add(1, {"a": worker(30), "b": worker(500)}, None, None).outcomes["clean"].per_s == 30


def test_what_is_most_frequent_comes_first() -> None:
    pictures = Pictures()
    sums: Sums = {
        ("winnow_removed_lines_total", (kind,)): n for n, kind in enumerate(("tags", "site", "related"))
    }
    assert list(pictures.add(0, {"a": sums}, None, None).removed) == ["related", "site", "tags"]


def group() -> GroupLag:
    return seen(look(0, *[standing(5, 9)] * 6), look(5, *[standing(7, 19)] * 6))


REDIS = RedisFacts((8, 0), "noeviction", 12_345_678_901, 99_345_678_901, True, 0, 0)


def picture(**more: object) -> Top:
    kinds = {f"a rather long kind of line {n}": Count(10.0**n, 1234567.8) for n in range(19)}
    facts = {
        "lag": group(),
        "redis": REDIS,
        "workers": 1,
        "outcomes": {name: Count(10**12, 12345.6) for name in ("clean", "duplicate", "dead_letter")},
        "removed": kinds,
        "dead": kinds,
        "commits": {"committed": Count(10**9, 99.9), "commitfailed": Count(5), "rebalanced": Count(6)},
        "waits": {"redis": Count(7, 0.5), "kafka": Count(9, 0.0), "other": Count(0, None)},
        "in_flight": 100_000,
        "claims_lost": True,
        "problems": ("x" * 200,) * 5,
    }
    return Top(**(facts | more))  # type: ignore[arg-type]


def rendered(top: Top, history: list[int], width: int = 80) -> str:
    return printed(screen_of(top, history, width), width)


@pytest.mark.parametrize("top", [picture(), picture(lag=None, redis=None, workers=0, removed={}, dead={})])
def test_the_screen_fits_80_by_24_whatever_the_numbers(top: Top) -> None:
    lines = rendered(top, list(range(100))).splitlines()
    assert len(lines) <= 24
    assert max(map(len, lines)) <= 80


def test_a_narrow_screen_shows_the_outcomes_whole_and_leaves_the_batches_out() -> None:
    lines = rendered(picture(), list(range(100)), 50).splitlines()
    assert max(map(len, lines)) <= 50
    assert [line.split() for line in lines if line.startswith("total")] == [["total", "1.0T", "1.0T", "1.0T"]]
    assert "commits" not in "".join(lines)


def test_the_screen_names_what_must_be_known() -> None:
    text = rendered(picture(problems=()), [])
    assert "news on articles.raw: ok" in text
    assert "Redis 11G of 93G" in text
    assert "Redis lost claims" in text
    assert "11 others" in text
    assert "workers wait for Redis" in text
    assert "Kafka" not in text
    assert "Kafka does not answer" in rendered(picture(lag=None), [])
    assert "no worker answers" in rendered(picture(workers=0, problems=()), [])


@pytest.fixture
def metrics_server() -> Iterator[str]:
    """A worker's metrics, as it serves them."""
    registry = CollectorRegistry()
    metrics = Metrics(registry)
    metrics.settled([DeadLetter("decode", "not_json", "x")])
    metrics.waiting(TransientError("Redis: out of memory"))
    body = generate_latest(registry)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    server.server_close()


def test_what_workers_tell_is_read_under_the_names_that_they_use(metrics_server: str) -> None:
    """Against the real metrics: a renamed one fails here."""
    found = scraped([metrics_server, "127.0.0.1:1"])
    assert list(found) == [metrics_server]
    top = Pictures().add(0, found, None, None)
    assert top.dead == {"decode/not_json": Count(1, None)}
    assert top.outcomes["dead_letter"].total == 1
    assert top.waits["redis"].total == 1


def test_a_name_stands_for_all_its_machines_and_a_wrong_one_is_said() -> None:
    assert "127.0.0.1:80" in addresses(["localhost:80"])
    with pytest.raises(UsageError, match="HOST:PORT"):
        addresses(["worker"])
    with pytest.raises(UsageError, match=r"no\.such\.name\.invalid"):
        addresses(["no.such.name.invalid:80"])


@pytest.mark.parametrize(
    ("number", "said"), [(0, "0B"), (1536, "1.5K"), (12 * 1024**2, "12M"), (2**50, "1024.0T")]
)
def test_sizes_are_short(number: int, said: str) -> None:
    assert size(number) == said


def test_a_redis_that_refuses_the_password_is_named_on_the_screen(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuses(*_: object) -> None:
        raise FatalError("Redis refuses the user or the password of redis.url")

    def away() -> GroupLag:
        raise TransientError("Kafka: away")

    monkeypatch.setattr("worker.adapters.redis_doctor.redis_facts", refuses)
    look_round = _looker(Settings(), list, away)
    assert look_round().problems == ("Kafka: away", "Redis refuses the user or the password of redis.url")
