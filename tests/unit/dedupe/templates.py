"""Invented texts of the kinds that are taken for copies and are none: a formula that is filled in anew for
other people, another flight, another day; and copies as editors make them."""

from __future__ import annotations

import random
from dataclasses import dataclass

from tests.contract.texts import edited
from worker.dedupe.near import Likeness, compare
from worker.dedupe.signature import Signature, read_signature, signature_of
from worker.text.normalize import normalized
from worker.text.tokens import words_of

HOUR = 400_000


@dataclass(frozen=True, slots=True)
class Story:
    """A title, a text, and the hour of publication."""

    title: str
    text: str
    hour: int

    def signature(self) -> Signature:
        title, text = words_of(normalized(self.title)), words_of(normalized(self.text))
        return read_signature(signature_of(text, self.hour, title))


def facts(one: Story, other: Story) -> Likeness:
    return compare(one.signature(), other.signature())


def telegram(formula: int, names: int, hour: int = 0) -> Story:
    """A head of state's good wishes: ninety words of formula, and names, most of which come again."""
    words = edited(formula, words=90).split()
    first, last, country, people, feast = (f"{name}ia" for name in edited(9000 + names, words=5).split())
    for place, name in ((83, last), (70, country), (57, first), (44, country), (31, people), (17, feast)):
        words.insert(place, name)
    words[4:4] = [first, last, country]
    return Story(f"good wishes to {first} {last} of {country} on {feast}", " ".join(words), HOUR + hour)


def flight(formula: int, number: int, hour: int = 0) -> Story:
    """A relief flight: its number, its tons, its day, its crew; the rest is what was written of the last."""
    dice = random.Random(formula * 1000 + number)
    words = edited(formula, words=100).split()
    told = [f"flight {number}", f"{dice.randint(20, 90)} tons", f"{number + 3} may", *_names(dice, 4)]
    for place, what in zip((3, 20, 30, 40, 41, 60, 75), told, strict=True):
        words[place:place] = what.split()
    return Story(f"relief flight {number} lands", " ".join(words), HOUR + hour)


def bulletin(formula: int, day: int, hour: int = 0) -> Story:
    """Prices or weather of a day: a number to each of twenty-five names."""
    dice = random.Random(formula * 1000 + day)
    prices = [f"{word} {dice.randint(1000, 9999)}" for word in edited(formula, words=25).split()]
    return Story("the day's prices", f"{edited(formula + 1, words=40)} {' '.join(prices)}", HOUR + hour)


def copy(text: str, dice: random.Random, share: float) -> str:
    """As an editor makes it: words added and cut, a few put otherwise, another end."""
    words = text.split()
    for _ in range(round(share * len(words))):
        place = dice.randrange(len(words))
        match dice.randrange(5):
            case 0 | 1:
                words.insert(place, *_names(dice, 1))
            case 2 | 3:
                del words[place]
            case _:
                words[place] = _names(dice, 1)[0]
    return " ".join(words)


def _names(dice: random.Random, count: int) -> list[str]:
    return edited(dice.randrange(10**6), words=count).split()
