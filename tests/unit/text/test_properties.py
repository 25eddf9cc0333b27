"""Properties of the cleaning, for any text: every line is accounted for once, and nothing is made up."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from worker.adapters.packaged import config_folder
from worker.adapters.rule_files import load_rules
from worker.text.blocks import Cleaned, Document, Line
from worker.text.cleaners import clean_document
from worker.text.markup import decoded

RULES = replace(load_rules(config_folder()), line_model=None)
RULES_AND_MODEL = load_rules(config_folder())

CHAFF = [phrase for rule in RULES.all for phrase in rule.strips]
PROSE = [
    "The council met on Monday evening and decided to mend the old bridge before the winter comes.",
    "وقال رئيس البلدية إن أعمال ترميم الجسر القديم ستبدأ في مطلع الأسبوع المقبل وتستمر شهرين.",
    "Le conseil municipal a voté lundi soir la réparation du vieux pont, qui commencera au printemps.",
    "市議会は月曜日の夜に古い橋を冬が来る前に修理することを決定したと市長が記者団に明らかにした。",
    "Der Rat hat am Montag beschlossen, die alte Brücke noch vor dem Winter zu sanieren.سلام",
]
lines = st.one_of(st.sampled_from(CHAFF), st.sampled_from(PROSE), st.text(max_size=60), st.just(""))
texts = st.lists(lines, max_size=14).map("\n".join)


def _undetermined(text: str) -> str:
    return "und"


def cleaned(text: str, title: str | None = None, model: bool = False) -> Cleaned:
    numbered = tuple(Line(n, line) for n, line in enumerate(text.split("\n"), 1) if line.strip())
    document = Document(numbered, "text", title=title, language="und")
    return clean_document(document, RULES_AND_MODEL if model else RULES, _undetermined)


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(texts, st.booleans())
def test_every_line_is_accounted_for_exactly_once(text: str, model: bool) -> None:
    result = cleaned(text, model=model)
    letters = Counter("".join(decoded(text).split()))
    taken_title = Counter("".join(result.title.split()))
    kept = Counter("".join("".join(result.paragraphs).split()))
    gone = Counter("".join("".join(cut.text for cut in result.removed).split()))
    assert kept + gone + taken_title == letters


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(texts, st.booleans())
def test_every_paragraph_is_a_piece_of_one_line_and_in_order(text: str, model: bool) -> None:
    rest = iter(decoded(line) for line in text.split("\n"))
    for paragraph in cleaned(text, model=model).paragraphs:
        assert any(paragraph in line for line in rest), paragraph


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(texts, st.booleans())
def test_cleaning_twice_is_cleaning_once(text: str, model: bool) -> None:
    once = cleaned(text, model=model)
    again = cleaned(once.text, title=once.title, model=model)
    assert again.text == once.text


@settings(max_examples=100, deadline=None)
@given(texts)
def test_the_same_input_gives_the_same_result(text: str) -> None:
    assert cleaned(text) == cleaned(text)
