"""The floors under the benchmark's figures: they rise by themselves and sink only when somebody says so."""

from __future__ import annotations

from pathlib import Path

from benchmarks.cleaning import SETS, chosen
from benchmarks.floors import FLOORS, digest_of, digests_in, floors_in, other_cases, raised, under, written

FLOOR = {"pages": {"F1": 0.9, "loss": 0.01}}


def test_a_figure_under_its_floor_is_named_with_both_values() -> None:
    assert under(FLOOR, {"pages": {"F1": 0.89, "loss": 0.01}}) == ["pages: F1 is 0.89, its floor 0.9"]


def test_more_loss_than_the_floor_is_an_error_and_less_is_none() -> None:
    assert under(FLOOR, {"pages": {"F1": 0.9, "loss": 0.011}}) == ["pages: loss is 0.011, its floor 0.01"]
    assert under(FLOOR, {"pages": {"F1": 0.95, "loss": 0.0}}) == []


def test_a_figure_that_is_no_longer_measured_misses_its_floor() -> None:
    assert under(FLOOR, {"pages": {"F1": 0.9}}) == ["pages: loss is None, its floor 0.01"]


def test_a_set_that_was_not_measured_is_not_asked_about() -> None:
    assert under(FLOOR, {}) == []


def test_floors_rise_and_never_sink() -> None:
    assert raised(FLOOR, {"pages": {"F1": 0.95, "loss": 0.02, "n": 4}}) == {
        "pages": {"F1": 0.95, "loss": 0.01}
    }


def test_floors_sink_when_that_is_allowed() -> None:
    sunk = raised(FLOOR, {"pages": {"F1": 0.8, "loss": 0.02}}, allow_lower=True)
    assert sunk == {"pages": {"F1": 0.8, "loss": 0.02}}


def test_what_is_written_is_read_again(tmp_path: Path) -> None:
    (tmp_path / "floors.toml").write_text(written(FLOOR), "utf-8")
    assert floors_in(tmp_path / "floors.toml") == FLOOR


def test_every_floor_on_file_belongs_to_a_set_and_a_figure_of_it() -> None:
    figures = {one.name: set(one.figures) for one in SETS}
    for name, floor in floors_in(FLOORS).items():
        assert set(floor) <= figures[name]


def test_a_set_is_chosen_by_the_beginning_of_its_name() -> None:
    assert [one.name for one in chosen(["html/aeb"])] == ["html/aeb"]
    assert chosen([]) == list(SETS)


def test_digests_are_written_beside_the_floors_and_read_again(tmp_path: Path) -> None:
    path = tmp_path / "floors.toml"
    path.write_text(written(FLOOR, corpus={"pages": "abc"}), "utf-8")
    assert digests_in(path) == {"pages": "abc"}
    assert floors_in(path) == FLOOR


def test_other_cases_than_those_of_the_floors_are_named_and_new_sets_are_not() -> None:
    (said,) = other_cases({"pages": "abc"}, {"pages": "abd", "new": "x"})
    assert said.startswith("pages: the cases are others")
    assert other_cases({"pages": "abc"}, {"pages": "abc"}) == []


def test_a_digest_is_of_names_and_contents(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text("1")
    first = digest_of(tmp_path)
    (tmp_path / "a.json").write_text("2")
    second = digest_of(tmp_path)
    (tmp_path / "a.json").rename(tmp_path / "b.json")
    assert len({first, second, digest_of(tmp_path)}) == 3
