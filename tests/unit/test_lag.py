"""What standings mean together: ages, rates, time to catch up; and that it fits the screen."""

from __future__ import annotations

import itertools
import threading
from dataclasses import replace

import pytest
from prometheus_client import generate_latest

from tests.screen import printed
from worker.adapters.kafka_lag import Standing, Standings
from worker.commands.lag import one_answer
from worker.commands.lag_screen import screen_of
from worker.errors import FatalError, TransientError, WinnowError
from worker.ops.figures import count, duration, rate, sparkline
from worker.ops.lag import GroupLag, LagWindow
from worker.ops.lag_export import LagCollector, registry_of, watch

START_MS = 1_700_000_000_000


def standing(committed: int | None, end: int, oldest_s: float | None = 0.0, at_s: float = 0.0) -> Standing:
    """`oldest_s`: the age of the oldest record, `at_s` into the test."""
    oldest_ms = None if oldest_s is None else round(START_MS + (at_s - oldest_s) * 1000)
    return Standing(committed, 0, end, 0, end - (committed or 0), True, oldest_ms, "worker/10.0.0.1")


def look(at_s: float, *standings: Standing) -> Standings:
    return Standings(round(START_MS + at_s * 1000), dict(enumerate(standings)), (), 1, False)


def seen(*looks: Standings, window_s: float = 10) -> GroupLag:
    window = LagWindow("news", "articles.raw", window_s)
    return [window.add(one) for one in looks][-1]


def test_rates_and_the_time_to_catch_up_come_from_the_window() -> None:
    group = seen(look(0, standing(100, 1000)), look(10, standing(400, 1100)))
    (one,) = group.partitions
    assert (one.rate_in, one.rate_out) == (10, 30)
    assert one.catch_up_s == 700 / 20


def test_who_is_not_faster_than_what_comes_in_never_catches_up() -> None:
    group = seen(look(0, standing(100, 1000)), look(10, standing(200, 1100)))
    assert group.partitions[0].catch_up_s is None


def owned_by(owner: str | None, committed: int) -> Standing:
    return replace(standing(committed, 1000), owner=owner)


@pytest.mark.parametrize(
    ("owner", "moved_to", "uneven"),
    [("worker/1", 300, True), ("worker/2", 300, False), (None, 300, False), ("worker/1", 100, False)],
    ids=["its owner works on another", "another worker works", "nobody is there", "its owner stands still"],
)
def test_a_partition_that_stands_may_wait_for_its_turn(
    owner: str | None, moved_to: int, uneven: bool
) -> None:
    stands, before = owned_by(owner, 100), owned_by("worker/1", 100)
    group = seen(look(0, stands, before), look(10, stands, owned_by("worker/1", moved_to)))
    assert group.is_uneven is uneven


@pytest.mark.parametrize(("turn_s", "verdict"), [(27, "ok"), (90, "stalled")])
def test_one_answer_looks_on_until_each_partition_had_its_turn(
    turn_s: int, verdict: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("time.sleep", lambda seconds: None)
    window = LagWindow("news", "articles.raw", 10)
    seconds = itertools.count()

    def now() -> GroupLag:
        second = next(seconds)
        turn = owned_by("worker/1", 100 if second < turn_s else 400)
        return window.add(look(second, owned_by("worker/1", 100 + second), turn))

    result = one_answer(window, now, patience_s=60)
    assert result.window_s == min(turn_s, 60)
    assert result.verdict == verdict


def test_what_is_older_than_the_window_is_forgotten_but_for_its_edge() -> None:
    looks = [look(second, standing(second, 1000)) for second in range(0, 40, 2)]
    assert seen(*looks).window_s == 10


def test_the_age_of_the_oldest_record_is_the_lag_in_seconds() -> None:
    group = seen(look(5, standing(1, 9, 90, 5), standing(1, 9, 30, 5), standing(9, 9, None)))
    assert [one.lag_s for one in group.partitions] == [90, 30, 0]
    assert group.lag_s == 90
    assert group.exceeds(60)
    assert not group.exceeds(90)


def test_an_age_that_nobody_knows_counts_as_too_long() -> None:
    group = seen(look(0, standing(1, 9, None)))
    assert group.lag_s is None
    assert group.exceeds(10**9)


def test_a_record_from_the_future_has_just_come() -> None:
    assert seen(look(0, standing(1, 9, -500))).lag_s == 0


def test_a_partition_that_is_added_begins_a_window_of_its_own() -> None:
    group = seen(look(0, standing(9, 9)), look(10, standing(9, 9), standing(None, 5)))
    assert [one.rate_in for one in group.partitions] == [0, None]
    assert group.rate("rate_in") is None


def test_a_group_that_never_committed_is_counted_from_the_log_start() -> None:
    never = replace(standing(None, 50), start=20, lag=30)
    group = seen(look(0, never), look(10, replace(never, end=70, lag=50)))
    assert group.never_committed
    assert (group.lag, group.partitions[0].rate_in, group.partitions[0].rate_out) == (50, 2, 0)


def rendered(group: GroupLag, history: list[int], width: int = 80, height: int = 24) -> list[str]:
    return printed(screen_of(group, history, height, width), width, height).splitlines()


@pytest.mark.parametrize("partitions", [1, 6, 12, 200])
def test_the_screen_fits_80_by_24_whatever_the_numbers(partitions: int) -> None:
    huge = [standing(10**11, 10**12 + p) for p in range(partitions)]
    many = replace(
        look(0, *(replace(one, exact=False, held=3, start=2 * 10**11) for one in huge)), gone=tuple(range(50))
    )
    lines = rendered(seen(many, replace(many, at_ms=START_MS + 10_000)), list(range(100)))
    assert len(lines) <= 24
    assert max(map(len, lines)) <= 80
    assert any("behind" in line or "stalled" in line for line in lines)


@pytest.mark.parametrize("width", [40, 50, 60, 72])
def test_a_narrow_screen_has_fewer_columns_and_none_that_is_cut(width: int) -> None:
    group = seen(look(0, *[standing(5, 900)] * 6), look(10, *[standing(7, 1900)] * 6))
    lines = rendered(group, list(range(100)), width, 12)
    assert len(lines) <= 12
    assert max(map(len, lines)) <= width
    assert not [line for line in lines if "…" in line and "winnow" not in line and "news" not in line]
    assert len([line for line in lines if line.endswith("behind")]) == 6
    assert ("in/s" in "".join(lines)) == (width >= 60)


def test_a_trickle_is_not_rounded_to_nothing() -> None:
    assert [rate(number) for number in (None, 0, 0.33, 9.96, 10.4, 12_345)] == (
        ["–", "0", "0.3", "10.0", "10", "12.3k"]
    )


def test_where_not_all_partitions_fit_the_worst_are_shown() -> None:
    standings = [standing(9, 9) for _ in range(99)]
    standings[57] = replace(standing(1, 9), owner=None)
    group = seen(look(0, *standings), look(5, *standings))
    lines = rendered(group, [])
    assert [line.split()[0] for line in lines if line.endswith("stopped")] == ["57"]
    assert any("partitions that are no worse" in line for line in lines)


def test_the_exporter_tells_lag_age_and_status_under_names_that_dashboards_know() -> None:
    collector = LagCollector()
    registry = registry_of(collector)
    collector.show(
        seen(
            look(0, replace(standing(5, 9), owner=None)), look(5, replace(standing(5, 9, 60, 5), owner=None))
        )
    )
    text = generate_latest(registry).decode()
    labels = 'consumergroup="news",partition="0"'
    assert f'kafka_consumergroup_lag{{{labels},topic="articles.raw"}} 4.0' in text
    assert f'winnow_lag_seconds{{{labels},topic="articles.raw"}} 60.0' in text
    assert f'winnow_lag_status{{{labels},status="stopped",topic="articles.raw"}} 1.0' in text
    assert f'winnow_lag_status{{{labels},status="ok",topic="articles.raw"}} 0.0' in text
    assert "winnow_lag_up 1.0" in text


def test_while_kafka_is_away_the_exporter_tells_no_old_lag() -> None:
    collector = LagCollector()
    collector.show(seen(look(0, standing(5, 9))))
    collector.show(None)
    text = generate_latest(registry_of(collector)).decode()
    assert "winnow_lag_up 0.0" in text
    assert "kafka_consumergroup_lag" not in text


def test_the_service_goes_on_after_an_outage_and_says_it_once() -> None:
    collector, stop, said = LagCollector(), threading.Event(), list[str]()
    answers: list[WinnowError | None] = [None, TransientError("away"), FatalError("no topic"), None, None]

    def answer() -> GroupLag:
        wrong = answers.pop(0)
        if not answers:
            stop.set()
        if wrong:
            raise wrong
        return seen(look(0, standing(5, 9)))

    watch(collector, answer, 0, stop, said.append)
    assert said == ["away", "going on"]
    assert "winnow_lag_up 1.0" in generate_latest(registry_of(collector)).decode()


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(0, "0s"), (0.42, "0.4s"), (35, "35s"), (119, "119s"), (720, "12m"), (12_600, "3.5h"), (10**6, "11.6d")],
)
def test_durations_are_short(seconds: float, said: str) -> None:
    assert duration(seconds) == said


@pytest.mark.parametrize(
    ("number", "said"), [(0, "0"), (999, "999"), (12_345, "12.3k"), (4_500_000, "4.5M"), (10**12, "1.0T")]
)
def test_counts_are_short(number: float, said: str) -> None:
    assert count(number) == said


def test_a_sparkline_shows_the_last_numbers_from_zero_up() -> None:
    assert sparkline([0, 50, 100], 10) == "▁▄█"
    assert sparkline([5, 0, 0], 2) == "▁▁"
    assert sparkline([], 5) == ""
