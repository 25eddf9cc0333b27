"""Dead letters carry the received bytes unchanged; what is known about them stands in headers."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from schemas.fields import Time


class DeadLetterHeaders(BaseModel):
    """The `winnow.*` headers of a dead letter (values are UTF-8 strings on the wire)."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)

    origin_topic: str = Field(alias="winnow.origin.topic")
    origin_partition: int = Field(alias="winnow.origin.partition", ge=0)
    origin_offset: int = Field(alias="winnow.origin.offset", ge=0)
    origin_sha256: str = Field(alias="winnow.origin.sha256", pattern=r"^[0-9a-f]{64}$")
    version: str = Field(alias="winnow.version")
    stage: Literal["decode", "extract", "clean", "validate", "dedupe", "publish"] = Field(
        alias="winnow.error.stage"
    )
    code: str = Field(alias="winnow.error.code", pattern=r"^[a-z][a-z0-9_]*$")
    message: str = Field(alias="winnow.error.message", description="At most 500 bytes, never the article.")
    attempts: int = Field(alias="winnow.attempts", ge=1)
    failed_at: Time = Field(alias="winnow.failed_at")
    value_sha256: str | None = Field(None, alias="winnow.value.sha256")
    value_bytes: int | None = Field(None, alias="winnow.value.bytes")
