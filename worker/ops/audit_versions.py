"""One clean record per identity and version, over any number of records in flat memory.

Each identity and version is a 64-bit hash (10 million articles with an id and a URL: one false alarm in
80,000 audits), written to one of 64 temporary files by its first bits; each file is then sorted by itself.
"""

from __future__ import annotations

import hashlib
import struct
import tempfile
from collections.abc import Iterator

import numpy as np

from worker.ops.audit_findings import Offset
from worker.ops.audit_states import place_in

_ROW = struct.Struct("<Qqqi")
_DTYPE = np.dtype([("key", "<u8"), ("time_ms", "<i8"), ("offset", "<i8"), ("partition", "<i4")])
_BUCKETS = 64
_FLUSH_BYTES = 64 * 1024


def version_key(kind: str, name: str, version: int) -> int:
    """The hash of an id or a canonical URL in one version."""
    text = f"{kind}\0{version}\0{name}".encode("utf-8", "surrogatepass")
    return int.from_bytes(hashlib.blake2b(text, digest_size=8).digest(), "big")


class Versions:
    """Collects the keys of clean records, then finds those that more than one record has."""

    def __init__(self) -> None:
        self._files = [tempfile.TemporaryFile() for _ in range(_BUCKETS)]  # noqa: SIM115  (open until sorted)
        self._waiting = [bytearray() for _ in range(_BUCKETS)]

    def add(self, key: int, place: Offset, time_ms: int) -> None:
        """One clean record, published at `time_ms`."""
        bucket = key >> 58
        waiting = self._waiting[bucket]
        waiting += _ROW.pack(key, time_ms, place[1], place[0])
        if len(waiting) >= _FLUSH_BYTES:
            self._files[bucket].write(waiting)
            waiting.clear()

    def repeated(self) -> Iterator[tuple[Offset, Offset, int, int]]:
        """Two records with the same key, the earlier one first, and when each was published."""
        for file, waiting in zip(self._files, self._waiting, strict=True):
            file.write(waiting)
            file.seek(0)
            rows = np.frombuffer(file.read(), _DTYPE)
            file.close()
            rows = rows[np.lexsort((rows["time_ms"], rows["key"]))]
            for index in np.flatnonzero(rows["key"][1:] == rows["key"][:-1]):
                first, second = rows[int(index)], rows[int(index) + 1]
                if (before := place_in(first)) != (after := place_in(second)):  # else it is `doubled`
                    yield before, after, int(first["time_ms"]), int(second["time_ms"])
