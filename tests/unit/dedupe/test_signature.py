"""Signatures: what survives typesetting, what two texts share, and how well it is estimated."""

from __future__ import annotations

import random
import subprocess
import sys
from collections.abc import Set

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.contract.texts import edited
from worker.dedupe.near import compare
from worker.dedupe.signature import SIGNATURE_BYTES, SUBJECTS, read_signature, signature_of
from worker.text.normalize import normalized
from worker.text.tokens import word_count, words_of


def signature(text: str, hour: int = 0, title: str = "") -> bytes:
    return signature_of(words_of(normalized(text)), hour, words_of(normalized(title)))


@given(st.text(max_size=400), st.text(max_size=60))
@settings(max_examples=200, deadline=None)
def test_any_text_has_a_signature_of_bounded_size_that_reads_back(text: str, title: str) -> None:
    packed = signature(text, 7, title)
    assert len(packed) <= SIGNATURE_BYTES <= 340
    assert read_signature(packed).hour == 7


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Die Straße, 25 Kilometer lang.", "die strasse — 25 kilometer lang"),
        ("الطَّقْسُ يتحسّنُ غدًا", "الطقس يتحسن غدا"),
        ("أعلنت المدرسة ٢٥ نتيجة", "اعلنت المدرسه 25 نتيجة"),
        ("ﬁne weather", "fine weather"),
    ],
)
def test_typesetting_leaves_no_trace(one: str, other: str) -> None:
    assert signature(one) == signature(other)


def test_a_signature_is_the_same_in_every_process() -> None:
    code = (
        "from worker.dedupe.signature import signature_of; from worker.text.tokens import words_of;"
        "print(signature_of(words_of('one two three four 5 six seven'), 9, words_of('three 5')).hex())"
    )
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert told.strip() == signature("one two three four 5 six seven", 9, "three 5").hex()


def test_the_estimates_are_as_good_as_promised() -> None:
    """Mean error of 128 values of 8 bits, and of the words in a bitmap, over texts edited by any amount."""
    off_shingles, off_words = [], []
    for seed in range(60):
        one, other = (
            edited(seed, words=150),
            edited(seed, words=150, edits=random.Random(seed).randrange(100)),
        )
        facts = compare(read_signature(signature(one)), read_signature(signature(other)))
        off_shingles.append(abs(facts.shingles - _jaccard(_shingles(one), _shingles(other))))
        off_words.append(abs(facts.words - _jaccard(set(one.split()), set(other.split()))))
    assert sum(off_shingles) / 60 < 0.035
    assert sum(off_words) / 60 < 0.025


def test_scripts_without_spaces_are_told_apart_by_characters() -> None:
    text = "港の橋は火曜日の朝に閉鎖され修理は秋まで続く見込みだと市の担当者が説明した"
    alike = text.replace("秋", "冬")
    other = "図書館の新しい閲覧室が来週の月曜日に開館し市民は無料で本を借りることができる"
    near = compare(read_signature(signature(text)), read_signature(signature(alike)))
    far = compare(read_signature(signature(text)), read_signature(signature(other)))
    assert near.shingles > 0.7
    assert far.shingles < 0.1


def test_numbers_are_found_inside_words_too() -> None:
    assert words_of("ab12cd 7").numbers.size == 2


@given(st.text(alphabet="abc 12東京ا", max_size=80))
def test_words_are_counted_as_they_are_hashed(text: str) -> None:
    plain = normalized(text) if text.strip() else ""
    assert words_of(plain).words.size == (word_count(plain) if plain else 0)


def test_what_a_text_says_twice_or_its_title_says_too_is_its_subject() -> None:
    text = "the bridge is closed since the ferry ran aground"
    assert subjects(text, "") == places("the")
    assert subjects(text, "Bridge shut: ferry") == places("the bridge ferry")


def test_numbers_are_no_subjects() -> None:
    """One writer's 4 is another one's four."""
    assert subjects("4 ships and 4 boats", "4 ships") == places("ships")


def test_of_a_long_text_a_sample_of_the_words_is_looked_at() -> None:
    text = edited(1, words=900)
    found = read_signature(signature(f"{text} {text}")).subjects
    assert len(found) == SUBJECTS


def subjects(text: str, title: str) -> set[int]:
    return set(read_signature(signature(text, 0, title)).subjects)


def places(words: str) -> set[int]:
    """The bits of these words."""
    return {bit for word in words.split() for bit in read_signature(signature(f"{word} {word}")).subjects}


def test_a_signature_of_another_version_is_refused() -> None:
    with pytest.raises(ValueError, match="version 1"):
        read_signature(b"\1" + signature("some words here")[1:])


def _shingles(text: str) -> set[tuple[str, ...]]:
    words = text.split()
    return set(zip(words, words[1:], words[2:], strict=False))


def _jaccard(one: Set[object], other: Set[object]) -> float:
    return len(one & other) / len(one | other)
