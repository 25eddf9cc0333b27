"""`winnow audit --repair`: sends the raw records of orphans through again, once.

An orphan is a duplicate whose original ended in the dead letters after copies of it had been dropped
(delivery.md, P8). The dead original's claims go first, or the record would be its duplicate again. It is
announced, too, and takes over what a worker that had frozen claimed for the orphan, too late to commit.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from worker.adapters.kafka_reader import KafkaReader
from worker.adapters.kafka_replayer import Replay, Replayer
from worker.ops.audit import Tell
from worker.ops.audit_findings import Offset
from worker.ops.replays import replayed_already, send_announced
from worker.outcome import sha256_of
from worker.ports import Claims
from worker.stages.fingerprint import owner_of


@dataclass
class Repaired:
    """What became of the orphans."""

    sent: int = 0
    already: int = 0
    """Sent through again before."""
    gone: list[Offset] = field(default_factory=list)
    """Retention took the raw record: it cannot be repaired."""
    refused: list[str] = field(default_factory=list)


def repair(
    orphans: Sequence[tuple[Offset, Offset]],
    raw: str,
    reader: KafkaReader,
    claims: Claims,
    replayer: Replayer,
    tell: Tell,
) -> Repaired:
    """Raises TransientError, or FatalError when another replay runs at the same time.

    The replayer is opened before the raw topic is read: two operators cannot both find a record not sent.
    """
    done = replayed_already(reader, raw, tell)
    result = Repaired()

    def wanted() -> Iterator[Replay]:
        for place, dead in orphans:
            orphan = reader.one(raw, *place)
            if orphan is not None and (place, sha256_of(orphan.value)) in done:
                result.already += 1
            elif orphan is None or (original := reader.one(raw, *dead)) is None:
                result.gone.append(place)
            else:
                claims.release([owner_of(raw, *dead, sha256_of(original.value))])
                yield Replay(orphan, attempts=1)

    result.sent, result.refused = send_announced(wanted(), replayer, claims)
    return result
