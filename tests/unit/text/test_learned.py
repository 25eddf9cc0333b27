"""What a source repeats is taken out, with a reason; what its news say every day stays."""

from __future__ import annotations

import random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.unit.text.papers import (
    PLACE,
    THING,
    WHAT,
    WHO,
    cleaned,
    habits_after,
    learned_from,
    lines_of,
    paragraph,
    sentence,
)  # fmt: skip
from worker.text.edges import edges_of
from worker.text.habits import NO_HABITS, Habits
from worker.text.rules import compile_rules, with_habits
from worker.text.templates import words_of

CHANCE = random.Random(99)
NEWS = [paragraph(CHANCE) for _ in range(3)]
ROYAL = "The Keeper of the Northern Lamps, Her Serene Highness Princess Alda, sent a telegram on Monday to"


def reasons(texts: list[str], habits: Habits) -> list[tuple[str, str]]:
    return [(cut.rule, cut.text.strip()) for cut in cleaned(texts, habits).removed if cut.kind == "learned"]


def test_a_line_under_every_article_is_gone_whatever_number_and_address_it_names() -> None:
    habits = learned_from(
        lambda chance, n: [paragraph(chance), f"Write to desk{n}@daily.example or text code {n} to 8040"]
    )
    line = "Write to editor@daily.example or text code 999 to 8040"
    assert reasons([*NEWS, line], habits) == [("learned.line", line)]
    assert list(cleaned([*NEWS, line], habits).paragraphs) == NEWS


def test_several_lines_in_a_row_are_gone_and_so_are_they_in_one_line() -> None:
    rows = ["Call the newsroom day and night", "1234 - Redphone", "5678 - Bluephone"]
    habits = learned_from(lambda chance, n: [paragraph(chance), *(rows if n % 2 else [" ".join(rows)])])
    assert list(cleaned([*NEWS, *rows], habits).paragraphs) == NEWS
    assert list(cleaned([*NEWS, " ".join(rows)], habits).paragraphs) == NEWS
    glued = [*NEWS[:2], f"{NEWS[2]} {' '.join(rows)}"]
    assert list(cleaned(glued, habits).paragraphs) == NEWS
    assert reasons(glued, habits) == [("learned.end", " ".join(rows))]


@pytest.mark.parametrize(("stop", "slogan"), [(".", "The Herald rings twice"), ("।", "हर सुबह नई रोशनी")])
def test_an_end_that_is_always_stuck_to_the_last_stop_is_gone(stop: str, slogan: str) -> None:
    def stuck(text: str) -> str:
        return f"{text.removesuffix('.')}{stop}{slogan}"

    habits = learned_from(lambda chance, n: [paragraph(chance), stuck(paragraph(chance))])
    assert reasons([*NEWS[:2], stuck(NEWS[2])], habits) == [("learned.end", slogan)]


def test_a_line_above_the_last_paragraph_is_gone_when_that_is_about_the_paper() -> None:
    line = "The Herald rings twice"
    about = "The Wexley Herald was founded by two ferrymen, and it belongs to a trust that may not sell it."

    def paper(chance: random.Random, n: int) -> list[str]:
        return [paragraph(chance), paragraph(chance), line, *([about] if n % 4 else [])]

    habits = learned_from(paper, 60)
    assert list(cleaned([*NEWS, line, about], habits).paragraphs) == NEWS
    assert list(cleaned([*NEWS[:2], line, NEWS[2]], habits).paragraphs) == [*NEWS[:2], line, NEWS[2]]


def test_a_line_that_begins_like_many_is_gone_whatever_names_follow() -> None:
    def credit(chance: random.Random) -> str:
        return f"Sketches for this paper by {chance.choice(PLACE)} {chance.choice(PLACE)}"

    def paper(chance: random.Random, n: int) -> list[str]:
        end = credit(chance) if n % 3 else f"Burial at the chapel of {chance.choice(PLACE)} on the {n}th"
        return [paragraph(chance), paragraph(chance), *([end] if n % 3 or n % 2 else [])]

    habits = learned_from(paper)
    unseen = "Sketches for this paper by Somebody Else and a Friend"
    assert reasons([*NEWS, unseen], habits) == [("learned.line", unseen)]
    for stays in (
        "Sketches for every town go on",
        "Sketches for this paper by Ann Lee were stolen.",
        "Burial at the chapel of Ayton on the 9th",
    ):
        assert list(cleaned([*NEWS, stays], habits).paragraphs) == [*NEWS, stays]


def test_a_label_with_the_headline_behind_it_is_gone_and_the_headline_is_the_title() -> None:
    def paper(chance: random.Random, n: int) -> list[str]:
        body = paragraph(chance)
        return [f"{body} Link to this item in the Wexley Herald: {' '.join(body.split()[1:8])}"]

    habits = learned_from(paper)
    headline = " ".join(NEWS[0].split()[1:8])
    for texts in (
        [f"{NEWS[0]} Link to this item in the Wexley Herald: {headline}"],
        [*NEWS, f"Link to this item in the Wexley Herald: {headline}"],
    ):
        found = cleaned(texts, habits)
        assert found.title == headline
        assert [cut.text for cut in found.removed] == ["Link to this item in the Wexley Herald:"]
        assert found.text == "\n\n".join(NEWS[: len(found.paragraphs)])


def test_the_writer_the_paper_and_the_place_before_the_first_sentence_are_gone() -> None:
    def paper(chance: random.Random, n: int) -> list[str]:
        writer = chance.choice(["Ann Lee - ", "Jo Marsh - ", "", ""])
        return [f"{writer}Herald - {chance.choice(['Wexley', 'Haldon', 'Kelmar'])}: {paragraph(chance)}"]

    habits = learned_from(paper)
    assert reasons([f"Max New - Herald - Oakvale: {NEWS[0]}"], habits) == [
        ("learned.opening", "Max New - Herald - Oakvale:")
    ]
    assert cleaned([f"Max New - Herald - Oakvale: {NEWS[0]}"], habits).text == NEWS[0]
    assert reasons([f"Wire - Riverton: {NEWS[0]}"], habits) == []


CITIES = ["Wexley", "Haldon", "Kelmar"]


@pytest.mark.parametrize("head", ["Daily Herald - {} - ", "{}, Herald.example - ", "Herald Newsroom / {}.- "])
def test_the_paper_and_the_place_that_a_dash_parts_from_the_first_sentence_are_gone(head: str) -> None:
    def paper(chance: random.Random, n: int) -> list[str]:
        news = paragraph(chance)
        if n % 6 == 0:
            news = f"The {chance.choice(WHO)} put it so: {news}"
        return [head.format(chance.choice(CITIES)) + news, paragraph(chance)]

    habits = learned_from(paper)
    for news in (NEWS[0], f"The pilot - a man of few words - agreed. {NEWS[0]}", f"It was asked: {NEWS[0]}"):
        opening = head.format("Oakvale")
        assert cleaned([opening + news, NEWS[1]], habits).paragraphs == (news, NEWS[1])
        assert reasons([opening + news, NEWS[1]], habits) == [("learned.opening", opening.strip())]


def test_news_with_dashes_early_on_stay_and_so_does_a_dateline() -> None:
    def paper(chance: random.Random, n: int) -> list[str]:
        aside = f"{chance.choice(PLACE)} - a town of bridges - is tired. " if n % 6 == 0 else ""
        return [aside + paragraph(chance), paragraph(chance)]

    def agency(chance: random.Random, n: int) -> list[str]:
        return [f"{chance.choice(CITIES)} (Tidewire) - {paragraph(chance)}", paragraph(chance)]

    article = [f"Oakvale - a town of bridges - is tired. {NEWS[0]}", NEWS[1]]
    assert list(cleaned(article, learned_from(paper, 80)).paragraphs) == article
    article = [f"Oakvale (Tidewire) - {NEWS[0]}", NEWS[1]]
    found = cleaned(article, learned_from(agency, 80))
    assert (list(found.paragraphs), found.dateline) == (article, "Oakvale (Tidewire)")


def test_an_honorific_with_which_a_paper_opens_every_day_stays() -> None:
    habits = learned_from(lambda chance, n: [f"{ROYAL} {sentence(chance)}", paragraph(chance)], 120)
    texts = [f"{ROYAL} {NEWS[0]}", *NEWS[1:]]
    assert list(cleaned(texts, habits).paragraphs) == texts


def test_a_sentence_that_closes_some_articles_and_stands_amid_others_stays() -> None:
    closing = "Talks between both sides touched on matters of common interest"

    def paper(chance: random.Random, n: int) -> list[str]:
        news = [paragraph(chance), paragraph(chance)]
        if n % 4 == 0:
            return [*news, closing]
        return [f"{closing} and on trade. {news[0]}", news[1]] if n % 4 == 1 else news

    texts = [*NEWS, closing]
    assert list(cleaned(texts, learned_from(paper, 80)).paragraphs) == texts


def test_a_whole_sentence_is_believed_only_when_it_closes_three_articles_in_ten() -> None:
    closing = "The reporter was a guest of the harbour company."

    def paper(every: int) -> Habits:
        return learned_from(lambda c, n: [paragraph(c), *([] if n % every else [closing])], 60)

    assert reasons([*NEWS, closing], paper(4)) == []
    assert reasons([*NEWS, closing], paper(2)) == [("learned.line", closing)]


@pytest.mark.parametrize("joint", [" ", "\n"])
def test_a_sentence_is_not_taken_along_with_the_slogan_behind_it(joint: str) -> None:
    closing, slogan = "The hearing goes on.", "The Herald rings twice"

    def paper(chance: random.Random, n: int) -> list[str]:
        end = f"{closing}{joint}{slogan}" if n % 8 == 0 else slogan
        return [paragraph(chance), paragraph(chance), *end.split("\n")]

    habits = learned_from(paper, 80)
    for article in ([*NEWS, f"{closing} {slogan}"], [*NEWS, closing, slogan]):
        assert list(cleaned(article, habits).paragraphs) == [*NEWS, closing]


def test_a_columns_greeting_stays_and_a_section_that_is_as_frequent_goes() -> None:
    greeting, section = "Good morning, allotment readers.", "From the allotment"

    def paper(chance: random.Random, n: int) -> list[str]:
        return [*([section, greeting] if n % 10 == 0 else []), paragraph(chance), paragraph(chance)]

    found = cleaned([section, greeting, *NEWS], learned_from(paper, 80), title="Slugs")
    assert list(found.paragraphs) == [greeting, *NEWS]


BULLETINS = [
    ["Wind from the north at {} knots, waves of one metre, the sea: calm, visibility {} km."],
    ["High water at the old quay: {}.{} and {}.{}, height {} metres"],
    ["Prices on the market:", "Gold {}.{}", "Silver {}.{}", "Wheat {}"],
    ["Referee: {}", "Spectators {}"],
]


@pytest.mark.parametrize("rows", BULLETINS)
def test_a_bulletin_keeps_what_it_says_each_time(rows: list[str]) -> None:
    def bulletin(chance: random.Random) -> list[str]:
        return [row.replace("{}", str(chance.randint(1, 60))) for row in rows]

    def paper(chance: random.Random, n: int) -> list[str]:
        end = bulletin(chance) if n % 15 == 0 else [f"Herald hotline {n}"]
        return [paragraph(chance), paragraph(chance), *end]

    habits = learned_from(paper, 90)
    article = [*NEWS, *bulletin(CHANCE)]
    assert list(cleaned(article, habits).paragraphs) == article
    assert list(cleaned([*NEWS, "Herald hotline 7"], habits).paragraphs) == NEWS


def test_an_article_that_is_all_template_stays_and_the_papers_line_below_it_goes() -> None:
    hours = (
        "Prayer times on {} in the city and around it, local time: dawn 4.{}, noon 12.{}, afternoon 3.{}, "
        "sunset 6.{} and night 7.{}, five minutes later in the western villages"
    )

    def paper(chance: random.Random, n: int) -> list[str]:
        news = [paragraph(chance)]
        if n % 5 == 0:
            news = [hours.replace("{}", str(chance.randint(10, 59)))]
        return [*news, "Herald hotline 1234"]

    today = hours.replace("{}", "31")
    found = cleaned(["Hours", today, "Herald hotline 1234"], learned_from(paper, 80), title="Hours")
    assert list(found.paragraphs) == [today]


@pytest.mark.parametrize("articles", [0, 2, 9])
def test_few_articles_teach_nothing(articles: int) -> None:
    habits = learned_from(lambda chance, n: [paragraph(chance), "Follow the Herald"], articles)
    assert habits.units == frozenset()


def test_a_line_seen_twice_teaches_nothing() -> None:
    habits = learned_from(
        lambda chance, n: [paragraph(chance), *(["Signed by hand"] if n in (3, 20) else [])], 40
    )
    assert not any("signed" in unit for unit in habits.units)


def test_a_section_above_every_article_is_gone_and_the_headline_stays() -> None:
    habits = learned_from(lambda c, n: ["Harbour and Coast", sentence(c)[:40], paragraph(c)])
    found = cleaned(["Harbour and Coast", "A quay is painted blue again", *NEWS], habits)
    assert found.title == "A quay is painted blue again"
    assert [(cut.rule, cut.text) for cut in found.removed] == [("learned.line", "Harbour and Coast")]


def test_what_was_learned_is_part_of_the_rules_version_and_nothing_learned_is_not() -> None:
    rules = compile_rules([])
    some, other = Habits(frozenset({"tail a b c"})), Habits(frozenset({"tail a b d"}))
    versions = {with_habits(rules, one).version for one in (some, other, NO_HABITS)}
    assert len(versions) == 3
    assert with_habits(rules, Habits(watched=frozenset({"a b"}))).version == rules.version


def test_words_know_where_they_begin_and_where_sentences_do() -> None:
    words = words_of("It is 12.5 here. Call 040-11 or me@news.example. Desk: x")
    assert words.template == "it is 0 0 here call 0 0 or @ desk x"
    assert [words.words[index][1] for index in words.sentences] == ["it", "call", "desk"]
    assert all(
        words.text[start:].casefold().startswith(word) for start, word in words.words if word.isalpha()
    )


lines = st.one_of(
    st.sampled_from(
        [*NEWS, ROYAL, "Follow us", "1234 - Redphone", "Link to this item: The old quay is blue"]
    ),
    st.text(max_size=80).map(lambda text: text.replace("\n", " ")),
)
articles = st.lists(lines, min_size=1, max_size=7)


def everything_in(article: list[str]) -> Habits:
    """The worst that could be learned: every line of an article, every end, label and opening of one."""
    units = set()
    for text in article:
        words = [word for _, word in words_of(text).words]
        ends = [" ".join(words[start:]) for start in range(len(words))]
        labels = [" ".join(words[at:end]) for end in range(len(words)) for at in range(max(0, end - 6), end)]
        units |= {f"{form} {end}" for end in ends for form in ("head", "tail", "said")}
        units |= {f"{form} {label}" for label in labels for form in ("label", "title")}
        units |= {f"open {word}" for word in words}
    return Habits(frozenset(units))


SENTENCES = [sentence(CHANCE) for _ in range(8)]
BESIDE = [
    "Follow us",
    "1234 - Redphone",
    "Link to this item: The old quay is blue",
    "Ann Lee - Herald: a quay",
]


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.lists(st.sampled_from(BESIDE), max_size=4),
    st.lists(st.sampled_from(SENTENCES), min_size=5, unique=True),
    st.lists(st.sampled_from(BESIDE), max_size=4),
)
def test_nothing_amid_the_prose_is_ever_taken(head: list[str], prose: list[str], tail: list[str]) -> None:
    """Even with every line and every piece of one learned: between its first and its last two, an article
    keeps all its paragraphs, letter for letter."""
    article = [*head, *prose, *tail]
    paragraphs = cleaned(article, everything_in(article)).paragraphs
    amid = prose[1:-2]
    start = paragraphs.index(amid[0])
    assert list(paragraphs[start : start + len(amid)]) == amid


@pytest.mark.parametrize("text", [SENTENCES[1], "Follow us", "Ann Lee - Herald: a quay"])
def test_a_line_learned_at_the_ends_of_articles_stays_amid_one(text: str) -> None:
    article = [SENTENCES[0], text, f"{SENTENCES[2]} {text}", *SENTENCES[3:5]]
    whole = words_of(text).template
    units = {f"{form} {whole}" for form in ("head", "tail", "said")} | {
        "label herald",
        "label ann lee herald",
    }
    habits = Habits(frozenset(units))
    assert list(cleaned(article, habits).paragraphs) == article


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(articles, min_size=1, max_size=3), articles)
def test_what_was_cleaned_stays_as_it_is_and_no_letter_is_lost(
    taught: list[list[str]], article: list[str]
) -> None:
    habits = habits_after([*taught, article] * 6)
    once = cleaned(article, habits)
    assert cleaned(once.text.split("\n"), habits, once.title).text == once.text
    letters = sorted("".join("".join(article).split()))
    parts = [once.title, *once.paragraphs, *(cut.text for cut in once.removed)]
    assert sorted("".join("".join(parts).split())) == letters


@settings(deadline=None)
@given(articles, st.frozensets(st.sampled_from(["follow us", "the old", "old quay"])))
def test_the_same_article_shows_the_same_edges(article: list[str], watched: frozenset[str]) -> None:
    assert edges_of(lines_of(article), watched) == edges_of(lines_of(article), watched)


def test_a_headline_with_a_dash_is_no_opening_though_half_of_them_have_the_same_small_words() -> None:
    def paper(chance: random.Random, n: int) -> list[str]:
        headline = f"{chance.choice(WHO)} of the {chance.choice(THING)} - {chance.choice(WHAT)}"
        return [headline, paragraph(chance), paragraph(chance)]

    headline = "orchard of the mill - flooded"
    found = cleaned([headline, *NEWS], learned_from(paper, 60))
    assert found.title == headline
    assert list(found.paragraphs) == NEWS


def test_the_papers_line_above_the_text_is_gone_with_any_name_in_it() -> None:
    habits = learned_from(
        lambda chance, n: [
            f"{chance.choice(['Ann Lee', 'Jo Marsh', 'Max New'])} - Herald Wire",
            paragraph(chance),
        ]
    )
    assert reasons(["Kay Oldfield - Herald Wire", *NEWS], habits) == [
        ("learned.opening", "Kay Oldfield - Herald Wire")
    ]
