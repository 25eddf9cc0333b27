"""The way of one record: read this file first, then worker/runner.py.

    bytes ─ decode ─▶ RawArticle ─ extract ─▶ Document ─ clean ─▶ Cleaned
          ─ validate ─▶ CleanArticle ─ fingerprint ─▶ Prepared          (or, from any step, DeadLetter)

Pure: no clock, no network, no environment. The same bytes and the same rules give the same result on
every replica, offline (`winnow clean`) as in the worker.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from schemas import CleanArticle
from worker.errors import InvalidRecord
from worker.outcome import DeadLetter, Prepared
from worker.ports import RawRecord
from worker.stages.clean import clean
from worker.stages.decode import decode
from worker.stages.extract import extract
from worker.stages.fingerprint import fingerprint
from worker.stages.learn import look_at_source
from worker.stages.validate import validate
from worker.text.habits import Learned
from worker.text.rules import Rules

Lap = Callable[[str], None]
"""Told the name of each stage when it is done: the pool takes the time there, the pipeline has no clock."""


def _no_lap(stage: str) -> None:
    """Nobody takes the time."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What the operator asks of an article."""

    clean_bytes: int = 2 * 1024 * 1024
    """The clean topic's largest message."""
    min_confidence: float = 0.0
    """Articles below it are dead letters `low_confidence`; 0 lets all through."""


def process(
    record: RawRecord,
    rules: Rules,
    limits: Limits,
    lap: Lap = _no_lap,
    learned: Learned | None = None,
) -> Prepared | DeadLetter:
    """One record, ready to be claimed, or the reason why it never can be.

    `learned` is what the sources are known to repeat; None: nothing is learned, nothing is applied.
    """
    try:
        raw, unreadable = decode(record)
        lap("decode")
        document = extract(raw, rules.block_model)
        lap("extract")
        rules, edges = look_at_source(raw, document, rules, learned)
        cleaned = clean(document, rules)
        lap("clean")
        article = validate(raw, document, cleaned, record, rules.version, limits.min_confidence)
        lap("validate")
        prepared = fingerprint(article, cleaned.words, record, unreadable, limits.clean_bytes, edges)
        lap("fingerprint")
        return prepared
    except InvalidRecord as error:
        return DeadLetter.of(error)


def article_of(record: RawRecord, rules: Rules, limits: Limits) -> CleanArticle:
    """The article in a record as it is before anyone claims it, nothing learned. Raises InvalidRecord."""
    raw, _ = decode(record)
    document = extract(raw, rules.block_model)
    cleaned = clean(document, rules)
    return validate(raw, document, cleaned, record, rules.version, limits.min_confidence)
