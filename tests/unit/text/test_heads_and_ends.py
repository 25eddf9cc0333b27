"""Heads and ends of articles whose shapes deceived the cleaners once, in the language they came in."""

from __future__ import annotations

import pytest

from worker.adapters.packaged import config_folder
from worker.adapters.rule_files import load_rules
from worker.text.blocks import Cleaned, Document, Line
from worker.text.cleaners import clean_document
from worker.text.model_cleaner import lines_to_go

RULES = load_rules(config_folder())
BODY = [
    "أعلنت بلدية الوادي صباح أمس إعادة فتح الجسر القديم أمام المشاة بعد ترميم دام أكثر من عامين كاملين.",
    "وقال رئيس البلدية إن الأعمال كلفت مليون دينار وإن السيارات ستعبر الجسر من جديد قبل نهاية الصيف.",
    "وأضاف أن الحجارة التي سقطت في النهر رفعت كلها وأعيدت إلى أماكنها كما كانت قبل مئة عام.",
]
TITLE = "إعادة فتح الجسر القديم في الوادي"


def cleaned(*lines: str) -> Cleaned:
    numbered = tuple(Line(number, line) for number, line in enumerate(lines, 1))
    return clean_document(Document(numbered, "text"), RULES, lambda text: "ar")


@pytest.mark.parametrize(
    "title",
    [
        "الوادي - الجبل : الجسر يفتح من جديد",  # a match or two places; the colon is the title's own
        "الجسر القديم « الحجري » في مدينة الوادي -صور-",  # quotation marks, no arrows
        "الوادي تفتح جسرها القديم أمام المشاة بعد عامين من الأعمال فهل تعود السيارات قريبا؟",
    ],
)
def test_a_title_with_signs_in_it_is_all_of_the_title(title: str) -> None:
    assert cleaned(title, *BODY).title == title


@pytest.mark.parametrize(
    "line",
    [
        "الأربعاء - 06 ديسمبر 2023 - الساعة 08:20 م بتوقيت اليمن",
        "الوادي - بريد الجبل | الإثنين 27 مايو 2024, 05:50 مساء",
        "الرئيسية / أخبار محلية / مدن",
        "الرئيسية < أخبار < مدن",
    ],
)
def test_a_date_or_the_way_to_the_page_is_no_title(line: str) -> None:
    for lines in ((line, TITLE), (TITLE, line)):
        found = cleaned(*lines, *BODY)
        assert found.title == TITLE
        assert list(found.paragraphs) == BODY


def test_a_line_that_introduces_what_follows_is_no_title() -> None:
    list_head = "هذه أبرز الأعمال التي شملها ترميم الجسر القديم خلال العامين:"
    assert cleaned("ترميم الجسر القديم", list_head, *BODY).title == "ترميم الجسر القديم"


def test_a_section_is_no_source() -> None:
    assert cleaned("سياسة", TITLE, *BODY).source is None


def test_marks_of_direction_do_not_hide_a_counter() -> None:
    assert list(cleaned(TITLE, *BODY, "\u202b12 تعليقا").paragraphs) == BODY


def test_a_label_of_the_last_news_above_the_title_does_not_take_it_along() -> None:
    found = cleaned("الأكثر قراءة", TITLE, *BODY)
    assert (found.title, list(found.paragraphs)) == (TITLE, BODY)


def test_a_subheading_behind_links_stays_while_the_article_goes_on() -> None:
    end = ["أبرز النتائج", "وبلغت كلفة الحجارة وحدها ثلث المبلغ كله."]
    links = ["اقرأ أيضا", "قافلة من البغال تعبر الجسر القديم"]
    assert list(cleaned(TITLE, *BODY, *links, *end).paragraphs) == [*BODY, *end]


@pytest.mark.parametrize("answer", ["إرسال.", "«مرتبط.»"])
def test_a_button_with_a_full_stop_is_an_answer(answer: str) -> None:
    assert answer in cleaned(TITLE, *BODY, "وسألناه عن حاله:", answer).paragraphs
    assert answer.strip("«».") not in cleaned(TITLE, *BODY, answer.strip("«».")).paragraphs


def test_temperatures_of_cities_are_no_dates() -> None:
    cities = ["القاهرة 35", "بيروت 22", "بغداد 40"]
    assert list(cleaned(TITLE, *BODY, "درجات الحرارة", *cities).paragraphs)[-3:] == cities


def test_points_of_a_list_stay_however_much_they_look_like_counters() -> None:
    assert RULES.line_model is not None
    points = ["12- مصر", "106- لبنان", "129) تشاد"]
    assert not any(lines_to_go([(Line(1, point), 0.99) for point in points], RULES.line_model))
    assert lines_to_go([(Line(1, "129 تشاد"), 0.99)], RULES.line_model) == [True]


def test_comments_under_their_count_and_with_dates_go() -> None:
    thread = [
        "التعليقات (2)", "سعيد", "03 يوليوز 2024 الساعة 17:20", "كل سنة نفس الكلام",
        "نزهة", "03 يوليوز 2024 الساعة 19:02", "اللهم فرج كرب الجميع",
    ]  # fmt: skip
    found = cleaned(TITLE, *BODY, *thread)
    assert list(found.paragraphs) == BODY
    assert found.removed[-1].kind == "reader_comment"


def test_a_persian_phrase_is_known_with_a_space_for_its_non_joiner() -> None:
    for heading in ("پربازدیدترین\u200cها", "پربازدیدترین ها"):
        assert list(cleaned(TITLE, *BODY, heading, "قیمت نان تغییر نکرد").paragraphs) == BODY


def test_a_headline_that_asks_is_a_link_right_below_its_heading_alone() -> None:
    links = ["اقرأ أيضا", "لماذا بقي الجسر مغلقا عامين؟"]
    assert list(cleaned(TITLE, *BODY[:2], *links, *BODY[2:]).paragraphs) == BODY
    asked = ["اقرأ أيضا", "قافلة من البغال تعبر الجسر القديم", "وماذا قال أهل الوادي عن ذلك؟"]
    assert cleaned(TITLE, *BODY[:2], *asked, *BODY[2:]).paragraphs[2] == asked[2]


@pytest.mark.parametrize("last", ["Police are investigating.", "Verletzt wurde niemand."])
def test_the_last_sentence_stays_however_short_it_is(last: str) -> None:
    body = [
        "Farmers in several villages on Monday decried the state of rural roads, which they said had left "
        "tonnes of cassava and plantain to rot on their farms since the rains began.",
        "The chairman of the farmers' union said drivers now charge three times the usual fare.",
        "He appealed to the state government to act before July.",
    ]
    tail = [
        "Copyright The Morning.",
        "Contact: desk@morning.example",
        "Kindly share this story:",
        "WhatsApp Facebook Twitter Telegram",
        "All rights reserved.",
    ]
    title = "Farmers decry poor roads as harvest rots in the villages"
    head = [title, "Kindly share this story:", "12th March 2024"]
    assert cleaned(*head, *body, last, *tail).paragraphs == (*body, last)
