"""Sums by local day and by month, kept by the engine: as many cells as there are days, not as rows.

A cell counts what is final: something that happened on a day, or was due on it, whatever comes later. So
the sums up to a moment need no clock, and a year is twelve months of cells; days are read at the edges.
"""

from collections.abc import Callable, Iterable, Iterator
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from projections.projection import Sums

DAY, MONTH = "day", "month"
Cell = tuple[Any, ...]
"""A local day (or a month's first), and the values of the dimensions."""
_FORTNIGHT = timedelta(days=14)


@lru_cache
def local_day(zone: str) -> Callable[[datetime], date]:
    """A function from an instant to its day in a zone. Raises ``ZoneInfoNotFoundError``."""
    tz = ZoneInfo(zone)
    return lambda at: at.astimezone(tz).date()


class Tally:
    """Counts of a projection's rows: one more for what is put in, one less for what is taken out."""

    def __init__(self, sums: Sums, zone: str) -> None:
        self._of, self._day = sums.of, local_day(zone)
        self._index = {measure: n for n, measure in enumerate(sums.measures)}
        self._none = [0] * len(sums.measures)
        self.days: dict[Cell, list[int]] = {}

    def count(self, row: Any, more: int) -> None:
        """Count a row in (1) or out (-1)."""
        for at, dimensions, measure in self._of(row):
            cell = (self._day(at), *dimensions)
            counts = self.days.get(cell)
            if counts is None:
                counts = self.days[cell] = self._none.copy()
            counts[self._index[measure]] += more

    def add(self, days: dict[Cell, list[int]]) -> None:
        """Take in what another has counted."""
        _add(self.days, days.items())

    def cells(self) -> Iterator[tuple[Any, ...]]:
        """All that is not zero: grain, day, dimensions, counts."""
        months: dict[Cell, list[int]] = {}
        _add(months, (((cell[0].replace(day=1), *cell[1:]), counts) for cell, counts in self.days.items()))
        for grain, found in ((DAY, self.days), (MONTH, months)):
            for cell, counts in found.items():
                if any(counts):
                    yield (grain, *cell, *counts)


def _add(to: dict[Cell, list[int]], cells: Iterable[tuple[Cell, list[int]]]) -> None:
    for cell, counts in cells:
        known = to.get(cell)
        to[cell] = counts.copy() if known is None else [a + b for a, b in zip(known, counts, strict=True)]
