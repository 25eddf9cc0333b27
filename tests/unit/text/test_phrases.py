"""Where a rule holds: the article ends where the last paragraph ends that no rule names."""

from __future__ import annotations

from worker.adapters.packaged import config_folder
from worker.adapters.rule_files import load_rules
from worker.text.blocks import Document, Draft, Line
from worker.text.cleaners import draft_of

RULES = load_rules(config_folder(), line_model=False)
PROSE = "The ferry left the harbour at dawn on Monday, and nobody on the quay waved to it, the guard said."
ENDING = "Nobody asked the guard for his name, and he went home by the same road as on every other evening."
NOTICE = "Copyright 2023 Harbour Media. All rights reserved. This text may not be published or sold again."
BANNER = "We use cookies to count the visitors of this page and to show what may be of interest to them."


def draft(*lines: str) -> Draft:
    return draft_of(Document(tuple(Line(n, text) for n, text in enumerate(lines, 1)), "text"), RULES)


def kept(*lines: str) -> list[str]:
    return [line.text for line in draft(*lines).lines]


def test_a_notice_as_long_as_a_paragraph_is_behind_the_article() -> None:
    assert kept(PROSE, ENDING, "Most read", "Bridge closed for a month", NOTICE) == [PROSE, ENDING]


def test_what_stands_between_the_article_and_such_a_notice_is_behind_the_article_too() -> None:
    found = {cut.text: cut.rule for cut in draft(PROSE, ENDING, "(jex)", NOTICE).removed}
    assert found["(jex)"] == "common.initials"


def test_a_banner_as_long_as_a_paragraph_is_before_the_article() -> None:
    assert kept(BANNER, "Tags", PROSE, ENDING)[-2:] == [PROSE, ENDING]
    assert BANNER not in kept(BANNER, "Tags", PROSE, ENDING)


def test_a_paragraph_amid_the_article_stays_whatever_it_looks_like() -> None:
    assert kept(PROSE, NOTICE, ENDING) == [PROSE, NOTICE, ENDING]


def test_the_byline_and_buttons_below_a_standfirst_are_above_the_article() -> None:
    found = draft("Ferry sails again", PROSE, "By Jane Doe", "A+ A-", "12.03.2024", ENDING, PROSE.upper())
    assert [line.text for line in found.lines] == [PROSE, ENDING, PROSE.upper()]
    assert found.authors == ("Jane Doe",)


def test_of_two_paragraphs_the_first_may_be_the_standfirst() -> None:
    assert kept("Ferry sails again", PROSE, "12.03.2024", "A+ A-", ENDING) == [PROSE, ENDING]


def test_keywords_stand_behind_the_article_whatever_notice_follows_them() -> None:
    assert kept(PROSE, ENDING, "Tags:", "harbour quays ferry islands", "Most read", NOTICE) == [PROSE, ENDING]


def test_the_days_of_a_timeline_are_its_headings() -> None:
    days = ["12.03.2024", "14.03.2024"]
    text = (PROSE, days[0], ENDING, PROSE.upper(), days[1], ENDING.upper())
    assert kept(*text) == list(text)


def test_a_text_that_is_nothing_but_a_notice_stays() -> None:
    assert kept(NOTICE) == [NOTICE]


def test_a_last_paragraph_about_copyright_stays() -> None:
    about = "Copyright lawyers said on Monday that the ferry company would have to pay for the old song."
    assert kept(PROSE, about) == [PROSE, about]


def test_a_standfirst_glued_to_the_credit_of_a_photo_stays() -> None:
    lead = "© Jane Example/Example Images The reason why we weep in the cinema has been found by a hospital."
    assert kept(lead, PROSE, ENDING) == [lead, PROSE, ENDING]


def test_the_first_line_below_a_heading_of_links_goes_even_if_it_is_short() -> None:
    assert kept(PROSE, "Read also:", "New quay planned", ENDING) == [PROSE, ENDING]
    assert kept(PROSE, "Read also:", "Quay", ENDING) == [PROSE, "Quay", ENDING]


def test_short_lines_below_tags_behind_the_article_are_tags() -> None:
    found = draft(PROSE, ENDING, "Etiketler:", "harbour", "night ferry", "The mill and its five old wheels")
    kinds = {cut.text: cut.kind for cut in found.removed}
    assert (kinds["harbour"], kinds["night ferry"]) == ("tags", "tags")
    assert found.lines[-1].text == "The mill and its five old wheels"


def test_the_row_of_keywords_below_their_heading_goes_behind_the_article_only() -> None:
    row = "harbour quays ferry islands winter timetable"
    assert kept(PROSE, ENDING, "Tags:", row, f"{row} again") == [PROSE, ENDING, f"{row} again"]
    assert row in kept(PROSE, "Tags:", row, ENDING)


def test_the_site_is_not_named_by_the_last_label_of_a_menu() -> None:
    lines = ("Ferries sail again between the islands", PROSE, ENDING)
    assert draft("Harbour Gazette", *lines).source == "Harbour Gazette"
    assert draft("Menu", "Life", *lines).source is None


def test_a_row_of_buttons_amid_the_article_goes_where_one_of_them_would_stay() -> None:
    assert kept(PROSE, "Copy Link", "Email", "Reddit", ENDING) == [PROSE, ENDING]
    assert kept(PROSE, "Reddit", ENDING) == [PROSE, "Reddit", ENDING]


def test_the_hours_of_a_live_page_stay_though_each_is_a_date() -> None:
    page = ("20:45", "The ferry is cancelled.", "19:10", "So is the bus behind it.")
    assert kept(PROSE, *page) == [PROSE, *page]
    assert kept(PROSE, ENDING, "20:45") == [PROSE, ENDING]
