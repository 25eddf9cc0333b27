"""Sentences and labels in scripts that have marks of their own."""

from __future__ import annotations

import pytest

from worker.text.lookup import Lookup
from worker.text.normalize import normalized
from worker.text.sentences import ends_sentence


@pytest.mark.parametrize(
    "text",
    [
        "The mill turns.",
        "機が動く。",
        "चक्की चलती है।",
        "Ջրաղացն աշխատում է։",
        "ወፍጮው ይሠራል።",
        "ရေစက် လည်သည်။",
        "ម៉ាស៊ីនដើរ។",
    ],
)
def test_a_sentence_ends_with_the_full_stop_of_its_script(text: str) -> None:
    assert ends_sentence(text)
    assert not ends_sentence(text[:-1])


@pytest.mark.parametrize(
    ("label", "line"),
    [
        ("Photo", "Photo: Jane Doe"),
        ("Լուսանկարը", "Լուսանկարը՝ Անի Օրինակ"),
        ("ፎቶ", "ፎቶ፦ አበበ ምሳሌ"),
        ("រូបថត", "រូបថត៖ សុខា"),
    ],
)
def test_a_label_ends_with_the_colon_of_its_script(label: str, line: str) -> None:
    lookup: Lookup[str] = Lookup(labels={normalized(label): (25, False, "credit")})
    assert lookup.find(line, normalized(line)) == ("credit", line.partition(" ")[2])
