"""Whether two articles are copies of one text, one holds the other, or neither: decided from signatures.

Pure. near.lua does the same inside Redis, operation by operation; the contract suite holds the two
together. docs/dedupe.md tells where the limits come from.
"""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from typing import Literal

from worker.dedupe.signature import BITS, VALUES, Signature

Verdict = Literal["near", "contained_in", "contains", ""]
_CHANCE = 1 / 256
"""Two values of one byte are equal by chance so often."""
_FEW = 20
"""Added to the subjects of either text: of five, one that is put otherwise would be no small share."""


@dataclass(frozen=True, slots=True)
class Limits:
    """Chosen by cross-validation over labelled pairs (benchmarks/dedupe.py prints the held-out figures).

    `likeness` is the mean of two estimates, Jaccard of the 3-shingles and Jaccard of the words.
    """

    close_days: float = 2.0
    """Copies of an agency's text appear within two days; formulas return later with other names."""
    close: float = 0.54
    """Likeness that makes a near-duplicate of two articles published within `close_days`."""
    far: float = 0.72
    """The same for those further apart, and where a date is not known."""
    agreed: float = 0.12
    """Off `far` where the numbers agree: two or more shared, three quarters of the shorter list."""
    disputed: float = 0.12
    """On top where both texts name a number and share less than half of them."""
    bulletin: float = 0.95
    """Needed where they share less than half of two or more: the same bulletin of another day."""
    apart: float = 0.11
    """Shares of either text's subjects that the other lacks, added up, from which they are about others."""
    swapped: float = 0.4
    """Share of subjects among the words that only one of the texts says, from which they are, too."""
    formula: float = 0.9
    """Needed where they are about others: the same formula with other people, another place."""
    short_words: int = 50
    """Below it a text is near only if published within `short_days`, and at `short` likeness."""
    short_days: float = 1.0
    short: float = 0.7
    length: float = 0.8
    """A near-duplicate has at least this share of the other's shingles: what is shorter is a part."""
    part: float = 0.62
    """Share of the shorter text's shingles found in the longer one: it is contained."""
    part_words: float = 0.7
    """And this share of its words."""
    part_days: float = 3.0
    part_far: float = 0.8
    """Instead of `part` beyond `part_days`."""
    part_length: float = 0.9
    """Two texts closer in length than this hold neither the other."""


LIMITS = Limits()


@dataclass(frozen=True, slots=True)
class Likeness:
    """What two signatures say about their texts."""

    shingles: float
    """Estimated Jaccard of the 3-shingles."""
    words: float
    """Estimated Jaccard of the vocabularies."""
    part: float
    """Estimated share of the shorter text's shingles that the longer one has."""
    part_words: float
    length: float
    """Shingles of the shorter over those of the longer."""
    numbers_shared: float
    numbers_fewer: int
    """Distinct numbers of the text that has fewer of them."""
    days: float | None
    apart: float
    """Shares of either text's subjects (signature.py) that the other lacks; 0 if only one lacks any: then
    it may be the one that says more."""
    swapped: float
    """Share of subjects among the words that only one of them says; 0 if only one lacks any, or each one: a
    name may be spelled otherwise."""
    shortest: int
    """Words of the shorter text."""

    @property
    def likeness(self) -> float:
        return (self.shingles + self.words) / 2


def compare(one: Signature, other: Signature) -> Likeness:
    """The facts of a pair, the same whichever comes first."""
    shingles = _jaccard(one.minhash, other.minhash)
    fewer, more = sorted((one.shingles, other.shingles))
    bits = _set(one.bitmap), _set(other.bitmap)
    either_bits = _set(bytes(a | b for a, b in zip(one.bitmap, other.bitmap, strict=True)))
    mine, theirs, either = _distinct(bits[0]), _distinct(bits[1]), _distinct(either_bits)
    both = max(0.0, mine + theirs - either)
    lacking = _lacking(other.subjects, one.bitmap), _lacking(one.subjects, other.bitmap)
    return Likeness(
        shingles=shingles,
        words=_ratio(both, either),
        part=min(1.0, _ratio(shingles * (fewer + more), (1 + shingles) * fewer)),
        part_words=min(1.0, _ratio(both, min(mine, theirs))),
        length=_ratio(fewer, more),
        numbers_shared=_shared(one.numbers, one.figures, other.numbers, other.figures),
        numbers_fewer=min(one.figures, other.figures),
        days=abs(one.hour - other.hour) / 24 if one.hour and other.hour else None,
        apart=_apart(lacking, other, one),
        swapped=sum(lacking) / (2 * either_bits - sum(bits)) if all(lacking) and sum(lacking) > 2 else 0.0,
        shortest=min(one.words, other.words),
    )


def judge(one: Signature, other: Signature) -> tuple[Verdict, Likeness]:
    """What `one` is to `other`."""
    facts = compare(one, other)
    verdict = verdict_of(facts)
    if verdict == "contains" and one.shingles < other.shingles:
        verdict = "contained_in"
    return verdict, facts


def verdict_of(facts: Likeness, limits: Limits = LIMITS) -> Verdict:
    """What the facts of a pair say, whichever of them is the longer one (`contains`)."""
    if facts.length >= limits.length and facts.likeness >= needed(facts, limits):
        return "near"
    return "contains" if _is_part(facts, limits) else ""


def needed(facts: Likeness, limits: Limits = LIMITS) -> float:
    """The likeness at which this pair counts as one text; over 1: never."""
    close = facts.days is not None and facts.days <= limits.close_days
    least = limits.close if close else limits.far
    if facts.numbers_fewer > 0 and facts.numbers_shared < 0.5 * facts.numbers_fewer:
        least = limits.bulletin if facts.numbers_fewer > 1 else least + limits.disputed
    elif not close and facts.numbers_shared >= 2 and facts.numbers_shared >= 0.75 * facts.numbers_fewer:
        least -= limits.agreed
    if facts.apart >= limits.apart or facts.swapped >= limits.swapped:
        least = max(least, limits.formula)
    if facts.shortest < limits.short_words:
        same_day = facts.days is not None and facts.days <= limits.short_days
        least = max(least, limits.short) if same_day else 2.0
    return least


def least_needed() -> float:
    """The least that `needed` can say; near.lua does not look at the words of a pair that cannot reach it."""
    return min(LIMITS.close, LIMITS.far - LIMITS.agreed)


def _is_part(facts: Likeness, limits: Limits) -> bool:
    close = facts.days is not None and facts.days <= limits.part_days
    least = limits.part if close else limits.part_far
    return facts.length < limits.part_length and facts.part >= least and facts.part_words >= limits.part_words


def _jaccard(one: bytes, other: bytes) -> float:
    """Share of equal values, less what chance makes equal."""
    equal = sum(a == b for a, b in zip(one, other, strict=True))
    return max(0.0, (equal / VALUES - _CHANCE) / (1 - _CHANCE))


def _set(bitmap: bytes) -> int:
    return sum(map(int.bit_count, bitmap))


def _distinct(bits: int) -> float:
    """How many words set so many bits (linear counting: some fall on one bit)."""
    return -BITS * math.log(max(BITS - bits, 0.5) / BITS)


def _apart(lacking: tuple[int, int], *of: Signature) -> float:
    if not all(lacking):
        return 0.0
    return sum(count / (len(whose.subjects) + _FEW) for count, whose in zip(lacking, of, strict=True))


def _lacking(places: tuple[int, ...], bitmap: bytes) -> int:
    """How many of these bits are not set."""
    return sum(not bitmap[place >> 3] >> (place & 7) & 1 for place in places)


def _shared(one: tuple[int, ...], size: int, other: tuple[int, ...], other_size: int) -> float:
    """How many elements two sets share, from samples that hold the least hashes of each.

    The sample of the larger set reaches less far, so whatever of it the smaller set has is in the
    smaller set's sample too.
    """
    if size < other_size:
        one, size, other = other, other_size, one
    return len(set(one) & set(other)) / len(one) * size if one else 0.0


def _ratio(part: float, whole: float) -> float:
    return part / whole if whole else 0.0


def rounded(value: float) -> float:
    """To four digits, as Redis answers it."""
    return math.floor(value * 10000 + 0.5) / 10000


def limits_for_lua() -> str:
    """The same limits as the Lua table that near.lua reads."""
    pairs = ", ".join(f"{name} = {value!r}" for name, value in asdict(LIMITS).items())
    return f"local LIMITS = {{{pairs}, few = {_FEW}, least = {least_needed()!r}}}\n"
