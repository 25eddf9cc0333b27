"""Processor time of cleaning an article, by labelled set: `python -m benchmarks.cleaning_cost`.

    python -m benchmarks.cleaning_cost                  # flattened text and pages, about a minute
    python -m benchmarks.cleaning_cost --only html/aeb --rounds 6

Of each article the best of several rounds counts, of a set the median. Flattened text: from the lines to the
clean article, by rules alone and with the line model. Pages: extraction with the block model, and the clean
article, each over trafilatura's default extraction with metadata, in turn on the same pages (sum over sum, so
that large pages count for what they take). For figures that tell anything, nothing else may be running.
"""

from __future__ import annotations

import contextlib
import json
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from statistics import median

import trafilatura

from benchmarks.cleaning import CaseSet, chosen, parser, raws_of
from schemas import RawArticle
from worker.adapters.packaged import config_folder
from worker.adapters.rule_files import load_rules
from worker.errors import InvalidRecord
from worker.ports import RawRecord
from worker.stages.clean import clean
from worker.stages.decode import decode
from worker.stages.extract import extract
from worker.text.rules import Rules

MOST = 150
"""Articles of a set, evenly chosen: enough for a median."""
Work = Callable[[], object]


def articles(one: CaseSet) -> Iterator[RawArticle]:
    """Those of a set that are measured."""
    raws = raws_of(one)
    for raw in raws[:: -(-len(raws) // MOST)]:
        yield decode(RawRecord("", 0, 0, 0, None, json.dumps(raw).encode()))[0]


def cleaned(raw: RawArticle, rules: Rules) -> None:
    """The whole way to the clean article."""
    clean(extract(raw, rules.block_model), rules)


def text_works(raw: RawArticle, rules: Rules) -> list[Work]:
    """Rules alone; with the line model."""
    return [partial(cleaned, raw, replace(rules, line_model=None)), partial(cleaned, raw, rules)]


def page_works(raw: RawArticle, rules: Rules) -> list[Work]:
    """Trafilatura; our extraction; the clean article."""
    return [
        partial(trafilatura.bare_extraction, raw.html, url=raw.url, with_metadata=True),
        partial(extract, raw, rules.block_model),
        partial(cleaned, raw, rules),
    ]


def milliseconds(works: Sequence[Work], rounds: int) -> list[float]:
    """Processor time of each, the best of so many rounds in turn."""
    times: list[list[float]] = [[] for _ in works]
    for _ in range(rounds):
        for work, known in zip(works, times, strict=True):
            start = time.process_time_ns()
            with contextlib.suppress(InvalidRecord):  # what ends as a dead letter took its time, too
                work()
            known.append((time.process_time_ns() - start) / 1e6)
    return [min(known) for known in times]


def line_about(one: CaseSet, rules: Rules, rounds: int) -> str:
    """A set's figures in a line."""
    pages = one.mode == "html"
    works = page_works if pages else text_works
    raws = list(articles(one))
    costs = list(zip(*(milliseconds(works(raw, rules), rounds) for raw in raws), strict=True))
    if pages:
        theirs, *ours = (sum(cost) for cost in costs)
        ratios = " / ".join(f"{cost / theirs:.2f}" for cost in ours)
        return f"{len(raws)} pages, extraction / clean article over trafilatura {ratios}"
    lines = median((raw.text or "").count("\n") + 1 for raw in raws)
    alone, both = (median(cost) for cost in costs)
    return f"{len(raws)} articles of {lines:.0f} lines, rules {alone:.2f} ms, with model {both:.2f} ms"


def main() -> None:
    """Measures and prints, set by set."""
    told = parser(__doc__)
    told.add_argument("--rounds", type=int, default=4, help="of which the best counts")
    asked = told.parse_args()
    sets, rules = chosen(asked.only), load_rules(config_folder())
    for one in sets:
        print(f"{one.name:34} {line_about(one, rules, asked.rounds)}", flush=True)


if __name__ == "__main__":
    main()
