"""How many clean articles change when they come again: `python -m benchmarks.cleaning_again`.

Each labelled article and page is cleaned; its text, title, source, language and URL then make a raw record,
and that is cleaned too. The same text should come out (tests/unit/text/test_properties.py holds this for
made-up texts; here are real pages). The models have seen these pages: figures for pages that they have not
seen may be worse.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from typing import Any

from benchmarks.cleaning import CaseSet, chosen, parser, raws_of
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


def main() -> None:
    """Counts and prints, set by set."""
    sets, rules = chosen(parser(__doc__).parse_args().only), load_rules(config_folder())
    for one in sets:
        print(f"{one.name:34} {line_about(one, rules)}", flush=True)


if __name__ == "__main__":
    main()
