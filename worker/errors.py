"""The tree of errors: what they mean decides what happens to a record.

WinnowError
├── InvalidRecord      this record is hopeless: a dead letter, at once
├── TransientError     not now: back off, partitions paused, not ready; never a dead letter
│   └── BatchLost      the batch in flight is void: throw it away, rewind to the committed offsets
│       ├── Rebalanced       the group changed its generation
│       ├── CommitFailed     the broker refused, aborted or did not answer the commit
│       └── RecordRefused    one outcome cannot be written (its record is named)
└── FatalError         the system is wrong: one clear line, exit 1
    └── UsageError     the command or the configuration is wrong: exit 2
"""

from __future__ import annotations

from typing import Literal

Stage = Literal["decode", "extract", "clean", "validate", "dedupe", "publish"]


class WinnowError(Exception):
    """Base of every error that Winnow raises on purpose."""


class InvalidRecord(WinnowError):
    """A record that can never become an article. `message` never quotes the article."""

    def __init__(self, stage: Stage, code: str, message: str) -> None:
        super().__init__(f"{stage}/{code}: {message}")
        self.stage: Stage = stage
        self.code = code
        self.message = message


class TransientError(WinnowError):
    """Kafka or Redis is away, or slow: the same call may succeed later."""


class BatchLost(TransientError):
    """What is in flight will not be committed; the committed offsets say where to go on."""


class Rebalanced(BatchLost):
    """The consumer's generation changed: other members may own these partitions now."""


class CommitFailed(BatchLost):
    """The transaction was refused or aborted, or nobody knows whether it was committed."""


class RecordRefused(BatchLost):
    """The broker refused the outcome of one record for good; `was_dead_letter`: even its dead letter."""

    def __init__(
        self, origin: tuple[str, int, int], code: str, message: str, was_dead_letter: bool = False
    ) -> None:
        super().__init__(f"{origin[0]}-{origin[1]}@{origin[2]}: {code}: {message}")
        self.origin = origin
        self.code = code
        self.message = message
        self.was_dead_letter = was_dead_letter


class FatalError(WinnowError):
    """Nothing that waiting would mend: said in one line, exit 1."""


class UsageError(FatalError):
    """The command line or the configuration is wrong: exit 2."""
