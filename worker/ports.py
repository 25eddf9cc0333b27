"""What the runner asks of the outside world. Adapters keep these promises; twins in memory do too."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, Protocol

if TYPE_CHECKING:
    from worker.outcome import DeadLetter, Prepared
    from worker.text.habits import Learned

Headers = tuple[tuple[str, bytes | None], ...]
Place = tuple[str, int]
"""A topic and a partition."""
Origin = tuple[str, int, int]
"""Topic, partition and offset of a raw record: in outcomes, the one that they answer."""


@dataclass(frozen=True)  # no slots: between processes they would take twice as long
class RawRecord:
    """A record as received. `value` None and `undecodable` set: the client could not read its bytes."""

    topic: str
    partition: int
    offset: int
    timestamp_ms: int
    key: bytes | None
    value: bytes | None
    headers: Headers = ()
    undecodable: str | None = None

    @property
    def origin(self) -> Origin:
        return self.topic, self.partition, self.offset

    @property
    def size(self) -> int:
        """Bytes held in memory, roughly."""
        return len(self.value or b"") + len(self.key or b"")


@dataclass(frozen=True, slots=True)
class Batch:
    """What one poll returned, frozen: the records, the positions behind them, and the member that read them.

    `fence` is the group metadata as it was right after the poll; the commit presents it, so that
    the broker refuses the batch of a member that has been expelled since (delivery.md, P1).
    """

    records: tuple[RawRecord, ...]
    positions: Mapping[Place, int]
    fence: Any = None


@dataclass(frozen=True, slots=True)
class Message:
    """One outcome, ready for the wire."""

    role: Literal["clean", "duplicates", "dead_letters"]
    key: bytes | None
    value: bytes | None
    headers: Headers
    origin: Origin


class Broker(Protocol):
    """Kafka as the runner sees it. Every method may raise TransientError; see each for more."""

    def poll(self, timeout_s: float, max_records: int) -> Batch:
        """The next records, maybe none. Raises Rebalanced when the group's generation changed."""

    def keep_alive(self) -> None:
        """Stay a member while nothing is wanted: poll with every partition paused. Raises Rebalanced."""

    def rewind(self, begun: Collection[Place] = ()) -> Mapping[Place, int]:
        """Go to the broker's committed offset on every assigned partition (P2); answers where that is.

        `begun`: partitions of which the group has settled records before. If Kafka has forgotten the offset
        of one of these, it is read from its beginning, whatever `kafka.start` says of new groups.
        """

    def commit(self, messages: Sequence[Message], batch: Batch, claimed: int) -> None:
        """Publish the messages and commit the batch's positions, in one transaction.

        `claimed`, the count of claims so far, is kept beside the offsets. Raises CommitFailed
        (refused, aborted, unknown) or RecordRefused; after either the batch is void.
        """

    def caught_up(self) -> bool:
        """Whether everything up to the end, as it is now, is committed; False while nobody can tell."""

    def claimed_before(self) -> int:
        """The greatest count of claims found beside the committed offsets at the last rewind."""

    def assigned(self) -> int | None:
        """How many partitions the group gave this member; None: it is not settled in the group,
        or there is no such topic any more."""

    def close(self, timeout_s: float) -> None:
        """Leave the group."""


@dataclass(frozen=True)  # as RawRecord
class Identity:
    """What a claim is made over (pure facts of one record; no decision depends on its batch)."""

    owner: str
    """Hash of topic, partition, offset and SHA-256 of the received bytes (P7)."""
    article_id: str
    canonical_url: str | None
    content_hash: str
    seen_ms: int
    """When it was fetched, else the raw record's time; decides what is stale."""
    origin: Origin
    replaces: str | None = None
    """Owner hash of the dead letter that this record replays, if it is a replay."""
    signature: bytes = b""
    """Near-duplicate signature; empty: exact comparison only."""
    terms: bytes = b""
    """What the article is about, for its story; empty: it gets none."""
    source: str | None = None
    """Whose article it is: without URL, the same id of another source is another page."""


@dataclass(frozen=True, slots=True)
class Kept:
    """The article that stands for a duplicate, or that a new version supersedes."""

    article_id: str
    version: int
    origin: Origin


@dataclass(frozen=True, slots=True)
class Answer:
    """The claim's answer (delivery.md, the table). `own` repeats an earlier `new`."""

    verdict: Literal["new", "own", "duplicate"]
    version: int = 1
    kind: str = ""
    similarity: float = 1.0
    other: Kept | None = None
    """duplicate: the article kept; new/own: the version superseded, if any."""
    relation: tuple[str, str] | None = None
    story_id: str | None = None


@dataclass(frozen=True, slots=True)
class Ledger:
    """The account of the claims. `claimed` only grows, unless claims were lost (delivery.md);
    `loss` is what it had been before a loss that nobody has acknowledged yet."""

    claimed: int
    loss: int | None = None
    gone: bool = False
    """Whether claims of this very worker were lost, which the count need not show; until it is reported."""


class Claims(Protocol):
    """Redis as the runner sees it. Every method may raise TransientError."""

    def claim(self, identities: Sequence[Identity]) -> list[Answer]:
        """One atomic decision per identity, in order, in one round trip."""

    def release(self, owners: Sequence[str]) -> None:
        """Forget what these owners claimed; what they superseded stands again (P8)."""

    def announce(self, owners: Sequence[str]) -> None:
        """Replays of these owners' records will come, and may take over what the owners claimed.

        Only of owners that published nothing and never will: dead letters and duplicates.
        """

    def ledger(self) -> Ledger:
        """How many claims were ever made, and whether a loss has been reported."""

    def report_loss(self, seen: int) -> None:
        """Leave word for everybody that claims were lost: the counter stood at `seen` before."""


@dataclass(frozen=True)  # as RawRecord
class Sighting:
    """What one article shows of what its source repeats (worker/text/edges.py)."""

    source: str
    article: str
    """The owner of its claim: a record that is noted twice counts once."""
    units: tuple[str, ...]
    """What stands at its edges."""
    middle: tuple[str, ...] = ()
    """Watched pairs of words that stand in its middle."""


@dataclass(frozen=True, slots=True)
class Tally:
    """How many articles of one source show what. The counts are halved now and then, so that habits end."""

    articles: int
    units: Mapping[str, int]
    """Only what was seen more than once."""
    middle: Mapping[str, int]


class Tallies(Protocol):
    """What sources repeat, counted by all replicas together. Every method may raise TransientError."""

    def note(self, sightings: Sequence[Sighting]) -> None:
        """Count what these articles show, each article once however often it is noted."""

    def tallies(self, sources: Sequence[str]) -> list[Tally]:
        """The counts of these sources."""

    def sources(self) -> list[str]:
        """The sources that anything is known of."""


@dataclass(frozen=True, slots=True)
class Hand:
    """What earlier notes tell of the records that a worker takes in hand, of one partition (P11)."""

    deaths: int = 0
    """Workers that died while they held the first of these records."""
    until: int = -1
    """Up to this offset every one of those workers held the records."""
    alone: int = 0
    """Workers that died while they held the first of these records and no other."""


class Hands(Protocol):
    """Notes of what each worker has in hand, which outlive the worker. May raise TransientError."""

    def take(self, ranges: Mapping[Place, tuple[int, int]]) -> dict[Place, Hand]:
        """Note first and last offset in hand, per partition; answers what earlier notes tell."""

    def keep_alive(self) -> None:
        """Whoever takes long over what is in hand is not dead."""

    def put_down(self, places: Mapping[Place, int]) -> None:
        """What is before these offsets is settled, what is behind may still be in hand. 0: of this partition
        all that is in hand is given up."""

    def settled(self) -> dict[Place, int]:
        """Up to which offset outcomes were committed, as far as `put_down` was told."""


class Work(Protocol):
    """Records being processed."""

    def wait(self, timeout_s: float) -> bool:
        """Whether all results are there, after waiting for them at most so long."""

    def results(self) -> list[Prepared | DeadLetter]:
        """One result per record, in order, once `wait` said yes. Raises FatalError if the pool is broken."""

    def abandon(self) -> None:
        """Nobody wants these results any more."""


class Pool(Protocol):
    """Processes records in parallel; a crash or a hang costs one record (P11)."""

    def start(self, records: Sequence[RawRecord], learned: Learned | None = None) -> Work:
        """Begin to process these records, with what was learned about their sources (None: do not learn)."""

    def close(self) -> None:
        """End the processes."""
