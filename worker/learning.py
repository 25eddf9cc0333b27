"""When what the sources repeat is counted, and when it is frozen for the records to come.

Counted: an article, once, after the commit that published it; copies and later versions tell nothing new.
Frozen: at the boundary of a batch, after so many records, so that the processes clean by one set at a time.
A local run is `exact`: no record is taken beyond a boundary before all records in front of it are settled,
so that the same input gives the same output.
"""

from __future__ import annotations

from collections.abc import Sequence

from worker.errors import TransientError
from worker.observe.metrics import Metrics
from worker.outcome import Outcome, Publish
from worker.ports import Sighting, Tallies
from worker.text.habits import Habits, Learned, habits_of

FIRST_RECORDS = 50
"""Between the first freezes; then a tenth of what was seen, and at most LAST_RECORDS."""
GROWTH = 10
LAST_RECORDS = 2000
ANY_NUMBER = 1 << 31


class Learning:
    """What is learned by one worker; `tallies` None: nothing."""

    def __init__(self, tallies: Tallies | None, metrics: Metrics, exact: bool = False) -> None:
        self._tallies = tallies
        self._metrics = metrics
        self._exact = exact
        self._known: dict[str, Habits] = {}
        self._touched: set[str] | None = None  # None: all sources, since none was asked for yet
        self._seen = self._boundary = 0
        self.frozen: Learned | None = None if tallies is None else {}

    def room(self, in_flight: bool) -> int:
        """How many records may be taken now; freezes what was learned when that is due.

        Raises TransientError.
        """
        if self._tallies is None:
            return ANY_NUMBER
        if self._seen >= self._boundary:
            if self._exact and in_flight:
                return 0
            self._freeze(self._tallies)
        return self._boundary - self._seen if self._exact else ANY_NUMBER

    def took(self, records: int) -> None:
        """So many records are in flight now."""
        self._seen += records

    def settled(self, outcomes: Sequence[Outcome]) -> None:
        """Counts what these articles show. A count that is missed does no harm: nobody waits for it."""
        if self._tallies is None:
            return
        sightings = [found for one in outcomes if (found := _sighting_in(one))]
        try:
            self._tallies.note(sightings)
        except TransientError:
            self._metrics.learning_missed(len(sightings))
            return
        if self._touched is not None:
            self._touched.update(one.source for one in sightings)

    def _freeze(self, tallies: Tallies) -> None:
        sources = sorted(tallies.sources() if self._touched is None else self._touched)
        for source, tally in zip(sources, tallies.tallies(sources), strict=True):
            self._known[source] = habits_of(tally.articles, tally.units, tally.middle)
        if sources or not self.frozen:
            self.frozen = dict(self._known)
        self._touched = set()
        self._boundary = self._seen + min(LAST_RECORDS, max(FIRST_RECORDS, self._seen // GROWTH))
        self._metrics.learned(
            sum(bool(one.units) for one in self._known.values()),
            sum(len(one.units) for one in self._known.values()),
        )


def _sighting_in(outcome: Outcome) -> Sighting | None:
    """What a published article shows, if it is no new version of one that was counted."""
    if isinstance(outcome, Publish) and outcome.answer.version == 1:
        return outcome.prepared.sighting
    return None
