"""Normalised words: one article, typeset by two sites, reads the same; and the quick way is no other way."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from worker.text.normalize import normalized, normalized_lines
from worker.text.tokens import word_count


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("“The  Council’s plan”, explained…", "the council s plan explained"),
        ("أَحْمَد قـــال إنّ الموازنةَ ٢٠٢٤", "احمد قال ان الموازنه 2024"),
        ("İzmir'in yeni parkı", "izmir in yeni parkı"),
        ("Straßen", "strassen"),
        ("e\u0301te\u0301 ﬁni", "été fini"),
        ("हिन्दी में समाचार", "हिन्दी में समाचार"),
        ("ｎｅｗｓ ½", "news 1 2"),
        (" *** ", "***"),
    ],
)
def test_what_is_typeset_differently_reads_the_same(written: str, meant: str) -> None:
    assert normalized(written) == meant
    assert normalized_lines(["before", written, "behind"]) == ["before", meant, "behind"]


def test_vowel_signs_are_parts_of_words() -> None:
    assert word_count(normalized("हिन्दी में समाचार")) == 3


@given(st.lists(st.text(), max_size=6))
def test_all_lines_at_once_are_what_each_is_alone(texts: list[str]) -> None:
    assert normalized_lines(texts) == [normalized(text) for text in texts]


def test_every_character_between_two_others_is_what_it_is_alone() -> None:
    # Six of seven codes are no characters yet, or private: Python knows nothing else of them. Some will do.
    unknown = ("Cn", "Co", "Cs")
    codes = map(chr, range(0x11_0000))
    every = [char for char in codes if unicodedata.category(char) not in unknown or ord(char) % 64 == 0]
    every.remove("\n")
    assert len(every) > 150_000
    texts = [f"a{char}b {char}{char}" for char in every]
    differing = [
        unicodedata.name(char, hex(ord(char)))
        for start in range(0, len(texts), 5000)
        for char, quick, text in zip(
            every[start : start + 5000],
            normalized_lines(texts[start : start + 5000]),
            texts[start : start + 5000],
            strict=True,
        )
        if quick != normalized(text)
    ]
    assert differing == []


@pytest.mark.parametrize(
    ("text", "count"),
    [("", 0), ("a b  c", 3), ("a *** b", 2), ("snake_case two", 2), ("東京で 会った", 6), ("हिन्दी में", 2)],
)
def test_words_are_counted_in_any_script(text: str, count: int) -> None:
    assert word_count(text) == count
