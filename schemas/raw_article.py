"""RawArticle: what crawlers put on the raw topic."""

from __future__ import annotations

from typing import Self

from pydantic import BaseModel, ConfigDict, Field, StrictStr, model_validator

from schemas.fields import LenientLanguage, LenientTime, LenientUrl


class RawArticle(BaseModel):
    """One fetched page, as HTML or already flattened to text. Unknown fields are ignored.

    Optional times, URLs and languages that cannot be read become null; pass a list as validation context
    and their names are appended to it.
    """

    model_config = ConfigDict(extra="ignore", frozen=True)

    id: StrictStr | None = Field(None, max_length=2048, description="The crawler's id.")
    url: LenientUrl = Field(None, description="Where the page was fetched.")
    source: StrictStr | None = Field(None, max_length=2048, description="Publisher or site.")
    html: StrictStr | None = Field(None, description="The page as fetched.")
    text: StrictStr | None = Field(None, description="The page flattened to text, lines as they came.")
    title: StrictStr | None = Field(None, description="The title, as far as the crawler knew it.")
    language: LenientLanguage = Field(None, description="BCP 47.")
    published_at: LenientTime = None
    fetched_at: LenientTime = None
    metadata: dict[StrictStr, StrictStr] | None = Field(None, description="Passed through.")

    @model_validator(mode="after")
    def _something_to_clean(self) -> Self:
        if not (self.html or "").strip() and not (self.text or "").strip():
            raise ValueError("one of `html` and `text` must hold something")
        return self
