"""Rollups: counts of a projection's rows by local day and by month, maintained with each batch.

Their size grows with the days of the log, not with its rows. A cell counts something final: it happened on a
day, or was due on it, and no later event changes that. So a query needs no clock, and a year is twelve cells
by month; single days are read at the edges of a period only.
"""

from collections.abc import Callable, Iterator
from datetime import date, datetime
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from projections.engine.projection import Rollup

DAY, MONTH = "day", "month"
RollupCell = tuple[Any, ...]
"""Grain, day, the values of the dimensions, and one count for each measure."""


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
        self._counts: dict[tuple[Any, ...], dict[date, list[int]]] = {}

    def count(self, row: Any, more: int) -> None:
        """Add a row (``more`` is 1) or subtract it (-1)."""
        last, days = None, {}
        for at, dimensions, measure in self._counts_of(row):
            if dimensions is not last:  # mostly all counts of a row have the same dimensions
                last, days = dimensions, self._counts.setdefault(dimensions, {})
            day = self._day(at)
            counts = days.get(day)
            if counts is None:
                counts = days[day] = self._none.copy()
            counts[self._index[measure]] += more

    def cells(self) -> Iterator[RollupCell]:
        """Yield the cells that are not zero."""
        for dimensions, days in self._counts.items():
            months: dict[date, list[int]] = {}
            for day, counts in days.items():
                month = day.replace(day=1)
                sums = months.get(month, self._none)
                months[month] = [a + b for a, b in zip(sums, counts, strict=True)]
            for grain, cells in ((DAY, days), (MONTH, months)):
                for day, counts in cells.items():
                    if any(counts):
                        yield (grain, day, *dimensions, *counts)
