"""The line model: features that know no language, weights that are refused when they do not fit."""

from __future__ import annotations

import io
from dataclasses import replace
from importlib.resources import files

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from worker.text.blocks import Document, Draft, Line
from worker.text.cleaners import draft_of
from worker.text.line_features import FEATURES, line_features
from worker.text.line_model import SHYNESS, LineModel, flat, score_page
from worker.text.line_own import Evidence, Page, read_page
from worker.text.line_words import BUCKET_BITS
from worker.text.model_cleaner import closings_of, kind_of, lines_to_go, points_of, unlikely_lines
from worker.text.rules import Rules, compile_rules, with_line_model
from worker.text.trees import answers_of, trees_in
from worker.text.zones import hours_of, prose_span

WEIGHTS = files("worker.text").joinpath("line_model.npz").read_bytes()
MODEL = LineModel.from_bytes(WEIGHTS)
RULES = with_line_model(compile_rules([]), WEIGHTS)

BODY = [
    "The council voted on Tuesday to repair the old bridge across the river before the winter floods arrive.",
    "Engineers told the council that two of the pillars had moved by a centimetre since the last survey.",
    "The mayor said that the repair would cost four million and that lorries would have to go round.",
    "Shopkeepers near the bridge fear for their trade, and some of them want the town to pay for the loss.",
    "The work is to begin in the first week of October and should be finished before the end of the year.",
]
CHAFF = ["Share", "Read more", "Sign up for our newsletter", "Ten quiet beaches worth a visit", "Log in"]

texts = st.lists(st.text(max_size=120).map(lambda text: text.replace("\n", " ")), min_size=1, max_size=12)


def solid_lines(lines: list[str]) -> list[str]:
    """At least one, none of them blank."""
    return [flat(line) for line in lines if line.strip()] or ["a"]


def scores(lines: list[str], hits: list[bool] | None = None) -> list[float]:
    return score_page(page_of(lines), hits or [False] * len(lines), MODEL)


def page_of(lines: list[str], url: str | None = None, evidence: Evidence = MODEL.evidence) -> Page:
    return read_page([flat(line) for line in lines], evidence, title=None, url=url)


def features(page: Page) -> np.ndarray:
    return line_features(page, [False] * len(page))


def feature(name: str, lines: list[str], url: str | None = None) -> np.ndarray:
    found: np.ndarray = features(page_of(lines, url))[FEATURES.index(name)]
    return found


def test_prompts_behind_an_article_score_higher_than_every_line_of_it() -> None:
    found = scores([*BODY, *CHAFF])
    assert max(found[: len(BODY)]) < min(found[len(BODY) :])


def test_a_clean_article_keeps_all_its_lines() -> None:
    assert max(scores(BODY)) < MODEL.threshold


@given(texts)
def test_any_lines_get_one_probability_each(lines: list[str]) -> None:
    solid = solid_lines(lines)
    found = scores(solid)
    assert len(found) == len(solid)
    assert all(0.0 <= score <= 1.0 for score in found)
    assert found == scores(solid)


def test_lines_that_say_the_same_stay_or_go_together() -> None:
    found = scores(["Gear", *BODY[:2], "Gear", "Learn more", BODY[2], "Gear", *BODY[3:], "***", "***"])
    assert found[0] == found[3] == found[6] != found[4]
    assert found[-1] != found[-2], "lines without words say nothing"


@given(texts)
def test_features_are_finite_and_always_the_same_ones(lines: list[str]) -> None:
    solid = solid_lines(lines)
    rows = features(page_of(solid, "https://news.example/some-long-headline"))
    assert MODEL.features == FEATURES
    assert rows.shape == (len(FEATURES), len(solid))
    assert np.isfinite(rows).all()


@given(texts, st.data())
def test_what_is_left_of_a_page_is_judged_like_a_page_of_these_lines_alone(
    lines: list[str], data: st.DataObject
) -> None:
    solid = solid_lines(lines)
    chosen = data.draw(st.lists(st.booleans(), min_size=len(solid), max_size=len(solid)).filter(any))
    left = page_of(solid).only(np.array(chosen))
    anew = page_of([line for line, kept in zip(solid, chosen, strict=True) if kept])
    assert features(left).tolist() == features(anew).tolist()


@pytest.mark.parametrize(
    ("line", "stopped"),
    [
        ("Es ist vorbei.", 1), ("انتهى الاجتماع؟", 1), ("会议结束了。", 1),
        ("यह समाप्त हुआ।", 1), ("“It is over.”", 1),
        ("Read on ...", 0), ("Share", 0), ("التالي", 0),
    ],
)  # fmt: skip
def test_the_end_of_a_sentence_is_known_in_every_script(line: str, stopped: int) -> None:
    assert feature("full_stop", [line])[0] == stopped


def test_a_line_made_of_the_words_of_the_prose_coheres_with_it_and_a_foreign_one_does_not() -> None:
    found = feature("cohesion", [*BODY, "The mayor and the bridge", "Weather Horoscope Jobs"])
    assert found[-2] > 0.7 > 0.1 > found[-1]


def test_the_headline_in_the_url_is_found_in_its_line_whatever_the_accents() -> None:
    url = "https://news.example/2024/resume-du-debat-sur-le-pont"
    found = feature("in_slug", [*BODY, "Résumé du débat sur le pont"], url)
    assert found[-1] == 1.0
    assert found[0] < 0.2


def test_a_host_in_a_line_is_found_with_its_words_apart() -> None:
    assert feature("in_host", ["The Valley Post", *BODY], "https://www.thevalleypost.example/x")[0] == 1.0


def test_a_line_that_a_rule_takes_speaks_against_its_neighbours() -> None:
    page = [*BODY, "Sunny spells", "Weather map", "Pollen count"]
    alone = scores(page)
    beside = scores(page, [False] * len(BODY) + [True, False, True])
    assert beside[-2] > alone[-2]


def test_weights_for_other_features_are_refused_with_the_remedy() -> None:
    strange = replace(MODEL, features=("length",))
    with pytest.raises(ValueError, match="train_line_model"):
        score_page(page_of(BODY), [False] * len(BODY), strange)


@pytest.mark.parametrize("data", [b"", b"no weights", b"PK\x05\x06" + bytes(18)])
def test_bytes_that_are_no_weights_are_refused(data: bytes) -> None:
    with pytest.raises(ValueError, match="not a line model"):
        LineModel.from_bytes(data)


def test_trees_answer_as_their_questions_say() -> None:
    buffer = io.BytesIO()
    empty = np.zeros(1 << BUCKET_BITS, np.int8)
    np.savez(
        buffer, features=["a", "b"], words=empty, pairs=empty, asked=[[0], [1]], borders=[[1.5], [0.5]],
        leaves=[[10, 20, 30, 40]], bias=0.25, threshold=0.5, doubtful=0.5, share=0, certainty=[],
    )  # fmt: skip
    model = LineModel.from_bytes(buffer.getvalue())
    rows = np.array([[1, 2, 1, 2], [0, 0, 1, 1]], np.float32)
    assert answers_of(model.trees, rows).tolist() == [10.25, 20.25, 30.25, 40.25]


def test_trees_grown_leaf_by_leaf_answer_with_the_leaf_that_no_question_rules_out() -> None:
    arrays = {
        "asked": np.array(
            [[0, 1], [1, 0]]
        ),  # the second tree asks once, its other question is never answered yes
        "borders": np.array([[1.5, 0.5], [0.5, np.inf]]),
        "ruled_out": np.array([[0b1, 0b1], [0b10, 0b0]]),
        "leaves": np.array([[10, 20, 30], [1, 2, 0]]),
        "bias": np.array(0.25),
    }
    rows = np.array([[1, 2, 1, 2], [0, 0, 1, 1]], np.float32)
    # feature 0 above 1.5? no: 10; yes: feature 1 above .5? no: 20, yes: 30; the other tree: feature 1 alone
    assert answers_of(trees_in(arrays), rows).tolist() == [11.25, 21.25, 12.25, 32.25]


def test_the_weights_are_small_and_hold_no_words() -> None:
    assert len(WEIGHTS) < 500_000
    with np.load(io.BytesIO(WEIGHTS)) as stored:
        strings = [name for name in stored.files if stored[name].dtype.kind not in "iuf"]
    assert strings == ["features"]


def draft(lines: list[str]) -> Draft:
    return Draft(tuple(Line(number, text) for number, text in enumerate(lines, 1)))


def test_what_the_cleaner_leaves_it_leaves_again() -> None:
    once = unlikely_lines(draft([*BODY, *CHAFF]), RULES)
    again = unlikely_lines(draft([line.text for line in once.lines]), RULES)
    assert [line.text for line in once.lines] == [line.text for line in again.lines] == BODY


def test_every_removed_line_says_that_the_model_did_it() -> None:
    removed = unlikely_lines(draft([*BODY, *CHAFF]), RULES).removed
    assert {cut.rule for cut in removed} == {"model.line"}
    assert [cut.text for cut in removed] == CHAFF


def test_without_a_model_nothing_is_judged() -> None:
    page = draft([*BODY, *CHAFF])
    assert unlikely_lines(page, replace(RULES, line_model=None)) is page


def test_lines_are_accounted_for_once_by_all_cleaners_together() -> None:
    document = Document(draft([*CHAFF[:2], *BODY, *CHAFF]).lines, "text")
    left = draft_of(document, RULES)
    numbers = [line.number for line in left.lines] + [cut.number for cut in left.removed]
    assert len(numbers) == len(set(numbers))
    assert len(numbers) + left.title_taken == len(document.lines)


def test_the_version_of_the_rules_tells_which_weights_judged() -> None:
    bare: Rules = compile_rules([])
    assert bare.version != RULES.version


@pytest.mark.parametrize(
    ("line", "place", "kind"),
    [
        ("Home", "head", "navigation"), ("139 shares", "tail", "counter"),
        ("© 2024 Valley Post", "tail", "copyright"),
        ("© Ann Smith", "body", "media_credit"), ("Ten quiet beaches worth a visit", "tail", "related"),
        ("Politics", "tail", "tags"), ("Source: https://valley.example/2024/7", "tail", "related"),
        (BODY[0], "tail", "other"),
    ],
)  # fmt: skip
def test_a_kind_is_named_only_where_structure_says_it(line: str, place: str, kind: str) -> None:
    beside = "Elections"
    pages = {"head": [line, *BODY], "body": [*BODY[:2], line, *BODY[2:]], "tail": [*BODY, beside, line]}
    number = {"head": 0, "body": 2, "tail": len(BODY) + 1}[place]
    lines = tuple(Line(None, text) for text in pages[place])
    assert kind_of(lines, number, prose_span(lines)) == kind


def decided(model: LineModel, lines: list[str], chances: list[float]) -> list[str]:
    """The lines that go."""
    page = [Line(number, text) for number, text in enumerate(lines, 1)]
    judged = list(zip(page, chances, strict=True))
    return [line.text for line, goes in zip(page, lines_to_go(judged, model), strict=True) if goes]


def test_doubtful_lines_go_all_together_and_only_where_the_page_can_afford_it() -> None:
    model = replace(MODEL, threshold=0.9, doubtful=0.5, share=0.03)
    one, more = (
        ["Weather map"],
        ["Weather map", "Pollen count", "Sunny spells", "Ten quiet beaches", "The fair"],
    )
    assert decided(model, [*BODY, *one], [0.0] * len(BODY) + [0.6]) == one
    assert decided(model, [*BODY, *more], [0.0] * len(BODY) + [0.6] * len(more)) == []


def test_what_is_surely_left_over_goes_whatever_else_is_on_the_page() -> None:
    model = replace(MODEL, threshold=0.9, doubtful=0.5, share=0.0)
    assert decided(model, [*BODY, "Weather map"], [0.95] * (len(BODY) - 1) + [0.0, 0.95]) == [
        *BODY[:-1], "Weather map",
    ]  # fmt: skip


def test_of_a_whole_sentence_the_model_has_to_be_surer() -> None:
    model = replace(MODEL, threshold=0.7, doubtful=1.0)
    sentence, footer = (
        "You can read all about it in our free newsletter.",
        "All about it in our free newsletter",
    )
    assert decided(model, [*BODY, sentence, footer], [0.0] * len(BODY) + [0.72, 0.72]) == [footer]


def test_short_questions_and_answers_are_no_labels() -> None:
    model = replace(MODEL, threshold=0.7, doubtful=1.0)
    said = ["Q: Favourite book?", "A: Old Tides", "س: ما اسم الجسر؟", "ج: الجسر القديم"]
    assert decided(model, [*BODY, *said, "AM: radio"], [0.0] * len(BODY) + [0.9] * 5) == ["AM: radio"]


@pytest.mark.parametrize(
    ("points", "kept"),
    [
        (["1. Dating apps", "2. Old friends", "3) The harbour"], {0, 2, 4}),
        (["1. Dating apps", "3. Old friends"], set()),
        (["20. Mai 2019", "21. Mai 2019"], set()),
        (["Dating apps", "Old friends"], set()),
    ],
)
def test_the_numbered_headings_of_an_article_in_points_are_none_of_the_models_business(
    points: list[str], kept: set[int]
) -> None:
    texts = [text for point in points for text in (point, BODY[0])]
    assert points_of([Line(number, text) for number, text in enumerate(texts)]) == kept


def test_numbered_links_in_a_row_are_no_points() -> None:
    row = ["1. Bridge closed in May", "2. Ferry late again", BODY[0]]
    assert points_of([Line(number, text) for number, text in enumerate(row)]) == set()


@pytest.mark.parametrize(
    "last",
    [
        "No one was hurt.",
        "The trial continues.",
        "けが人はいなかった。",
        "「長かった」と話した。（山田花子）",
    ],
)
def test_a_short_sentence_right_behind_the_article_is_its_last_one(last: str) -> None:
    lines = [Line(number, text) for number, text in enumerate([*BODY, last, "Read more", last])]
    assert closings_of(lines[:-1], [True] * 5 + [False, False]) == {5}
    assert closings_of(lines[:-1], [True] * 4 + [False] * 3) == set()  # behind what goes, too
    assert closings_of(lines, [True] * 5 + [False] * 3) == set()  # it stands twice: a button


@pytest.mark.parametrize("prompt", ["Never miss a story!", "Want more?", "Read the whole story", "More..."])
def test_a_prompt_right_behind_the_article_is_none_of_its_sentences(prompt: str) -> None:
    lines = [Line(number, text) for number, text in enumerate([*BODY, prompt])]
    assert closings_of(lines, [True] * 5 + [False]) == set()


def test_behind_an_extractor_the_model_has_to_be_surer() -> None:
    model = replace(MODEL, threshold=0.7, doubtful=0.5, share=0.5)
    page = [*BODY, "The long way round"]
    chances = [0.0] * len(BODY) + [0.75]
    assert decided(model, page, chances) == page[-1:]
    unnumbered = [(Line(None, text), chance) for text, chance in zip(page, chances, strict=True)]
    assert not any(lines_to_go(unnumbered, model))


def test_where_it_knows_no_word_the_model_is_shy() -> None:
    ignorant = replace(MODEL, evidence=Evidence(MODEL.evidence.words * 0, MODEL.evidence.pairs * 0))
    page = page_of([*BODY, *CHAFF], evidence=ignorant.evidence)
    rows = features(page)
    asked = [0, *range(len(BODY) - 1, len(BODY) + len(CHAFF))]  # the others stand between two paragraphs
    plain = answers_of(ignorant.trees, rows[:, asked])
    shy = 1 / (1 + np.exp(SHYNESS - plain))
    assert np.array(score_page(page, [False] * len(page), ignorant))[asked] == pytest.approx(shy)


def test_a_paragraph_between_two_paragraphs_is_none_of_the_models_business() -> None:
    eager = replace(MODEL, trees=replace(MODEL.trees, leaves=MODEL.trees.leaves * 0, bias=9.0))
    told = score_page(page_of([*BODY, *CHAFF]), [False] * len([*BODY, *CHAFF]), eager)
    assert [score > 0.5 for score in told] == [True, False, False, False, True, *[True] * len(CHAFF)]


def test_an_article_of_running_text_alone_has_a_confidence_too() -> None:
    left = unlikely_lines(draft(BODY), RULES)
    assert left.certainty is not None
    assert [line.text for line in left.lines] == BODY
    assert left.certainty > 0.5  # nothing in it is in doubt


def test_the_hours_of_a_live_page_stay_and_the_length_of_a_film_does_not() -> None:
    said = "The ferry is cancelled, and so is the bus behind it."
    page = ["9.41pm", said, "20:30", said, "50:55", said, "7:15 a.m.", "Watch"]
    lines = [Line(number, text) for number, text in enumerate(page, 1)]
    assert hours_of(lines) == {0, 2}
    assert hours_of(lines[:2]) == set()
