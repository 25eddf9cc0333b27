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
from pathlib import Path
from typing import Any

from benchmarks.line_model_data import cases_folder, site
from worker.text.line_model import LineModel
from worker.text.rules import Rules

ROOT = Path(__file__).resolve().parents[1]
RulesOf = Callable[[Mapping[str, Any]], Rules]
"""The rules to clean a raw record with."""


def held_out_rules(rules: Rules) -> RulesOf:
    """For each record the rules with models that were trained without its fold. Trains what is missing."""
    sys.path.insert(
        0, str(ROOT / "benchmarks")
    )  # the trainers are scripts: they import each other by bare name
    from benchmarks import train_line_model as trainer

    models = _line_models(rules, trainer)

    def rules_of(raw: Mapping[str, Any]) -> Rules:
        group = site(raw.get("url"), raw.get("source") or raw["id"])
        return replace(rules, line_model=models[trainer.fold_of(group)])

    return rules_of


def _line_models(rules: Rules, trainer: Any) -> dict[int, LineModel]:
    """One line model per fold."""
    folder = (
        ROOT
        / ".cache"
        / "held-out"
        / _digest("benchmarks/*line_model*.py", "worker/text/*.py", "config/**/*.toml")
    )
    folder.mkdir(parents=True, exist_ok=True)
    missing = [fold for fold in range(trainer.FOLDS) if not (folder / f"line-{fold}.npz").exists()]
    if missing:
        _train_line_models(replace(rules, line_model=None), trainer, missing, folder)
    files = [folder / f"line-{fold}.npz" for fold in range(trainer.FOLDS)]
    return {fold: LineModel.from_bytes(file.read_bytes()) for fold, file in enumerate(files)}


def _train_line_models(rules: Rules, trainer: Any, missing: list[int], folder: Path) -> None:
    cases, flattened = trainer.training_cases(), trainer.flattened_pages()
    sites = trainer.counts_by_site([*cases, *flattened])
    for fold in missing:
        seen = [case for case in cases if trainer.fold_of(case.group) != fold]
        known = {name: counts for name, counts in sites.items() if trainer.fold_of(name) != fold}
        model = trainer.fit([one for case in seen for one in trainer.examples_of(case, rules)], known)
        evidence = trainer.evidence_of(trainer.total(known.values()))
        (folder / f"line-{fold}.npz").write_bytes(trainer.exported(model, evidence, trainer.THRESHOLD, ()))
        print(f"trained the line model without fold {fold}", file=sys.stderr)


def _digest(*patterns: str) -> str:
    """Of the files that decide what a model becomes, and of the cases' sizes."""
    files = sorted(path for pattern in patterns for path in ROOT.glob(pattern))
    result = hashlib.sha256()
    for path in files:
        result.update(path.read_bytes())
    for path in sorted(cases_folder().rglob("*")):
        result.update(f"{path.name} {path.stat().st_size}".encode())
    return result.hexdigest()[:16]
