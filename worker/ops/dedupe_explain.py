"""`winnow dedupe explain ID_A ID_B`: why two articles are, or are not, copies of one another."""

from __future__ import annotations

from dataclasses import dataclass

from worker.adapters.redis_inventory import Claimed, RedisInventory
from worker.dedupe.near import LIMITS, Likeness, judge, needed, rounded
from worker.dedupe.signature import Signature, read_signature
from worker.errors import FatalError


@dataclass(frozen=True, slots=True)
class Explanation:
    """The verdict in a word, the reason in a sentence, and every fact with what it was held against."""

    verdict: str
    reason: str
    facts: dict[str, float | str | None]


def explain(one_id: str, other_id: str, inventory: RedisInventory) -> Explanation:
    """Raises FatalError if Redis does not know one of them, TransientError if it is away."""
    one, other = (_known(article_id, inventory) for article_id in (one_id, other_id))
    claims = _claims(one, other)
    if one.url_key and one.url_key == other.url_key:
        return Explanation("same url", "both were fetched from one canonical URL", claims)
    if one.content_hash == other.content_hash:
        return Explanation("exact", "the normalised texts are equal", claims)
    if not (one.signature and other.signature):
        return Explanation("unknown", "claimed without a signature (dedupe.near was false)", claims)
    try:
        mine, theirs = read_signature(one.signature), read_signature(other.signature)
    except ValueError:
        reason = "claimed by another version of Winnow: `winnow dedupe rebuild` makes them comparable"
        return Explanation("unknown", reason, claims)
    verdict, likeness = judge(mine, theirs)
    found = len(set(mine.anchors) & set(theirs.anchors))
    facts = _facts(likeness, found) | claims
    if verdict and mine.anchors and theirs.anchors and not found:
        reason = "they share no anchor, so neither was a candidate for the other"
        return Explanation("not compared", reason, facts)
    return Explanation(verdict or "different", _reason(verdict, likeness, mine, theirs), facts)


def _known(article_id: str, inventory: RedisInventory) -> Claimed:
    found = inventory.article(article_id)
    if found is None:
        raise FatalError(f"no claim of {article_id}: never seen, a duplicate of another one, or too long ago")
    return found


def _reason(verdict: str, facts: Likeness, one: Signature, other: Signature) -> str:
    least = needed(facts)
    if verdict == "near":
        return f"likeness {facts.likeness:.2f} is at least the {least:.2f} that is needed"
    if verdict:
        part, whole = ("first", "second") if one.shingles < other.shingles else ("second", "first")
        return f"{facts.part:.0%} of the {part} stands in the {whole}"
    if facts.likeness >= least:
        return f"the shorter one is {facts.length:.0%} as long as the other, {LIMITS.length:.0%} is needed"
    return f"likeness {facts.likeness:.2f} is under the {least:.2f} that is needed: {_why(facts)}"


def _why(facts: Likeness) -> str:
    """What raised the bar, in words."""
    if facts.shortest < LIMITS.short_words:
        return f"under {LIMITS.short_words} words only copies of the same day count"
    if facts.apart >= LIMITS.apart or facts.swapped >= LIMITS.swapped:
        return "each text lacks subjects of the other, which that one says again and again"
    if facts.numbers_fewer and facts.numbers_shared < facts.numbers_fewer / 2:
        return "they name different numbers"
    if facts.days is None:
        return "the day of one of them is unknown"
    if facts.days > LIMITS.close_days:
        return f"they are {facts.days:.1f} days apart"
    return "the texts differ"


def _facts(facts: Likeness, anchors: int) -> dict[str, float | str | None]:
    return {
        "likeness": rounded(facts.likeness),
        "needed": rounded(needed(facts)),
        "shingles (Jaccard, estimated)": rounded(facts.shingles),
        "words (Jaccard, estimated)": rounded(facts.words),
        "part of the shorter text in the longer": rounded(facts.part),
        "length of the shorter text": rounded(facts.length),
        "numbers shared": rounded(facts.numbers_shared),
        "numbers of the text that has fewer": facts.numbers_fewer,
        "days apart": None if facts.days is None else rounded(facts.days),
        "subjects that the other lacks (shares, added up)": rounded(facts.apart),
        "subjects among the words of one alone": rounded(facts.swapped),
        "words of the shorter text": facts.shortest,
        "anchors shared": anchors,
    }


def _claims(one: Claimed, other: Claimed) -> dict[str, float | str | None]:
    return {
        "claimed by": f"{one.origin} and {other.origin}",
        "versions": f"{one.version} and {other.version}",
        "stories": f"{one.story_id} and {other.story_id}",
    }
