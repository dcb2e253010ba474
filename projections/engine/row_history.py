"""The past of a table: every version of a row that is over, with the moments between which it held.

A version holds from the event that brought it until the event that ended it: in time, from ``since`` to
``until`` (a moment T sees it where ``since <= T < until``), and in the log, from ``since_position`` up to
but without ``until_position``. The current version stands in the live table, with its beginning.

So that a question about a moment is an ordinary index range, a version stands once for each week that it
touches (ISO weeks in UTC, by the days of their Mondays) and once for each block of positions. Where it
touches more of one than of the other, the further entries have NULL in the other's column.
"""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from itertools import zip_longest
from operator import attrgetter
from typing import Any, NamedTuple, cast
from uuid import UUID

from lapor.domain.aggregate import Event
from projections.engine.projection import Projection, Rows

BLOCK_BITS = 20
"""A block is so many positions, as a power of two."""
_INSTANT = timedelta(microseconds=1)


class RowVersion(NamedTuple):
    """What the kept fields of a row say, and since when."""

    keys: tuple[Any, ...]
    values: tuple[Any, ...]
    since: datetime
    since_position: int


def week_of(at: datetime) -> date:
    """The Monday of the week in which an instant lies."""
    return _day(_monday(_utc(at)))


def _utc(at: datetime) -> datetime:
    return at if at.tzinfo is UTC else at.astimezone(UTC)


def _monday(at: datetime) -> int:
    """The number of the Monday of its week: days are counted from 1 January 1, a Monday."""
    day = at.toordinal()
    return day - (day - 1) % 7


_day = lru_cache(date.fromordinal)


def block_of(position: int) -> int:
    return position >> BLOCK_BITS


def _weeks(since: datetime, until: datetime) -> list[date]:
    """The weeks of a version; none where another took its place at once."""
    if since == until:
        return []
    first, last = _monday(_utc(since)), _utc(until - _INSTANT).toordinal()
    return [_day(monday) for monday in range(first, last + 1, 7)]


class RowHistory:
    """Follows what the rows say from event to event. ``over`` holds the entries for what has ended."""

    def __init__(self, projection: Projection) -> None:
        key_of, self._kept = projection.key_of, _values_of(projection.history)
        self._single = len(projection.key) == 1
        self._keys: Callable[[Any], tuple[Any, ...]] = (
            (lambda row: (key_of(row),)) if self._single else key_of
        )
        self._streams: dict[UUID, dict[Any, RowVersion]] = {}
        self._of_stream: UUID | None = None
        self._at_hand: dict[Any, RowVersion] = {}
        self.over: list[tuple[Any, ...]] = []

    def _within(self, stream: UUID) -> dict[Any, RowVersion]:
        """The current versions of a stream's rows, by the rest of their keys; the last stream is at hand."""
        if stream is not self._of_stream:
            self._of_stream, self._at_hand = stream, self._streams.setdefault(stream, {})
        return self._at_hand

    def _rest(self, row: Any) -> Any:
        return None if self._single else self._keys(row)[1:]

    def begin(self, row: Any, since: datetime, since_position: int) -> None:
        """Take up the current version of a row that was folded earlier."""
        self._within(row.stream)[self._rest(row)] = RowVersion(
            self._keys(row), self._kept(row), since, since_position
        )

    def beginning(self, row: Any) -> tuple[datetime, int]:
        """Since when a row's current version holds."""
        version = self._within(row.stream)[self._rest(row)]
        return version.since, version.since_position

    def look(self, position: int, event: Event, rows: Rows[Any]) -> None:
        """Note what an event has changed in the rows of its stream."""
        stream = event.originator_id
        current, versions = rows.within(stream), self._within(stream)
        for rest, row in current.items():
            version, values = versions.get(rest), self._kept(row)
            if version is None or version.values != values:
                if version is not None:
                    self._end(version, event.at, position)
                versions[rest] = RowVersion(self._keys(row), values, event.at, position)
        if len(versions) > len(current):
            for rest in versions.keys() - current.keys():
                self._end(versions.pop(rest), event.at, position)

    def _end(self, version: RowVersion, until: datetime, until_position: int) -> None:
        keys, values, since, position = version
        entry = (*keys, *values, since, until, position, until_position)
        weeks, first, last = _weeks(since, until), block_of(position), block_of(until_position - 1)
        if len(weeks) == 1 and first == last:
            self.over.append((*entry, weeks[0], first))
        else:
            blocks = range(first, last + 1)
            self.over += [(*entry, week, block) for week, block in zip_longest(weeks, blocks)]


def _values_of(names: tuple[str, ...]) -> Callable[[Any], tuple[Any, ...]]:
    """A function from a row to some of its fields."""
    if len(names) == 1:
        (name,) = names
        return lambda row: (getattr(row, name),)
    return cast("Callable[[Any], tuple[Any, ...]]", attrgetter(*names))
