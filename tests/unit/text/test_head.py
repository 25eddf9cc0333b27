"""What stands above an article: a row of labels is a menu, never the title."""

from __future__ import annotations

import pytest

from worker.adapters.rule_files import config_folder, load_rules
from worker.text.blocks import Document, Line
from worker.text.cleaners import draft_of
from worker.text.head import is_row_of_labels

RULES = load_rules(config_folder(), line_model=False)
PROSE = (
    "The ferry left the harbour at dawn on Monday, and nobody on the quay waved to it, said the old guard."
)


@pytest.mark.parametrize(
    "text", ["Home | Local | Sport", "Start • Kultur • Wetter heute", "Inicio|Mundo|Vida"]
)
def test_short_labels_with_bars_between_them_are_a_menu(text: str) -> None:
    assert is_row_of_labels(text)


@pytest.mark.parametrize(
    "text", ["Gazette | Ferry leaves", "Gazette | Sport | The old ferry leaves for good", PROSE]
)
def test_a_page_title_or_a_sentence_is_none(text: str) -> None:
    assert not is_row_of_labels(text)


def test_the_headline_below_a_menu_is_the_title() -> None:
    lines = (
        "Gazette",
        "Home | Local | Culture | Sport",
        "The last ferry gets its old bell back",
        PROSE,
        PROSE,
    )
    document = Document(tuple(Line(number, text) for number, text in enumerate(lines, 1)), "text")
    draft = draft_of(document, RULES)
    assert draft.title == "The last ferry gets its old bell back"
    assert ("Home | Local | Culture | Sport", "navigation") in {(cut.text, cut.kind) for cut in draft.removed}
