"""How many clean articles change when they come again: `python -m benchmarks.cleaning_again`.

Each labelled article and page is cleaned; its text, title, source, language and URL then make a raw record,
and that is cleaned too. The same text should come out (tests/unit/text/test_properties.py holds this for
made-up texts; here are real pages). The models have seen these pages: figures for pages that they have not
seen may be worse.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import Counter
from collections.abc import Mapping
from typing import Any

from benchmarks.cleaning import CaseSet, chosen, raws_of
from benchmarks.line_model_data import cases_folder
from worker.adapters.packaged import config_folder
from worker.adapters.rule_files import load_rules
from worker.errors import InvalidRecord
from worker.ports import RawRecord
from worker.stages.clean import clean
from worker.stages.decode import decode
from worker.stages.extract import extract
from worker.text.blocks import Cleaned
from worker.text.rules import Rules


def cleaned(raw: Mapping[str, Any], rules: Rules) -> Cleaned | None:
    """The clean article; None where there is none."""
    try:
        record = decode(RawRecord("", 0, 0, 0, None, json.dumps(raw).encode()))[0]
        return clean(extract(record, rules.block_model), rules)
    except InvalidRecord:
        return None


def line_about(one: CaseSet, rules: Rules) -> str:
    """A set's figures in a line, and which rules took something the second time."""
    articles = changed = 0
    takers: Counter[str] = Counter()
    for raw in raws_of(one):
        once = cleaned(raw, rules)
        if once is None:
            continue
        articles += 1
        told = {"text": once.text, "title": once.title, "source": once.source, "language": once.language}
        again = cleaned({"url": raw.get("url"), **{k: v for k, v in told.items() if v}}, rules)
        if again is None or again.text != once.text:
            changed += 1
            takers.update({cut.rule for cut in again.removed} if again else {"no_text"})
    return f"{articles} articles, {changed} change  {dict(takers.most_common(5)) or ''}"


def main() -> int:
    """Counts and prints, set by set."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--only", action="append", default=[], metavar="NAME", help="sets whose name begins so"
    )
    if not cases_folder().is_dir():
        print("no cases: set WINNOW_CASES to the folder that holds articles/score.py", file=sys.stderr)
        return 2
    rules = load_rules(config_folder())
    for one in chosen(parser.parse_args().only):
        print(f"{one.name:34} {line_about(one, rules)}", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
