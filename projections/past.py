"""The past of a table: every version of a row that is over, with the moments between which it held.

A version holds from the fact that brought it until the fact that ended it: in time, from ``since`` to
``until`` (a moment T sees it where ``since <= T < until``), and in the log, from ``since_position`` up to
but without ``until_position``. The current version stands in the live table, with its beginning.

So that a question about a moment is an ordinary index range, a version stands once for each week that it
touches (ISO weeks in UTC, by the days of their Mondays) and once for each block of positions. Where it
touches more of one than of the other, the further entries have NULL in the other's column.
"""

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from itertools import zip_longest
from operator import attrgetter
from typing import Any, cast
from uuid import UUID

from lapor.domain.aggregate import Fact
from projections.projection import Key, Projection, Rows

BLOCK_BITS = 20
"""A block is so many positions, as a power of two."""
_DAY = timedelta(days=1)
_WEEK = timedelta(days=7)
_INSTANT = timedelta(microseconds=1)

Version = tuple[tuple[Any, ...], datetime, int]
"""What the kept fields say; since when; since which position."""


def week_of(at: datetime) -> date:
    """The Monday of the week in which an instant lies."""
    day = at.astimezone(UTC).date()
    return day - day.weekday() * _DAY


def block_of(position: int) -> int:
    return position >> BLOCK_BITS


def _weeks(since: datetime, until: datetime) -> Iterator[date]:
    """The weeks of a version; none where another took its place at once."""
    if since < until:
        week, last = week_of(since), week_of(until - _INSTANT)
        while week <= last:
            yield week
            week += _WEEK


class Recorder:
    """Follows what the rows say from fact to fact. ``over`` holds the entries for what has ended."""

    def __init__(self, projection: Projection) -> None:
        self._key_of = projection.key_of
        self._kept = _values_of(projection.history)
        self._single = len(projection.key) == 1
        self._versions: dict[UUID, dict[Key, Version]] = {}
        self.over: list[tuple[Any, ...]] = []

    def begin(self, row: Any, since: datetime, since_position: int) -> None:
        """Take up the current version of a row that was folded earlier."""
        versions = self._versions.setdefault(row.stream, {})
        versions[self._key_of(row)] = (self._kept(row), since, since_position)

    def beginning(self, row: Any) -> tuple[datetime, int]:
        """Since when a row's current version holds."""
        _, since, position = self._versions[row.stream][self._key_of(row)]
        return since, position

    def forget(self, stream: UUID) -> None:
        self._versions.pop(stream, None)

    def look(self, position: int, fact: Fact, rows: Rows[Any]) -> None:
        """Note what a fact has changed in the rows of its stream."""
        stream = fact.originator_id
        current = rows.keyed(stream)
        versions = self._versions.get(stream)
        if versions is None:
            if not current:
                return
            versions = self._versions[stream] = {}
        for key in [key for key in versions if key not in current]:
            self._end(key, versions.pop(key), fact.at, position)
        for key, row in current.items():
            version, values = versions.get(key), self._kept(row)
            if version is None or version[0] != values:
                if version is not None:
                    self._end(key, version, fact.at, position)
                versions[key] = (values, fact.at, position)

    def _end(self, key: Key, version: Version, until: datetime, until_position: int) -> None:
        values, since, position = version
        keys = (key,) if self._single else key
        weeks = _weeks(since, until)
        blocks = range(block_of(position), block_of(until_position - 1) + 1)
        for week, block in zip_longest(weeks, blocks):
            self.over.append((*keys, *values, since, until, position, until_position, week, block))


def _values_of(names: tuple[str, ...]) -> Callable[[Any], tuple[Any, ...]]:
    """A function from a row to some of its fields."""
    if len(names) == 1:
        (name,) = names
        return lambda row: (getattr(row, name),)
    return cast("Callable[[Any], tuple[Any, ...]]", attrgetter(*names))
