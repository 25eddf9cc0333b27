"""CleanArticle: the article without the chaff, and an account of every line removed."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from schemas.fields import Time

Kind = Literal[
    "site", "counter", "byline", "credit", "comment_prompt", "reader_comment", "share_footer",
    "related", "newsletter", "cookie_notice", "advertisement", "navigation", "copyright", "media_credit",
    "repeated_title", "repeated_excerpt", "tags", "learned", "other",
]  # fmt: skip


class _Record(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class RemovedLine(_Record):
    """One line, or one piece cut from a line, that was taken out of the input."""

    line: int | None = Field(description="Line of the input, split at \\n only, from 1; null for HTML.")
    kind: Kind
    rule: str = Field(description="Id of the rule that removed it.")
    text: str


class Extraction(_Record):
    """How the article was found."""

    method: str = Field(description="`text`, or the extractor that read the HTML.")
    confidence: float = Field(ge=0, le=1)
    rules: str = Field(description="Version of the rule set, learned lines included.")


class Origin(_Record):
    """The place of a raw record."""

    topic: str
    partition: int
    offset: int


class Supersedes(_Record):
    """The version that this one replaces."""

    id: str
    version: int
    origin: Origin
    similarity: float | None = Field(
        default=None, ge=0, le=1, description="Of the two texts, estimated; 1 where nobody compared them."
    )


class Relation(_Record):
    """How this article overlaps with another one that is kept all the same."""

    kind: Literal["contains", "contained_in"]
    id: str


class CleanArticle(_Record):
    """A validated article. The last block of fields is filled when the article is claimed."""

    schema_version: Literal[1] = 1
    id: str = Field(min_length=1)
    url: str | None
    canonical_url: str | None = Field(description="Without tracking, fragment, AMP and mobile variants.")
    source: str | None
    title: str = Field(description="Never a site name; empty where the input holds none.")
    text: str = Field(min_length=1, description="Paragraphs joined by one blank line.")
    language: str | None = Field(description="BCP 47; `und` where it cannot be told.")
    authors: list[str]
    credits: list[str]
    dateline: str | None
    published_at: Time | None
    fetched_at: Time | None
    hashtags: list[str]
    word_count: int
    removed: list[RemovedLine]
    metadata: dict[str, str]
    extraction: Extraction
    content_hash: str
    origin: Origin | None

    version: int | None = None
    supersedes: Supersedes | None = None
    relation: Relation | None = None
    story_id: str | None = None
    processed_at: Time | None = None


CLAIM_FIELDS = frozenset({"version", "supersedes", "relation", "story_id", "processed_at"})
"""Fields that are not known before the claim; `worker.outcome` appends them to the serialised rest."""
