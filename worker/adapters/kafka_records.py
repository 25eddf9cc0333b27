"""Reading record batches so that no record can stop a partition.

kafka-python 3.0 decodes header keys as strict UTF-8 and raises on a wrong CRC; either way its next
`poll()` never returns, and good records around the bad one cannot be reached. This reader replaces
that part of the client (`Fetcher.PartitionRecords`, pinned to 3.0.x; an upgrade that moves it is noticed by
`tests/integration/test_kafka_broker.py`): header keys keep their bytes (surrogateescape), and the records of
a batch that cannot be decoded come out one by one, without value, each with the reason.

Format: Kafka record batch v2, https://kafka.apache.org/documentation/#recordbatch.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from kafka.consumer.fetcher import Fetcher
from kafka.errors import UnsupportedCodecError

from worker.ports import Headers, RawRecord

_LOG_APPEND_TIME = 1


class RawPartitionRecords(Fetcher.PartitionRecords):  # type: ignore[misc]
    """A fetched piece of one partition, as RawRecords."""

    def _unpack_records(self, tp: Any, records: Any, *_deserializers: Any) -> Iterator[RawRecord]:
        while (batch := records.next_batch()) is not None:
            if not self._is_wanted(batch):
                self.next_fetch_offset = batch.next_offset
                continue
            for record in _records_of(batch, tp.topic, tp.partition):
                self.records_read += 1
                self.bytes_read += record.size
                self.next_fetch_offset = record.offset + 1
                yield record
            self.next_fetch_offset = max(self.next_fetch_offset, batch.next_offset)
        self.drain()

    def _is_wanted(self, batch: Any) -> bool:
        """Neither a transaction marker nor part of an aborted transaction."""
        self.leader_epoch = batch.leader_epoch
        if batch.has_producer_id():
            self._consume_aborted_transactions_up_to(batch.last_offset)
            if self._contains_abort_marker(batch):
                self.aborted_producer_ids.discard(batch.producer_id)
            elif self._is_batch_aborted(batch):
                return False
        return not batch.is_control_batch


def install() -> None:
    """Let every consumer of this process read this way."""
    Fetcher.PartitionRecords = RawPartitionRecords


def _records_of(batch: Any, topic: str, partition: int) -> Iterator[RawRecord]:
    """The records of one batch; if it cannot be decoded, a valueless record for each of its offsets."""
    done = batch.base_offset
    try:
        if not batch.validate_crc():
            raise ValueError("the batch fails its CRC check")
        for record in _decoded(batch, topic, partition):
            done = record.offset + 1
            yield record
    except UnsupportedCodecError:
        raise  # the operator's to mend: nothing is wrong with the records
    except Exception as error:  # whatever a codec or a length field makes of bad bytes
        reason = str(error)[:200] or type(error).__name__
        for offset in range(done, batch.last_offset + 1):
            yield RawRecord(topic, partition, offset, batch.max_timestamp, None, None, (), reason)


def _decoded(batch: Any, topic: str, partition: int) -> Iterator[RawRecord]:
    batch._maybe_uncompress()
    data, pos = bytes(batch._buffer), batch._pos
    fixed_time = batch.max_timestamp if batch.timestamp_type == _LOG_APPEND_TIME else None
    first_time, base = batch.first_timestamp, batch.base_offset
    for _ in range(batch.records_count):
        length, pos = _varint(data, pos)
        end = pos + length
        if length < 0 or end > len(data):
            raise ValueError("a record is longer than its batch")
        time_delta, pos = _varint(data, pos + 1)  # one byte of attributes, unused
        offset_delta, pos = _varint(data, pos)
        key, pos = _bytes(data, pos)
        value, pos = _bytes(data, pos)
        headers, pos = _headers(data, pos)
        if pos != end:
            raise ValueError("a record is not as long as it says")
        timestamp = first_time + time_delta if fixed_time is None else fixed_time
        yield RawRecord(topic, partition, base + offset_delta, timestamp, key, value, headers)


def _headers(data: bytes, pos: int) -> tuple[Headers, int]:
    count, pos = _varint(data, pos)
    headers = []
    for _ in range(count):
        key, pos = _bytes(data, pos)
        value, pos = _bytes(data, pos)
        headers.append(((key or b"").decode("utf-8", "surrogateescape"), value))
    return tuple(headers), pos


def _bytes(data: bytes, pos: int) -> tuple[bytes | None, int]:
    length, pos = _varint(data, pos)
    if length < 0:
        return None, pos
    end = pos + length
    if end > len(data):
        raise ValueError("a field is longer than its batch")
    return data[pos:end], end


def _varint(data: bytes, pos: int) -> tuple[int, int]:
    """A zigzag varint (Protocol Buffers' encoding) and the position behind it."""
    byte = data[pos]
    pos += 1
    if byte < 0x80:  # nearly all of them: deltas, header lengths
        return (byte >> 1) ^ -(byte & 1), pos
    value, shift = byte & 0x7F, 7
    while True:
        byte = data[pos]
        pos += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return (value >> 1) ^ -(value & 1), pos
        shift += 7
        if shift > 63:
            raise ValueError("a number is longer than 64 bits")
