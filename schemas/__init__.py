"""The records that Winnow reads and writes (contract: one module per record)."""

from schemas.clean_article import CleanArticle, Extraction, Origin, Relation, RemovedLine, Supersedes
from schemas.dead_letter import DeadLetterHeaders
from schemas.duplicate_article import DuplicateArticle
from schemas.raw_article import RawArticle

__all__ = [
    "CleanArticle",
    "DeadLetterHeaders",
    "DuplicateArticle",
    "Extraction",
    "Origin",
    "RawArticle",
    "Relation",
    "RemovedLine",
    "Supersedes",
]
