"""Copies, versions and stories, beside what others reach: `python -m benchmarks.dedupe`.

    python -m benchmarks.dedupe                  # everything, about ten minutes
    python -m benchmarks.dedupe --only quality   # pairs and stories
    python -m benchmarks.dedupe --only cost      # processor time, memory (no labelled cases needed)
    python -m benchmarks.dedupe --write-floors   # raise the floors of the quality figures

The labelled pairs and stories are other people's texts and not part of the project: they are found by
WINNOW_CASES (default ../shared) and scored by the `score.py` that lies beside them, as a black box, through
the worker with a Redis of its own. datasketch comes with the dependency group `bench`. Costs are processor
time, not the clock's, so that a busy machine disturbs them less.
"""

from __future__ import annotations

import argparse
import gzip
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from benchmarks import dedupe_pairs, dedupe_redis, dedupe_stories
from benchmarks.floors import Figures, floors_in, raised, under, written
from benchmarks.line_model_data import cases_folder
from worker.dedupe.near import Limits
from worker.dedupe.scripts import EPOCHS, Layout

FLOORS = Path(__file__).with_name("dedupe_floors.toml")
LAYOUTS = ("strings", "packed")
ORDERS = 40
MILLIONS = (1, 10)
STORY_SHARE = 3 / 7
"""Stories live three days, claims seven."""


def main() -> int:
    """Measures and prints; 1 if a figure is under its floor."""
    asked = options()
    screen = Console(width=140)
    found: dict[str, Figures] = {}
    if asked.only in (None, "quality"):
        if not folder().is_dir():
            print(
                "no labelled pairs: set WINNOW_CASES to the folder that holds pairs/score.py", file=sys.stderr
            )
            return 2
        found |= quality(screen)
    if asked.only in (None, "cost"):
        cost(screen, asked.articles)
    floors = floors_in(FLOORS)
    if asked.write_floors:
        FLOORS.write_text(written(raised(floors, found, asked.allow_lower), "dedupe --write-floors"), "utf-8")
        return 0
    missed = under(floors, found)
    for line in missed:
        print(line, file=sys.stderr)
    return 1 if missed else 0


def options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--only", choices=("quality", "cost"))
    parser.add_argument("--articles", type=int, default=20_000, help="articles claimed to measure costs")
    parser.add_argument("--write-floors", action="store_true")
    parser.add_argument("--allow-lower", action="store_true")
    return parser.parse_args()


def folder() -> Path:
    """Where pairs and stories lie."""
    return cases_folder().parent / "pairs"


def read(name: str) -> list[Any]:
    """The cases of one set."""
    with gzip.open(folder() / f"{name}.jsonl.gz", "rt", encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def quality(screen: Console) -> dict[str, Figures]:
    """Pairs, seeds and stories."""
    pairs = list(dedupe_pairs.pairs_of(read("arabic_pairs")))
    black_box = {layout: scored("pairs", "arabic_pairs", layout) for layout in LAYOUTS}
    screen.print(pair_table(pairs, black_box))
    fit = dedupe_pairs.other_limits(dedupe_pairs.fitted(pairs))
    screen.print(f"Limits fitted to all pairs where they differ from the shipped ones (in brackets): {fit}")
    stories = dedupe_stories.measured(dedupe_stories.documents(read("ecb_stories")), ORDERS)
    screen.print(
        f"Stories, B³ F1 over {ORDERS} orders of arrival: mean {stories.mean:.3f} (precision "
        f"{stories.precision:.3f}, recall {stories.recall:.3f}), least {stories.least:.3f}, most "
        f"{stories.most:.3f}; {stories.at_least_86:.0%} of the orders reach .86. Public: .858 with full "
        "vectors, .844 bounded."
    )
    for layout in LAYOUTS:
        one = scored("stories", "ecb_stories", layout)
        screen.print(f"  as a black box, {layout}, one order: F1 {one['F1']}")
        screen.print(f"  the five seeds, {layout}: {seeds(layout)}")
    told = [{"id": path.name, "story": "one", "text": path.read_text("utf-8")} for path in seed_files()]
    share = dedupe_stories.together(dedupe_stories.documents(told))
    screen.print(f"  the five seeds are one story in {share:.0%} of all orders of arrival")
    packed = black_box["packed"]
    return {
        "dedupe/pairs": {
            "found": _share(packed, "duplicate", "merged"),
            "wrong": _share(packed, "different", "merged"),
            "same_event_merged": _share(packed, "same_event", "merged"),
            "labelled": _share(packed, "contained", "labelled"),
        },
        "dedupe/stories": {"F1": round(stories.mean, 4), "F1_least": round(stories.least, 4)},
    }


def scored(mode: str, name: str, layout: str) -> dict[str, Any]:
    """What score.py says of the worker as a black box."""
    done = subprocess.run(
        [
            sys.executable, str(folder() / "score.py"), mode, str(folder() / f"{name}.jsonl.gz"),
            "--command", f"{sys.executable} -m worker.cli run --local - --out {{out}}",
        ],
        env={**os.environ, "WINNOW_DEDUPE__LAYOUT": layout},
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    told: dict[str, Any] = json.loads(done.stdout)
    return told


def seed_files() -> list[Path]:
    return sorted((cases_folder() / "seeds").glob("*.txt"))


def seeds(layout: str) -> str:
    """Duplicates and stories among five articles on one event."""
    texts = [str(path) for path in seed_files()]
    with tempfile.TemporaryDirectory() as out:
        subprocess.run(
            [sys.executable, "-m", "worker.cli", "run", "--local", *texts, "--out", f"{out}/out"],
            env={**os.environ, "WINNOW_DEDUPE__LAYOUT": layout}, capture_output=True, check=True,
        )  # fmt: skip
        clean = [
            json.loads(line) for line in (Path(out) / "out" / "clean.jsonl").read_text("utf-8").splitlines()
        ]
    return f"{len(texts) - len(clean)} duplicates, {len({one['story_id'] for one in clean})} story"


def pair_table(pairs: Sequence[dedupe_pairs.Pair], black_box: dict[str, dict[str, Any]]) -> Table:
    """Each method's row over the same pairs."""
    table = Table(
        "method", "duplicates found", "different merged", "same event merged", "contained labelled",
        title=f"{len(pairs)} labelled pairs",
    )  # fmt: skip
    table.add_row("asked", "≥ 95 %", "≤ 5 %", "≤ 20 %", "≥ 85 %")
    for layout, told in black_box.items():
        shares = [_share(told, *what) for what in COLUMNS]
        table.add_row(f"worker with Redis, {layout} (score.py)", *(f"{share:.1%}" for share in shares))
    for name, counts in (
        ("decision, held out (10 folds, 5 times)", dedupe_pairs.held_out(pairs)),
        ("decision, shipped limits", dedupe_pairs.counted(pairs, Limits())),
    ):
        table.add_row(name, *(_of(counts[label], column) for label, column in PLACES))
    for name, same in BASELINES:
        if same is None:
            table.add_row(name, "not installed")
            continue
        merged = dedupe_pairs.baseline(pairs, same)
        total = {label: sum(pair.label == label for pair in pairs) for label, _ in PLACES}
        table.add_row(name, *(_of([total[label], merged[label]], 1) for label, _ in PLACES))
    return table


COLUMNS = (
    ("duplicate", "merged"),
    ("different", "merged"),
    ("same_event", "merged"),
    ("contained", "labelled"),
)
PLACES = (("duplicate", 1), ("different", 1), ("same_event", 1), ("contained", 2))
BASELINES = (
    ("exact hash of the normalised text", dedupe_pairs.exact),
    ("SimHash, 64 bits, distance 3", dedupe_pairs.simhash),
    ("datasketch MinHashLSH, threshold .5", dedupe_pairs.datasketch()),
)


def _share(told: dict[str, Any], label: str, column: str) -> float:
    return float(round(told[label][column] / told[label]["n"], 4))


def _of(row: Sequence[int], column: int) -> str:
    return f"{row[column]} of {row[0]} ({row[column] / row[0]:.1%})" if row[0] else "-"


def cost(screen: Console, articles: int) -> None:
    """Processor time and memory of both layouts, and the projection."""
    table = Table("", *LAYOUTS, "datasketch on Redis", "asked", title=f"{articles:,} articles of 300 words")
    told = {name: dedupe_redis.costs(_layout(name, articles), articles) for name in LAYOUTS}
    other = dedupe_redis.datasketch_on_redis(500)
    speed, size = (f"{other[0]:.0f}", f"{other[1]:,.0f}") if other else ("not installed", "not installed")
    each = [told[name] for name in LAYOUTS]
    table.add_row(
        "articles/s per core of the worker", *(f"{1e6 / one.worker_us:,.0f}" for one in each), speed, "2,000"
    )
    table.add_row("articles/s per core of Redis", *(f"{1e6 / one.redis_us:,.0f}" for one in each), "", "")
    table.add_row("bytes per kept article, claims", *(f"{one.claim_bytes:,.0f}" for one in each), size, "700")
    table.add_row("… with stories, each article its own", *(f"{one.kept_bytes:,.0f}" for one in each))
    for millions in MILLIONS:
        sizes = [projected(name, told[name], millions) for name in LAYOUTS]
        table.add_row(
            f"{millions} M articles a week, GB", *(f"{low:.1f} to {high:.1f}" for low, high in sizes)
        )
    screen.print(table)
    screen.print("GB: without stories, and with as many stories as articles (three days of seven).")
    identities = [dedupe_redis.identity(n, text) for n, text in enumerate(dedupe_redis.texts(6000))]
    for name in LAYOUTS:
        ends = dedupe_redis.flat(Layout(name, 4.0, 1000), identities, 6)  # type: ignore[arg-type]
        kilobytes = " ".join(f"{end / 1e3:,.0f}" for end in ends)
        screen.print(f"Memory at the end of each window of 1,000 articles, kB, {name}: {kilobytes}")


def _layout(name: str, articles: int) -> Layout:
    """For as many articles as come in the run, which is over within one epoch: a third of a lifetime."""
    kept = round(articles * (1 - dedupe_redis.COPIES))
    return Layout(name, 7 * 86400.0, EPOCHS * kept)  # type: ignore[arg-type]


def projected(name: str, one: dedupe_redis.Cost, millions: int) -> tuple[float, float]:
    """Gigabytes for so many million kept articles in the window: claims alone, and with stories.
    What is packed stays until its epoch ends."""
    longest = 1 + 1 / EPOCHS if name == "packed" else 1
    stories = (one.kept_bytes - one.claim_bytes) * STORY_SHARE
    return one.claim_bytes * millions * longest / 1e3, (one.claim_bytes + stories) * millions * longest / 1e3


if __name__ == "__main__":
    sys.exit(main())
