"""Rollups: counts of a projection's rows by local day and by month, maintained with each batch.

Their size grows with the days of the log, not with its rows. A cell counts something final: it happened on a
day, or was due on it, and no later event changes that. So a query needs no clock, and a year is twelve cells
by month; single days are read at the edges of a period only.

Each cell is stored for the whole log (``block`` is NULL). Counts that are never taken back are also stored
for each block of positions whose events they follow from. So the counts of the log's first N events are the
sum of the full blocks, plus the counts of the rows in the last block.
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
"""A block is 2^15 positions: few enough to count the rows of one quickly, enough to keep the cells few."""
Bucket = tuple[int | None, date]
"""A block (None: the whole log), and a local day or the first of a month."""
RollupCell = tuple[Any, ...]
"""Grain, day, the values of the dimensions, block, and one count for each measure."""
Counts = dict[tuple[Any, ...], dict[Bucket, list[int]]]
"""By the values of the dimensions, then by bucket: one count for each measure."""


def block_of(position: int) -> int:
    return position >> BLOCK_BITS


def begin_of(block: int) -> int:
    """Return the first position of a block."""
    return block << BLOCK_BITS


@lru_cache
def local_day(zone: str) -> Callable[[date], date]:
    """Return a function from an instant to its day in a time zone; a day is returned as it is.

    Raises ``ZoneInfoNotFoundError``.
    """
    tz = ZoneInfo(zone)

    def day_of(at: date) -> date:
        return at.astimezone(tz).date() if isinstance(at, datetime) else at

    return lru_cache(4_096)(day_of)  # deadlines fall on few instants


class RollupCounts:
    """The counts of a set of a projection's rows. Rows are added to it and subtracted from it."""

    def __init__(self, rollup: Rollup, zone: str) -> None:
        self._counts_of, self._day = rollup.counts_of, local_day(zone)
        self._index = {measure: n for n, measure in enumerate(rollup.measures)}
        self._none = [0] * len(rollup.measures)
        self.counts: Counts = {}

    def count(self, row: Any, more: int) -> None:
        """Add a row (``more`` is 1) or subtract it (-1)."""
        last, buckets = None, {}
        for at, dimensions, measure, position in self._counts_of(row):
            if dimensions is not last:  # mostly all counts of a row have the same dimensions
                last, buckets = dimensions, self.counts.setdefault(dimensions, {})
            bucket = None if position is None else block_of(position), self._day(at)
            counts = buckets.get(bucket)
            if counts is None:
                counts = buckets[bucket] = self._none.copy()
            counts[self._index[measure]] += more

    def cells(self) -> Iterator[RollupCell]:
        """Yield the cells that are not zero."""
        for dimensions, buckets in self.counts.items():
            in_blocks = {bucket: counts for bucket, counts in buckets.items() if bucket[0] is not None}
            for grain, bucket_of, finer in (
                (DAY, lambda _, day: (None, day), buckets),
                (MONTH, lambda _, day: (None, day.replace(day=1)), buckets),
                (BLOCK_DAY, lambda block, day: (block, day), in_blocks),
                (BLOCK_MONTH, lambda block, day: (block, day.replace(day=1)), in_blocks),
            ):
                sums: dict[Bucket, list[int]] = {}
                _add(sums, ((bucket_of(*bucket), counts) for bucket, counts in finer.items()))
                for (block, day), counts in sums.items():
                    if any(counts):
                        yield (grain, day, *dimensions, block, *counts)


def _add(to: dict[Bucket, list[int]], more: Iterable[tuple[Bucket, list[int]]]) -> None:
    for bucket, counts in more:
        known = to.get(bucket)
        to[bucket] = counts.copy() if known is None else [a + b for a, b in zip(known, counts, strict=True)]
