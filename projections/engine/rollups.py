"""Sums by local day and by month, kept by the engine: as many cells as there are days, not as rows.

A cell counts what is final: something that happened on a day, or was due on it, whatever comes later. So
the sums up to a moment need no clock, and a year is twelve months of cells; days are read at the edges.

Each cell stands once for the whole log (its ``block`` is NULL), and where counts are never taken back once
for each block of positions whose events count in it. So what the log's first events count is the sum of the
blocks that are whole, and the rows of the one that is not.
"""

from collections.abc import Callable, Iterable, Iterator
from datetime import date, datetime
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from projections.engine.projection import Rollup

DAY, MONTH = "day", "month"
BLOCK_DAY, BLOCK_MONTH = "day of block", "month of block"
BLOCK_BITS = 15
"""A block is so many positions, as a power of two: so few that the rows of one are soon counted, so many that
the cells of all blocks are."""
Place = tuple[int | None, date]
"""A block, or the whole log, and a local day, or the first of a month."""
RollupCell = tuple[Any, ...]
"""Grain, day, the values of the dimensions, block, and the counts."""
Counts = dict[tuple[Any, ...], dict[Place, list[int]]]
"""By the values of the dimensions, by block and local day: one number for each measure."""


def block_of(position: int) -> int:
    return position >> BLOCK_BITS


def begin_of(block: int) -> int:
    """The first position of a block."""
    return block << BLOCK_BITS


@lru_cache
def local_day(zone: str) -> Callable[[date], date]:
    """A function from an instant to its day in a zone; a day is itself. Raises ``ZoneInfoNotFoundError``."""
    tz = ZoneInfo(zone)

    def day_of(at: date) -> date:
        return at.astimezone(tz).date() if isinstance(at, datetime) else at

    return lru_cache(4_096)(day_of)  # deadlines are at few instants


class RollupCounts:
    """Counts of a projection's rows: one more for what is put in, one less for what is taken out."""

    def __init__(self, sums: Rollup, zone: str) -> None:
        self._of, self._day = sums.of, local_day(zone)
        self._index = {measure: n for n, measure in enumerate(sums.measures)}
        self._none = [0] * len(sums.measures)
        self.counts: Counts = {}

    def count(self, row: Any, more: int) -> None:
        """Count a row in (1) or out (-1)."""
        of, days = None, {}
        for at, dimensions, measure, position in self._of(row):
            if dimensions is not of:  # mostly all counts of a row have the same
                of, days = dimensions, self.counts.setdefault(dimensions, {})
            place = None if position is None else block_of(position), self._day(at)
            counts = days.get(place)
            if counts is None:
                counts = days[place] = self._none.copy()
            counts[self._index[measure]] += more

    def add(self, counts: Counts) -> None:
        """Take in what another has counted."""
        for dimensions, days in counts.items():
            _add(self.counts.setdefault(dimensions, {}), days.items())

    def cells(self) -> Iterator[RollupCell]:
        """All that is not zero."""
        for dimensions, days in self.counts.items():
            in_blocks = {place: counts for place, counts in days.items() if place[0] is not None}
            for grain, place_of, places in (
                (DAY, lambda _, day: (None, day), days),
                (MONTH, lambda _, day: (None, day.replace(day=1)), days),
                (BLOCK_DAY, lambda block, day: (block, day), in_blocks),
                (BLOCK_MONTH, lambda block, day: (block, day.replace(day=1)), in_blocks),
            ):
                found: dict[Place, list[int]] = {}
                _add(found, ((place_of(*place), counts) for place, counts in places.items()))
                for (block, day), counts in found.items():
                    if any(counts):
                        yield (grain, day, *dimensions, block, *counts)


def _add(to: dict[Place, list[int]], more: Iterable[tuple[Place, list[int]]]) -> None:
    for place, counts in more:
        known = to.get(place)
        to[place] = counts.copy() if known is None else [a + b for a, b in zip(known, counts, strict=True)]
