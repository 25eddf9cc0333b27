"""Readers' comments in lines of their own."""

from __future__ import annotations

import pytest

from worker.adapters.packaged import config_folder
from worker.adapters.rule_files import load_rules
from worker.text.blocks import Cleaned, Document, Line
from worker.text.cleaners import clean_document

RULES = load_rules(config_folder(), line_model=False)
BODY = [
    "The harbour council voted on Monday evening to close the old ferry line before the winter storms begin.",
    "The ferry has carried workers across the bay since the first shipyard opened, seventy years ago.",
    "A bus over the new bridge will replace it, the mayor said, and it will run four times every hour.",
]
THREAD = [
    "Seagull", "28 minutes ago", "They never asked us about any of this and they will not ask us next time.",
    "Old Tom", "an hour ago", "good riddance", "Reply",
]  # fmt: skip


def cleaned(lines: list[str]) -> Cleaned:
    numbered = tuple(Line(number, text) for number, text in enumerate(lines, 1))
    return clean_document(Document(numbered, "text", title="A ferry closes"), RULES, lambda text: "en")


def test_a_thread_of_comments_behind_the_article_goes() -> None:
    found = cleaned([*BODY, "2 Comments", *THREAD])
    assert list(found.paragraphs) == BODY
    assert "struct.comment-thread" in {cut.rule for cut in found.removed}


def test_behind_a_single_paragraph_a_thread_is_a_thread() -> None:
    thread = ["Seagull", "28 minutes ago", "good riddance", "Old Tom", "an hour ago", "nobody asked us"]
    assert list(cleaned([BODY[0], "2 Comments", *thread]).paragraphs) == BODY[:1]


def test_one_comment_with_a_button_to_answer_it_is_a_thread() -> None:
    found = cleaned([*BODY, "1 Comment", *THREAD[:3], "Reply"])
    assert list(found.paragraphs) == BODY


@pytest.mark.parametrize(
    "lines",
    [
        [*BODY, "A porter told the story.", *THREAD],
        [*BODY, "2 Comments", *THREAD[:3]],
        ["2 Comments", "28 minutes ago", "an hour ago", *BODY],
    ],
    ids=["nobody was asked to comment", "one time is no thread", "above the article"],
)
def test_what_is_no_thread_stays(lines: list[str]) -> None:
    found = cleaned(lines)
    assert not any(cut.rule == "struct.comment-thread" for cut in found.removed)
    assert set(BODY) <= set(found.paragraphs)


def test_a_readers_name_with_the_number_of_the_comment_goes_with_it() -> None:
    thread = ["1 - man of the quay", "28 minutes ago", "good riddance", "2 - Old Tom", "an hour ago", "aye"]
    assert list(cleaned([*BODY, "2 Comments", *thread]).paragraphs) == BODY
