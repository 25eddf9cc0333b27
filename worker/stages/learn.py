"""learn: what the source of an article is known to repeat, and what this article adds to that."""

from __future__ import annotations

from dataclasses import dataclass

from schemas import RawArticle
from worker.stages.validate import registered_domain
from worker.text.blocks import Document
from worker.text.cleaners import start
from worker.text.edges import Edges, edges_of
from worker.text.habits import NO_HABITS, Learned
from worker.text.rules import Rules, with_habits


@dataclass(frozen=True, slots=True)
class SourceEdges:
    """The edges of one article, and whose they are."""

    source: str
    edges: Edges


def look_at_source(
    raw: RawArticle, document: Document, rules: Rules, learned: Learned | None
) -> tuple[Rules, SourceEdges | None]:
    """The rules with the habits of the article's source, and its own edges, taken as it came in."""
    source = source_of(raw)
    if learned is None or not source:
        return rules, None
    habits = learned.get(source, NO_HABITS)
    edges = edges_of(start(document, rules).lines, habits.watched)
    return with_habits(rules, habits), SourceEdges(source, edges) if edges.units else None


def source_of(raw: RawArticle) -> str:
    """Under which name a source's habits are kept: the record's word for it, else its domain."""
    return (raw.source or "").strip().casefold() or (registered_domain(raw.url) if raw.url else "") or ""
