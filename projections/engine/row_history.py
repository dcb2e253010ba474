"""Row history: the ended versions of a projection's rows, each with its period of validity.

A version is valid from the event that made it until the event that ended it. In time that is ``since <= T <
until``; in the log, ``since_position <= P < until_position``. The current version of a row is in the live
table, with its ``since`` and ``since_position``.

A query as of an instant or a position must be a plain index range. Therefore an ended version has one entry
for each ISO week (UTC; named by its Monday) and one for each block of positions that it overlaps. Week and
block share an entry as long as there are both; the remaining entries have NULL for the other.
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
"""A block is 2^20 positions."""
_INSTANT = timedelta(microseconds=1)


class RowVersion(NamedTuple):
    """The values of a row's historised fields, and since when they are valid."""

    keys: tuple[Any, ...]
    values: tuple[Any, ...]
    since: datetime
    since_position: int


def week_of(at: datetime) -> date:
    """Return the Monday of the week in which an instant lies, in UTC."""
    return _day(_monday(_utc(at)))


def _utc(at: datetime) -> datetime:
    return at if at.tzinfo is UTC else at.astimezone(UTC)


def _monday(at: datetime) -> int:
    """Return the ordinal of the Monday of its week. Day 1, 1 January of the year 1, is a Monday."""
    day = at.toordinal()
    return day - (day - 1) % 7


_day = lru_cache(date.fromordinal)


def block_of(position: int) -> int:
    return position >> BLOCK_BITS


def _weeks(since: datetime, until: datetime) -> list[date]:
    """Return the weeks that a version overlaps; none if it was replaced at the same instant."""
    if since == until:
        return []
    first, last = _monday(_utc(since)), _utc(until - _INSTANT).toordinal()
    return [_day(monday) for monday in range(first, last + 1, 7)]


class RowHistory:
    """Records the versions of rows while events are folded.

    ``ended`` are the entries of ended versions, as ``HistoryTable`` stores them.
    """

    def __init__(self, projection: Projection) -> None:
        key_of, self._values = projection.key_of, _values_of(projection.history)
        self._single = len(projection.key) == 1
        self._keys: Callable[[Any], tuple[Any, ...]] = (
            (lambda row: (key_of(row),)) if self._single else key_of
        )
        self._streams: dict[UUID, dict[Any, RowVersion]] = {}
        self._cached_stream: UUID | None = None
        self._cached: dict[Any, RowVersion] = {}
        self.ended: list[tuple[Any, ...]] = []

    def _within(self, stream: UUID) -> dict[Any, RowVersion]:
        """Return the current versions of a stream's rows by the rest of their keys."""
        if stream is not self._cached_stream:
            self._cached_stream, self._cached = stream, self._streams.setdefault(stream, {})
        return self._cached

    def _rest(self, row: Any) -> Any:
        return None if self._single else self._keys(row)[1:]

    def resume(self, row: Any, since: datetime, since_position: int) -> None:
        """Continue the current version of a row that was loaded from the table."""
        self._within(row.stream)[self._rest(row)] = RowVersion(
            self._keys(row), self._values(row), since, since_position
        )

    def since(self, row: Any) -> tuple[datetime, int]:
        """Return the instant and the position since which a row's current version is valid."""
        version = self._within(row.stream)[self._rest(row)]
        return version.since, version.since_position

    def record(self, position: int, event: Event, rows: Rows[Any]) -> None:
        """Record the changes that an event has made to the rows of its stream."""
        stream = event.originator_id
        current, versions = rows.within(stream), self._within(stream)
        for rest, row in current.items():
            version, values = versions.get(rest), self._values(row)
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
            self.ended.append((*entry, weeks[0], first))
        else:
            blocks = range(first, last + 1)
            self.ended += [(*entry, week, block) for week, block in zip_longest(weeks, blocks)]


def _values_of(names: tuple[str, ...]) -> Callable[[Any], tuple[Any, ...]]:
    """Return a function from a row to the values of these fields."""
    if len(names) == 1:
        (name,) = names
        return lambda row: (getattr(row, name),)
    return cast("Callable[[Any], tuple[Any, ...]]", attrgetter(*names))
