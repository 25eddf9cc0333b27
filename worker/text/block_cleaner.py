"""The cleaner behind the block model: what it doubts, and no rule has named, goes.

The doubt comes from the page (worker/html); lines of flattened text have none and are left to the line model.
"""

from __future__ import annotations

from dataclasses import replace

from worker.text.blocks import Draft
from worker.text.model_cleaner import kind_of
from worker.text.rules import Rules
from worker.text.zones import prose_span

RULE = "model.block"


def unlikely_blocks(draft: Draft, rules: Rules) -> Draft:
    """Blocks that the block model takes for leftovers; the line model is not asked about the rest."""
    if rules.block_model is None or all(line.doubt is None for line in draft.lines):
        return draft
    limit, span = rules.block_model.threshold, prose_span(draft.lines)
    gone = [
        (line, line.kind or kind_of(draft.lines, number, span), RULE)
        for number, line in enumerate(draft.lines)
        if line.doubt is not None and line.doubt >= limit
    ]
    if len(gone) < len(draft.lines):
        draft = draft.without(gone)
    return replace(draft, settled=draft.lines)
