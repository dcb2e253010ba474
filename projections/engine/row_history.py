"""Row history: the versions of a projection's rows, each with its period of validity.

A version is valid from the instant of the event that made it until the instant of the event that ended it:
``since <= T < until``. The history table has one row for each version, with this period as a range; the
current version's has no end. A version that was replaced at the instant that made it was valid at no moment,
and is left out.
"""

from collections.abc import Callable, Iterator
from datetime import datetime
from operator import attrgetter
from typing import Any, NamedTuple, cast
from uuid import UUID

from lapor.domain.aggregate import Event
from projections.engine.projection import Projection, Rows


class RowVersion(NamedTuple):
    """The values of a row's historised fields, and since when they are valid."""

    keys: tuple[Any, ...]
    values: tuple[Any, ...]
    since: datetime
    stored: bool
    """Whether the history table has it, as a current version."""


class RowHistory:
    """Records the versions of rows while events are folded: what the history table lacks."""

    def __init__(self, projection: Projection) -> None:
        key_of, self._values = projection.key_of, _values_of(projection.history)
        self._single = len(projection.key) == 1
        self._keys: Callable[[Any], tuple[Any, ...]] = (
            (lambda row: (key_of(row),)) if self._single else key_of
        )
        self._streams: dict[UUID, dict[Any, RowVersion]] = {}
        self._cached_stream: UUID | None = None
        self._cached: dict[Any, RowVersion] = {}
        self._begun_and_ended: list[tuple[Any, ...]] = []
        self.ended: list[tuple[Any, ...]] = []
        """The keys of each stored version that has ended, and when."""
        self.dropped: list[tuple[Any, ...]] = []
        """The keys of each stored version that was valid at no moment."""

    def _within(self, stream: UUID) -> dict[Any, RowVersion]:
        """Return the current versions of a stream's rows by the rest of their keys."""
        if stream is not self._cached_stream:
            self._cached_stream, self._cached = stream, self._streams.setdefault(stream, {})
        return self._cached

    def _rest(self, row: Any) -> Any:
        return None if self._single else self._keys(row)[1:]

    def resume(self, row: Any, since: datetime) -> None:
        """Continue the current version of a row that was loaded from the table."""
        version = RowVersion(self._keys(row), self._values(row), since, stored=True)
        self._within(row.stream)[self._rest(row)] = version

    def since(self, row: Any) -> datetime:
        """Return the instant since which a row's current version is valid."""
        return self._within(row.stream)[self._rest(row)].since

    def record(self, event: Event, rows: Rows[Any]) -> None:
        """Record the changes that an event has made to the rows of its stream."""
        stream = event.originator_id
        current, versions = rows.within(stream), self._within(stream)
        for rest, row in current.items():
            version, values = versions.get(rest), self._values(row)
            if version is None or version.values != values:
                if version is not None:
                    self._end(version, event.at)
                versions[rest] = RowVersion(self._keys(row), values, event.at, stored=False)
        if len(versions) > len(current):
            for rest in versions.keys() - current.keys():
                self._end(versions.pop(rest), event.at)

    def _end(self, version: RowVersion, until: datetime) -> None:
        keys, values, since, stored = version
        if stored and since < until:
            self.ended.append((*keys, until))
        elif stored:
            self.dropped.append(keys)
        elif since < until:
            self._begun_and_ended.append((*keys, *values, since, until))

    def begun(self) -> Iterator[tuple[Any, ...]]:
        """Yield each version that is not stored: keys, values, since, and until (None: it is current)."""
        yield from self._begun_and_ended
        for versions in self._streams.values():
            for keys, values, since, stored in versions.values():
                if not stored:
                    yield (*keys, *values, since, None)


def _values_of(names: tuple[str, ...]) -> Callable[[Any], tuple[Any, ...]]:
    """Return a function from a row to the values of these fields."""
    if len(names) == 1:
        (name,) = names
        return lambda row: (getattr(row, name),)
    return cast("Callable[[Any], tuple[Any, ...]]", attrgetter(*names))
