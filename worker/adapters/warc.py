"""Pages in WARC archives (fastwarc)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from io import BytesIO
from typing import Any, BinaryIO

from fastwarc.stream_io import BrotliReader, ChunkedReader, GzipReader
from fastwarc.warc import ArchiveIterator, WarcRecordType

from worker.adapters.charsets import page_text
from worker.errors import FatalError

MAX_PAGE_BYTES = 50 * 1024 * 1024
"""Longer ones are passed over: they are dumps, and memory must stay flat."""
UNDO = {"chunked": ChunkedReader, "gzip": GzipReader, "x-gzip": GzipReader, "br": BrotliReader}
"""What crawlers leave as it came over the wire."""


def pages_in(stream: BinaryIO, passed_over: Counter[str]) -> Iterator[dict[str, Any]]:
    """Each HTML answer with status 200 as a RawArticle; the others are counted by the reason.

    Raises FatalError when the archive is broken.
    """
    try:
        for record in ArchiveIterator(stream, parse_http=True):
            reason = _reason_to_skip(record)
            body = b"" if reason else record.reader.read(MAX_PAGE_BYTES + 1)
            _check_whole(record, len(body))
            if reason:
                passed_over[reason] += 1
                continue
            content = _decoded(body, record.http_headers)
            if len(content) > MAX_PAGE_BYTES:
                passed_over["page over 50 MiB"] += 1
                continue
            yield {
                "url": (record.headers.get("WARC-Target-URI") or "").strip("<>") or None,
                "fetched_at": record.headers.get("WARC-Date"),
                "html": page_text(content, record.http_charset),
            }
    except (OSError, ValueError, RuntimeError, EOFError) as error:
        raise FatalError(f"broken WARC archive: {error}") from None


def _check_whole(record: Any, read: int) -> None:
    """Raises EOFError where the archive was cut inside a record or its headers: fastwarc says nothing."""
    length = record.headers.get("Content-Length") or ""
    if not length.isdigit() or read + record.reader.consume() < record.content_length:
        raise EOFError("it ends in the middle of a record")


def _reason_to_skip(record: Any) -> str | None:
    if record.record_type != WarcRecordType.response or record.http_headers is None:
        return "no HTTP response"
    if record.http_headers.status_code != 200:
        return "status other than 200"
    if "html" not in (record.http_headers.get("Content-Type") or "").lower():
        return "not HTML"
    return None


def _decoded(content: bytes, headers: Any) -> bytes:
    """The body without chunks and compression. Many archives hold it decoded already, under the headers of
    the wire: what cannot be undone is taken as it is (fastwarc's own `auto_decode` would give up the file).
    """
    for header in ("Transfer-Encoding", "Content-Encoding"):
        reader = UNDO.get((headers.get(header) or "").strip().lower())
        if reader is not None:
            try:
                content = reader(BytesIO(content)).read(MAX_PAGE_BYTES + 1) or content
            except (OSError, ValueError, RuntimeError, EOFError):
                continue
    return content
