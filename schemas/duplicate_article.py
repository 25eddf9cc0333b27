"""DuplicateArticle: why a raw record was not published, and which article stands for it."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from schemas.clean_article import Origin
from schemas.fields import Time

DuplicateKind = Literal["id", "url", "exact", "near", "contained", "stale"]


class DuplicateArticle(BaseModel):
    """A copy of an article that is kept."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    schema_version: Literal[1] = 1
    id: str
    duplicate_of: str = Field(description="Id of the article that was kept.")
    kind: DuplicateKind
    similarity: float = Field(ge=0, le=1)
    origin: Origin
    duplicate_of_origin: Origin
    processed_at: Time | None = None
