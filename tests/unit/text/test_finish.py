"""Facts that a clean article tells: who wrote it, whom it credits, where it was written."""

from __future__ import annotations

import pytest

from worker.adapters.packaged import config_folder
from worker.adapters.rule_files import load_rules
from worker.text.finish import credited, dateline_of, persons

RULES = load_rules(config_folder(), line_model=False)


@pytest.mark.parametrize(
    ("told", "authors"),
    [
        ("Jane Doe, Ali Example", ["Jane Doe", "Ali Example"]),
        ("Murat Örnek – Ali Örnek/DEREKÖY (İHA)", ["Murat Örnek", "Ali Örnek"]),
        ("Jane Doe (Harbour Gazette)", ["Jane Doe"]),
        ("Murat Örnek – Kamera: Ali Örnek", ["Murat Örnek"]),
        ("50112", []),
        ("山田花子、田中一", ["山田花子", "田中一"]),
    ],
)
def test_authors_are_people(told: str, authors: list[str]) -> None:
    assert persons(told) == authors


def test_the_date_behind_a_source_is_no_source() -> None:
    assert credited("Harbour Office, October 25, 2019", RULES) == ["Harbour Office"]
    assert credited("France 24 / TV 2", RULES) == ["France 24", "TV 2"]


@pytest.mark.parametrize(
    ("opening", "dateline"),
    [
        ("الوادي (رويترز) – قالت البلدية إن الجسر فتح.", "الوادي (رويترز)"),
        ("الوادي - 12 - 3 (كونا) -- أعلنت البلدية فتح الجسر.", "الوادي - 12 - 3 (كونا)"),
        ("الوادي 12-3-2024 وفا- أعلنت البلدية فتح الجسر.", "الوادي 12-3-2024 وفا"),
        ("EASTFORD, March 7 (Reuters) - The bridge opened.", "EASTFORD, March 7 (Reuters)"),
        ("EASTFORD, United Islands — The bridge opened.", "EASTFORD, United Islands"),
        ("NEW EASTFORD -- The bridge opened.", "NEW EASTFORD"),
        ("ÇAMKÖY (AA) - Köprü açıldı.", "ÇAMKÖY (AA)"),
    ],
)
def test_a_dateline_is_told_and_stays(opening: str, dateline: str) -> None:
    assert dateline_of([opening], RULES.agencies) == dateline


@pytest.mark.parametrize(
    "opening",
    [
        "The members (from left to right): Anna, Ben and Carl.",
        "Eastford – long a quiet town – has a new bridge.",
        "الجسر القديم - أطول جسور الوادي - فتح أمس.",
        "THE BIG BRIDGE QUIZ — how much do you know?",
        "DEAR ABBY: my husband bought a bridge.",
    ],
)
def test_what_only_looks_like_a_dateline_is_none(opening: str) -> None:
    assert dateline_of([opening], RULES.agencies) is None
