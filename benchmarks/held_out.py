"""Rules whose trained parts never saw a record's site: what cross-validated figures are taken with.

A record's site says which fold it belongs to; the models of that fold are trained without the fold's
sites, all sets at once. They are kept under `.cache/held-out` as long as neither the code that trains
them nor the rules change.
"""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import cache, partial
from pathlib import Path
from typing import Any

from benchmarks.cross_validation import FOLDS, fold_of
from benchmarks.line_model_data import cases_folder, flattened_pages, site, training_cases
from worker.text.block_model import BlockModel
from worker.text.line_model import LineModel
from worker.text.rules import Rules

ROOT = Path(__file__).resolve().parents[1]
LINE_MODEL_FILES = (
    "benchmarks/*line_model*.py", "benchmarks/leafwise.py", "worker/text/*.py", "config/**/*.toml",
)  # fmt: skip
BLOCK_MODEL_FILES = (
    "benchmarks/*block_model*.py", "benchmarks/oblivious.py", "benchmarks/class_words.toml",
    "worker/html/*.py", "worker/stages/extract.py", "worker/text/line_words.py", "worker/text/characters.py",
)  # fmt: skip
RulesOf = Callable[[Mapping[str, Any]], Rules]
"""The rules to clean a raw record with."""


def held_out_rules(rules: Rules) -> RulesOf:
    """For each record the rules with models that were trained without its fold. Trains what is missing.

    A page is judged by the block model; where that finds nothing it gets no line model, which has seen it.
    """

    @cache
    def line_models() -> list[LineModel]:
        trained = _weights("line", LINE_MODEL_FILES, partial(_line_model, rules))
        return [LineModel.from_bytes(data) for data in trained]

    def rules_of(raw: Mapping[str, Any]) -> Rules:
        fold = fold_of(site(raw.get("url"), raw.get("publisher") or raw.get("source") or raw["id"]))
        if raw.get("html"):
            return replace(rules, line_model=None, block_model=block_models()[fold])
        return replace(rules, line_model=line_models()[fold])

    return rules_of


@cache
def block_models() -> list[BlockModel]:
    """For each fold the block model that saw none of its sites; the trainer measures with the same ones."""
    return [BlockModel.from_bytes(data) for data in _weights("block", BLOCK_MODEL_FILES, _block_model)]


def _weights(name: str, files: tuple[str, ...], train: Callable[[int], bytes]) -> list[bytes]:
    """The weights of one model per fold, trained where they are missing."""
    folder = ROOT / ".cache" / "held-out" / _digest(*files)
    folder.mkdir(parents=True, exist_ok=True)
    for fold in range(FOLDS):
        if not (folder / f"{name}-{fold}.npz").exists():
            (folder / f"{name}-{fold}.npz").write_bytes(train(fold))
            print(f"trained the {name} model without fold {fold}", file=sys.stderr)
    return [(folder / f"{name}-{fold}.npz").read_bytes() for fold in range(FOLDS)]


@cache
def _line_cases() -> Any:
    from benchmarks.train_line_model import counts_by_site

    cases, flattened = training_cases(), flattened_pages()
    return cases, flattened, counts_by_site([*cases, *flattened])


def _line_model(rules: Rules, fold: int) -> bytes:
    from benchmarks import train_line_model as trainer

    cases, flattened, sites = _line_cases()
    examples = trainer.all_examples(cases, flattened, replace(rules, line_model=None))
    hidden = {name for name in sites if fold_of(name) == fold}
    return trainer.exported(*trainer.without(hidden, examples, sites), ())


@cache
def block_cases() -> Any:
    """The pages to train on, and what their sites say about class words."""
    from benchmarks import block_model_data, train_block_model

    cases = list(block_model_data.page_cases())
    return cases, train_block_model.class_counts(cases)


def _block_model(fold: int) -> bytes:
    from benchmarks import train_block_model

    return train_block_model.trained(*block_cases(), frozenset({fold}))


def _digest(*patterns: str) -> str:
    """Of the files that decide what a model becomes, and of the cases' sizes."""
    files = sorted(path for pattern in patterns for path in ROOT.glob(pattern))
    result = hashlib.sha256()
    for path in files:
        result.update(path.read_bytes())
    for path in sorted(cases_folder().rglob("*")):
        result.update(f"{path.name} {path.stat().st_size}".encode())
    return result.hexdigest()[:16]
