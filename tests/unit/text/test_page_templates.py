"""What page templates leave in flattened text: the page's own title, menus, dates, attributes, bylines."""

from __future__ import annotations

import pytest

from worker.adapters.packaged import config_folder
from worker.adapters.rule_files import load_rules
from worker.text.blocks import Cleaned, Document, Line
from worker.text.cleaners import clean_document
from worker.text.rules import Rules, compile_rules

RULES = compile_rules([])
WITH_PHRASES = load_rules(config_folder(), line_model=False)
BODY = [
    "The ferry between the two towns will sail again from Monday, the harbour office said on Friday evening.",
    "Its engine had failed in March, and for six weeks the islanders had to take the long way round by road.",
    "The repair cost two hundred thousand, half of which the county will pay when the accounts are closed.",
]
TITLE = "Ferry to the islands sails again"
MENU = ["Home", "World", "Island news", "Sport", "Radio and TV"]


def cleaned(
    lines: list[str], title: str | None = None, source: str | None = None, rules: Rules = RULES
) -> Cleaned:
    numbered = tuple(Line(n, line) for n, line in enumerate(lines, 1) if line.strip())
    document = Document(numbered, "text", title=title, language="en", source=source)
    return clean_document(document, rules, lambda text: "en")


def reason(found: Cleaned, text: str) -> str:
    return next(cut.rule for cut in found.removed if cut.text == text)


@pytest.mark.parametrize(
    "head",
    [
        f"Example Post - Island news - {TITLE}",
        f"Example Post - Home - {TITLE}",
        f"{TITLE} | Example Post",
        f"\u202aExample Post\u202c - \u202bIsland news\u202c - \u202b{TITLE}\u202c",
    ],
)
def test_the_page_title_names_the_headline_and_what_stands_between_is_furniture(head: str) -> None:
    found = cleaned([head, *MENU, "Updated: 3 May 2015", TITLE, *BODY])
    assert found.title == TITLE
    assert list(found.paragraphs) == BODY
    assert reason(found, head) == "struct.page-title"
    assert reason(found, "Island news") == "struct.above-title"


def test_a_page_title_that_goes_on_in_the_next_line_names_the_headline_too() -> None:
    found = cleaned(["Example Post - Island news - ", TITLE, *MENU, TITLE, *BODY])
    assert found.title == TITLE
    assert list(found.paragraphs) == BODY


def test_a_headline_over_text_cut_at_a_fixed_width_is_found_and_its_first_words_stay() -> None:
    body = ["The ferry will sail", "again from Monday, the harbour office said on Friday", "evening."]
    found = cleaned([f"Example Post - Island news - {TITLE}", *MENU, TITLE, *body, *BODY])
    assert found.title == TITLE
    assert list(found.paragraphs) == [*body, *BODY]


def test_without_a_headline_below_the_title_is_what_the_names_leave() -> None:
    assert cleaned([f"Example Post - News - {TITLE}", *BODY]).title == TITLE
    assert cleaned([f"{TITLE} - Example Post", *BODY], source="examplepost.example").title == TITLE


def test_a_subheading_with_a_dash_is_no_page_title() -> None:
    lines = ["Sea Lord - Best ferry of the islands", "Sea Lord", *BODY]
    found = cleaned(lines)
    assert "struct.page-title" not in {cut.rule for cut in found.removed}


def test_a_standfirst_between_page_title_and_headline_stays() -> None:
    standfirst = "After six weeks without a boat the islanders are glad and the shops are filling up again"
    found = cleaned([f"Example Post - News - {TITLE}", standfirst, TITLE, *BODY])
    assert found.title == TITLE
    assert standfirst in found.paragraphs


def test_a_name_and_the_papers_place_below_the_title_are_the_byline() -> None:
    found = cleaned([f"Example Post - News - {TITLE}", TITLE, "Ann Lee", "Example Post - Stonebay", *BODY])
    assert found.authors == ("Ann Lee",)
    assert list(found.paragraphs) == BODY
    assert {cut.kind for cut in found.removed if cut.rule == "struct.byline-below-title"} == {"byline"}


def test_short_lines_below_a_title_that_are_no_byline_stay() -> None:
    found = cleaned([f"Example Post - News - {TITLE}", TITLE, "Two towns", "one boat", *BODY])
    assert found.authors == ()


@pytest.mark.parametrize(
    "attribute",
    [
        ['content="The ferry sails again after six weeks." />'],
        ["content='The mayor said: &#34;at last&#34;, and smiled.' />"],
        ['content="The ferry sails again', "after six weeks, the harbour office", 'says." />'],
        ['alt="The ferry at its quay" />'],
        ['<a href="../../2015/05/ferry.shtml"', 'class="page"> Press here'],
    ],
)
def test_attributes_and_torn_tags_are_no_text(attribute: list[str]) -> None:
    assert list(cleaned([TITLE, *attribute, *BODY]).paragraphs) == BODY
    assert list(cleaned([TITLE, BODY[0], *attribute, *BODY[1:]]).paragraphs) == BODY


def test_a_tag_that_is_torn_amid_a_line_is_cut_off() -> None:
    torn = '<a href="../../2015/05/ferry.shtml"'
    found = cleaned(
        [TITLE, *BODY, f"The office had said on Thursday that {torn}", 'class="page"> Press here']
    )
    assert found.paragraphs[-1] == "The office had said on Thursday that"
    assert reason(found, torn) == "struct.markup"


def test_a_caption_that_repeats_its_picture_s_attribute_is_a_caption() -> None:
    found = cleaned([TITLE, BODY[0], 'alt="The ferry at its quay" />', "The ferry at its quay", *BODY[1:]])
    assert list(found.paragraphs) == BODY
    assert reason(found, "The ferry at its quay") == "struct.caption"


@pytest.mark.parametrize(
    "line",
    ["x = 3 and y = 4", 'He wrote lang="en" on the board.', "a < b", "I <3 ferries", "<The Old Ferry>"],
)
def test_what_only_looks_like_markup_stays(line: str) -> None:
    assert line in cleaned([TITLE, BODY[0], line, *BODY[1:]]).paragraphs


def test_an_open_quotation_after_an_equals_sign_takes_nothing_with_it() -> None:
    """No end of a tag is near: it was no attribute."""
    lines = [BODY[0], 'motto="sail on', *BODY[1:]]
    assert list(cleaned([TITLE, *lines]).paragraphs) == lines


def test_an_excerpt_amid_the_article_is_a_whole_sentence() -> None:
    first, second = BODY[:2]
    half = " ".join(second.split()[:12])
    lines = [
        first,
        second,
        half,
        "and so it went on until the engine came by lorry from the mainland.",
        BODY[2],
    ]
    assert half in cleaned([TITLE, *lines]).paragraphs
    found = cleaned([TITLE, first, second, BODY[2], first])
    assert reason(found, first) == "struct.repeated-excerpt"


def test_a_sentence_quoted_again_amid_the_article_stays_and_behind_it_goes() -> None:
    first, second, third = BODY[:3]
    quoted = second + " " + third
    lines = [
        first,
        quoted,
        second,
        "The harbour master had no more to say that day, and neither had anybody else.",
    ]
    assert second in cleaned([TITLE, *lines]).paragraphs
    assert reason(cleaned([TITLE, *lines, second]), second) == "struct.repeated-excerpt"


def test_read_more_under_each_item_of_a_list_is_a_button_and_no_heading_of_links() -> None:
    items = ["A short history of the ferry", "Where the new pier will stand", "What the passengers say"]
    under_each = [line for item in items for line in (item, "Read more")]
    listed = cleaned([TITLE, *BODY, *under_each], rules=WITH_PHRASES)
    assert list(listed.paragraphs) == [*BODY, *items]
    once = cleaned([TITLE, *BODY, "Read more", *items], rules=WITH_PHRASES)
    assert all(reason(once, item).endswith("+") for item in items)


@pytest.mark.parametrize(
    "address",
    [
        "www.islandpost.example",
        "desk@islandpost.example",
        "islandpost.example/ferry",
        "(WWW.ISLANDPOST.EXAMPLE)",
    ],
)
def test_an_address_at_the_end_of_a_paragraph_is_not_torn_at_its_dot(address: str) -> None:
    lines = [*BODY, f"Whoever wants a seat on the first boat may write to {address}", "Ann Lee"]
    assert (
        f"Whoever wants a seat on the first boat may write to {address}"
        in cleaned([TITLE, *lines]).paragraphs
    )


def test_breadcrumbs_that_end_in_the_headline_name_it() -> None:
    found = cleaned([f"Home / Island news / {TITLE}", "By", TITLE, *BODY])
    assert found.title == TITLE
    assert reason(found, f"Home / Island news / {TITLE}") == "struct.page-title"


@pytest.mark.parametrize(
    "page_title",
    ["Home » Island news » {}", "Home/Island news/{}", "{} – Example Post", "Example Post : {}"],
)
def test_a_headline_with_a_colon_is_found_beside_names(page_title: str) -> None:
    headline = "Ferry to the islands : “back at last - on Monday”"
    found = cleaned([page_title.format(headline), headline, *BODY])
    assert found.title == headline
    assert found.paragraphs == tuple(BODY)


def test_a_line_that_only_begins_like_the_page_s_own_title_is_no_headline() -> None:
    assert cleaned([f"{TITLE} again, says the harbour office", TITLE, *BODY]).title != TITLE


def test_a_headline_that_its_url_shortens_is_the_title() -> None:
    numbered = tuple(
        Line(n, line) for n, line in enumerate(["Boats and people", TITLE, "3 May 2015", *BODY], 1)
    )
    url = "https://islandpost.example/news/ferry-sails-again-monday-after-repair"
    found = clean_document(Document(numbered, "text", language="en", url=url), RULES, lambda text: "en")
    assert found.title == TITLE


def test_what_stands_above_the_headline_is_called_what_a_rule_calls_it() -> None:
    found = cleaned(["Reddit", "12.03.2024", "Boats", TITLE, *BODY], title=TITLE, rules=WITH_PHRASES)
    kinds = {cut.text: cut.kind for cut in found.removed}
    assert kinds == {"Reddit": "share_footer", "12.03.2024": "other", "Boats": "navigation"}
