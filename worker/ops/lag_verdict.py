"""Is the group keeping up? A verdict over a sliding window, without thresholds, after LinkedIn's Burrow
(https://github.com/linkedin/Burrow/wiki/Consumer-Lag-Evaluation-Rules).

How many records behind is too many depends on the topic; what does not depend on it is how lag and committed
offset move over the window:

    ok        caught up at some moment of the window; or at its end with all that was there at its beginning;
              or catching up at some commit of it
    behind    commits move on, and at each the lag is as large as at the one before, or larger
    stalled   there is lag, somebody owns the partition, and the committed offset stood still all the window
    stopped   there is lag, nobody owns the partition, and it has been silent longer than it was seen moving
    rewound   the committed offset went back, or lies behind the end of the log

Burrow tells `stalled` from `stopped` by the commits themselves, which it reads from Kafka's internal topic;
here the group's members tell it, so that no right to read that topic is needed. A window that is not full yet
proves neither `behind` nor `stalled`: `ok` until then.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal, get_args

Verdict = Literal["ok", "behind", "rewound", "stalled", "stopped"]
VERDICTS: tuple[Verdict, ...] = get_args(Verdict)
"""From good to bad."""


@dataclass(frozen=True, slots=True)
class Sample:
    """One partition at one moment."""

    at_s: float
    committed: int | None
    """None: the group never committed an offset of it."""
    end: int
    lag: int
    owned: bool
    """Whether a member of the group has the partition, or the group is just sharing them out."""


def verdict_of(samples: Sequence[Sample], window_s: float) -> Verdict:
    """Judges one partition by its samples, oldest first, of at most `window_s` seconds; none: ok."""
    if not samples:
        return "ok"
    if _went_back(samples):
        return "rewound"
    if samples[-1].lag == 0:
        return "ok"
    if _is_silent(samples):
        return "stopped"
    is_full = samples[-1].at_s - samples[0].at_s >= window_s
    if any(sample.lag == 0 for sample in samples) or _is_abreast(samples) or not is_full:
        return "ok"
    if not _commits(samples):
        return "stalled"
    return "ok" if _gains(samples) else "behind"


def worst(verdicts: Iterable[Verdict]) -> Verdict:
    """The group's verdict is its worst partition's."""
    return max(verdicts, key=VERDICTS.index, default="ok")


def _went_back(samples: Sequence[Sample]) -> bool:
    """A committed offset behind the end of the log belongs to an older topic of that name."""
    known = [sample.committed for sample in samples if sample.committed is not None]
    last = samples[-1]
    is_beyond = last.committed is not None and last.committed > last.end
    return is_beyond or any(after < before for before, after in pairwise(known))


def _is_abreast(samples: Sequence[Sample]) -> bool:
    """What was there when the window began is done: where records come without end, some always wait."""
    done = samples[-1].committed
    return done is not None and done >= samples[0].end


def _commits(samples: Sequence[Sample]) -> list[Sample]:
    """The samples at which the committed offset was another than before."""
    return [after for before, after in pairwise(samples) if before.committed != after.committed]


def _is_silent(samples: Sequence[Sample]) -> bool:
    """Nobody owned it since the last commit, and that is longer ago than commits were seen before.

    Needs two samples without owner: one may be the moment between two members.
    """
    last_commit = [samples[0], *_commits(samples)][-1]
    since = [sample for sample in samples if sample.at_s >= last_commit.at_s]
    is_unowned = not any(sample.owned for sample in since[-2:])
    return is_unowned and samples[-1].at_s - last_commit.at_s > last_commit.at_s - samples[0].at_s


def _gains(samples: Sequence[Sample]) -> bool:
    """Whether the lag shrank between two commits; between commits it only grows, which proves nothing."""
    return any(after.lag < before.lag for before, after in pairwise([samples[0], *_commits(samples)]))
