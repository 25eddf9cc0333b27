"""A table of windows: how committed offset, end and members moved, and what that means."""

from __future__ import annotations

import pytest

from worker.ops.lag_verdict import Sample, Verdict, verdict_of, worst

WINDOW_S = 10.0


def window(committed: str, ends: str, owned: str = "", step_s: float = 2.0) -> list[Sample]:
    """Columns of numbers; `-`: never committed, so that all is lag."""
    columns = zip(committed.split(), ends.split(), (owned or "y " * 99).split(), strict=False)
    return [
        Sample(
            at_s=100 + number * step_s,
            committed=None if done == "-" else int(done),
            end=int(end),
            lag=max(0, int(end) - (0 if done == "-" else int(done))),
            owned=has_owner == "y",
        )
        for number, (done, end, has_owner) in enumerate(columns)
    ]


@pytest.mark.parametrize(
    ("case", "samples", "verdict"),
    [
        ("nothing known yet", [], "ok"),
        ("caught up and idle", window("9 9 9 9 9 9", "9 9 9 9 9 9"), "ok"),
        ("caught up though nobody is there", window("9 9 9 9 9 9", "9 9 9 9 9 9", "n n n n n n"), "ok"),
        ("an empty topic, never committed", window("- - - - - -", "0 0 0 0 0 0", "n n n n n n"), "ok"),
        ("caught up at one moment", window("1 5 7 8 9 9", "2 7 7 9 15 20"), "ok"),
        ("catching up", window("10 20 30 40 50 60", "90 92 94 96 98 99"), "ok"),
        ("gaining once is enough", window("10 20 30 40 50 60", "90 100 110 120 129 140"), "ok"),
        ("as fast as what comes in", window("10 20 30 40 50 60", "90 100 110 120 130 140"), "behind"),
        ("slower than what comes in", window("10 20 30 40 50 60", "90 110 130 150 170 190"), "behind"),
        (
            "big batches, losing between them",
            window("0 0 50 50 100 100", "209 239 269 299 329 359"),
            "behind",
        ),
        ("big batches, gaining between them", window("0 0 50 50 100 100", "190 195 199 204 209 214"), "ok"),
        ("some always wait where records never end", window("8 18 28 38 48 58", "9 19 29 39 49 59"), "ok"),
        ("behind is not said too early", window("10 20 30", "90 110 130"), "ok"),
        ("standing still with a member", window("5 5 5 5 5 5", "9 9 9 9 9 9"), "stalled"),
        ("standing still while more comes", window("5 5 5 5 5 5", "9 10 11 12 13 14"), "stalled"),
        ("never committed with a member", window("- - - - - -", "9 9 9 9 9 9"), "stalled"),
        ("a pause is no stall", window("5 5 5", "9 9 9"), "ok"),
        ("moved once, at the start", window("5 6 6 6 6 6", "9 9 9 9 9 9"), "ok"),
        ("nobody there", window("5 5 5 5 5 5", "9 9 9 9 9 9", "n n n n n n"), "stopped"),
        ("nobody there is clear at once", window("5 5", "9 9", "n n"), "stopped"),
        ("one look is not enough", window("5", "9", "n"), "ok"),
        ("never committed and nobody there", window("- -", "9 9", "n n"), "stopped"),
        ("lag begins while nobody is there", window("9 9 9 9 9 9", "9 9 9 9 9 10", "n n n n n n"), "stopped"),
        ("killed early", window("5 6 6 6 6 6", "9 10 11 12 13 14", "y y y n n n"), "stopped"),
        ("killed late: wait", window("5 6 8 9 9 9", "9 10 11 12 13 14", "y y y y n n"), "ok"),
        ("silent as long as it moved: wait", window("5 7 9 9 9", "19 20 21 22 23", "y y y n n"), "ok"),
        ("between two members", window("5 5 5 5 5 5", "9 9 9 9 9 9", "y y n y y y"), "stalled"),
        ("handed over", window("5 6 6 6 6 13", "9 10 11 12 13 14", "y y n n n y"), "ok"),
        ("gone back", window("50 60 20 30 40 50", "90 90 90 90 90 90"), "rewound"),
        ("gone back and caught up again", window("90 20 90", "90 90 90"), "rewound"),
        ("offsets deleted are not gone back", window("50 - - 50 60 60", "60 60 60 60 60 60"), "ok"),
        ("a topic made anew", window("50 50 50", "3 3 3"), "rewound"),
    ],
)
def test_a_window_tells(case: str, samples: list[Sample], verdict: Verdict) -> None:
    assert verdict_of(samples, WINDOW_S) == verdict, case


def test_a_group_is_as_well_as_its_worst_partition() -> None:
    assert worst(["ok", "stopped", "stalled"]) == "stopped"
    assert worst(["ok", "rewound", "behind"]) == "rewound"
    assert worst([]) == "ok"
