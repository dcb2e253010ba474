"""Sums by local day and by month, kept by the engine: as many cells as there are days, not as rows.

A cell counts what is final: something that happened on a day, or was due on it, whatever comes later. So
the sums up to a moment need no clock, and a year is twelve months of cells; days are read at the edges.
"""

from collections.abc import Callable, Iterable, Iterator
from datetime import date, datetime
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from projections.projection import Sums

DAY, MONTH = "day", "month"
Counts = dict[tuple[Any, ...], dict[date, list[int]]]
"""By the values of the dimensions and by local day: one number for each measure."""


@lru_cache
def local_day(zone: str) -> Callable[[date], date]:
    """A function from an instant to its day in a zone; a day is itself. Raises ``ZoneInfoNotFoundError``."""
    tz = ZoneInfo(zone)
    return lambda at: at.astimezone(tz).date() if isinstance(at, datetime) else at


class Tally:
    """Counts of a projection's rows: one more for what is put in, one less for what is taken out."""

    def __init__(self, sums: Sums, zone: str) -> None:
        self._of, self._day = sums.of, local_day(zone)
        self._index = {measure: n for n, measure in enumerate(sums.measures)}
        self._none = [0] * len(sums.measures)
        self.counts: Counts = {}

    def count(self, row: Any, more: int) -> None:
        """Count a row in (1) or out (-1)."""
        of, days = None, {}
        for at, dimensions, measure in self._of(row):
            if dimensions is not of:  # mostly all counts of a row have the same
                of, days = dimensions, self.counts.setdefault(dimensions, {})
            day = self._day(at)
            if day not in days:
                days[day] = self._none.copy()
            days[day][self._index[measure]] += more

    def add(self, counts: Counts) -> None:
        """Take in what another has counted."""
        for dimensions, days in counts.items():
            _add(self.counts.setdefault(dimensions, {}), days.items())

    def cells(self) -> Iterator[tuple[Any, ...]]:
        """All that is not zero: grain, day, dimensions, counts."""
        for dimensions, days in self.counts.items():
            months: dict[date, list[int]] = {}
            _add(months, ((day.replace(day=1), counts) for day, counts in days.items()))
            for grain, found in ((DAY, days), (MONTH, months)):
                for day, counts in found.items():
                    if any(counts):
                        yield (grain, day, *dimensions, *counts)


def _add(to: dict[date, list[int]], days: Iterable[tuple[date, list[int]]]) -> None:
    for day, counts in days:
        known = to.get(day)
        to[day] = counts.copy() if known is None else [a + b for a, b in zip(known, counts, strict=True)]
