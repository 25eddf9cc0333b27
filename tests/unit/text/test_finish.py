"""Facts that a clean article tells: who wrote it, whom it credits, where it was written."""

from __future__ import annotations

import pytest

from worker.adapters.packaged import config_folder
from worker.adapters.rule_files import load_rules
from worker.text.finish import names_in

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
    assert names_in(told, RULES, "author") == authors


def test_the_date_behind_a_source_is_no_source() -> None:
    assert names_in("Harbour Office, October 25, 2019", RULES, "credit") == ["Harbour Office"]
    assert names_in("France 24 / TV 2", RULES, "credit") == ["France 24", "TV 2"]
