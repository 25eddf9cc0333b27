"""Pages in WARC archives (fastwarc), plain or gzip."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, BinaryIO

from fastwarc.warc import ArchiveIterator, WarcRecordType

from worker.adapters.charsets import declared_charset
from worker.errors import UsageError

MAX_PAGE_BYTES = 50 * 1024 * 1024


def pages_in(stream: BinaryIO) -> Iterator[dict[str, Any]]:
    """Each HTML answer with status 200 as a RawArticle; everything else is passed over."""
    try:
        for record in ArchiveIterator(stream, record_types=WarcRecordType.response, parse_http=True):
            http = record.http_headers
            if (
                http is None
                or http.status_code != 200
                or "html" not in (http.get("Content-Type") or "").lower()
            ):
                continue
            yield {
                "url": (record.headers.get("WARC-Target-URI") or "").strip("<>"),
                "fetched_at": record.headers.get("WARC-Date"),
                "html": _page(record.reader.read(MAX_PAGE_BYTES), record.http_charset),
            }
    except (OSError, ValueError, RuntimeError) as error:
        raise UsageError(f"broken WARC archive: {error}") from None


def _page(content: bytes, charset: str | None) -> str:
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError:
        return content.decode(charset or declared_charset(content), "replace")
