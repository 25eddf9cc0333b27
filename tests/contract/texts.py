"""Invented articles for the claims: words of nonsense, edited by as much as a test needs."""

from __future__ import annotations

import hashlib
import random

from worker.dedupe.signature import signature_of
from worker.dedupe.terms import names_of, terms_of
from worker.ports import Identity
from worker.text.tokens import words_of

DAY = 24
"""Hours."""
_EPOCH_HOUR = 400_000
_SYLLABLES = [a + b for a in "bdfgklmnprstvz" for b in "aeiou"]


def edited(seed: int, *, words: int = 120, edits: int = 0) -> str:
    """The text of this seed, so many words long, with so many words replaced."""
    dice = random.Random(seed)
    text = ["".join(dice.choices(_SYLLABLES, k=dice.randint(1, 4))) for _ in range(words)]
    for number, place in enumerate(dice.sample(range(words), min(edits, words))):
        text[place] = f"x{'abcdefghij'[number % 10]}{text[place]}"
    return " ".join(text)


def report(event: int, reporter: int) -> str:
    """What this reporter writes about this event: its own names and places again and again, words that
    everybody uses, and some that nobody else does."""
    dice = random.Random(event * 1000 + reporter)
    names = dice.sample(edited(event, words=30).split(), 28)
    stock = dice.sample(edited(0, words=60).split(), 15)
    text = [*names, *names, *stock, *edited(5000 + event * 100 + reporter, words=12).split()]
    dice.shuffle(text)
    return " ".join(text)


def article(
    offset: int,
    name: str,
    text: str,
    *,
    seen: int = 0,
    url: str | None = None,
    hour: int | None = 0,
    title: str = "",
) -> Identity:
    """The identity of an article with this text; `hour` after an invented day, None: no date."""
    return Identity(
        owner=hashlib.md5(f"raw:0:{offset}".encode()).hexdigest(),
        article_id=name,
        canonical_url=url,
        content_hash=hashlib.sha256(text.encode()).hexdigest(),
        seen_ms=seen,
        origin=("raw", 0, offset),
        signature=signature_of(words_of(text), 0 if hour is None else _EPOCH_HOUR + hour, words_of(title)),
        terms=terms_of(words_of(title), words_of(text), words_of(names_of(text))),
    )
