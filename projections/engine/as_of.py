"""Queries as of an instant: which row versions were valid then, in an order, page by page.

The row history has only the fields that lists filter and sort by. The other fields of the few complaints on a
page are folded from their events, by ``projections.complaints.description``.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from lapor.store.database import Connection, Database
from lapor.store.event_log import RecordedEvent
from projections.engine.side_tables import VALID_AT
from projections.engine.tables import Table

_BEGIN = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"
_IN_ORDER = "SET LOCAL enable_bitmapscan = off"


@dataclass(frozen=True, slots=True)
class AsOf:
    """Every event with ``at`` up to this instant, and among the log's first ``position``; by default all."""

    at: datetime | None = None
    position: int | None = None

    @property
    def now(self) -> bool:
        """True if every event counts."""
        return self.at is None and self.position is None

    def of(
        self, rows: Sequence[RecordedEvent], dated: Callable[[datetime], datetime]
    ) -> Sequence[RecordedEvent]:
        """Return the events of a stream that count, with both an instant and a position those that fit both.

        ``dated`` gives the instant that the viewer sees. Viewers who see only days could otherwise find the
        second by asking for moments.
        """
        if self.now:
            return rows
        return [
            row
            for row in rows
            if (self.position is None or row.position <= self.position)
            and (self.at is None or dated(row.event().at) <= self.at)
        ]


@contextmanager
def snapshot(database: Database, *, in_order: bool = False) -> Iterator[Connection]:
    """Open a REPEATABLE READ, read-only transaction: all its queries see the same state of the tables.

    ``in_order`` disables bitmap scans, so that a query with LIMIT walks an index in its order. Otherwise the
    planner, if it underestimates the matches, fetches them all and sorts them.
    """
    with database.connection() as connection:
        connection.execute(f"{_BEGIN}; {_IN_ORDER}" if in_order else _BEGIN)
        yield connection
        connection.execute("COMMIT")  # after an error the connection is closed instead


SortKey = tuple[datetime | None, UUID]
"""The instant that a row is sorted by, and its stream: the place of a row in keyset pagination."""


@dataclass(frozen=True, slots=True)
class SortOrder:
    """The field that rows are sorted by, and the last row of the previous page (``after``)."""

    field: str
    expression: str
    """The field as the indexes have it: NULL as infinity, so that it comes last."""
    descending: bool = False
    after: SortKey | None = None

    def comes_after(self, name: str) -> str:
        """Return the condition that a row comes after the sort key in the parameters ``name``."""
        instant, sign = _INSTANT.format(name), "<" if self.descending else ">"
        # The first half follows from the second. An index can use it even for columns of two tables.
        return (
            f"{self.expression} {sign}= {instant}"
            f" AND ({self.expression}, stream) {sign} ({instant}, %({name}_stream)s)"
        )

    @property
    def sql(self) -> str:
        direction = "DESC" if self.descending else "ASC"
        return f"ORDER BY {self.expression} {direction}, stream {direction}"

    @property
    def parts(self) -> Iterator[tuple[list[str], str]]:
        """Yield conditions and order of each part of the rows: those with an instant, then those without.

        The former are in the order of their distance from a day before all, for that is an order in which a
        GiST index can be walked; the latter in the order of their streams.
        """
        if self.expression == self.field:
            yield ([self.comes_after("after")] if self.after else []), self.sql
            return
        instant = self.after and self.after[0]
        if not self.after or instant:
            after = [replace(self, expression=self.field).comes_after("after")] if self.after else []
            yield [f"{self.field} IS NOT NULL", *after], f"ORDER BY {self.field} <-> {_BEFORE_ALL}, stream"
        beyond = ["stream > %(after_stream)s"] if self.after and not instant else []
        yield [f"{self.field} IS NULL", *beyond], "ORDER BY stream"

    def sorted(self, keys: Iterable[SortKey]) -> list[SortKey]:
        last = datetime.max.replace(tzinfo=UTC)
        return sorted(keys, key=lambda key: (key[0] or last, key[1]), reverse=self.descending)


_BEFORE_ALL = "'1900-01-01T00:00:00Z'::timestamptz"  # no event is dated earlier
_INSTANT = "coalesce(%({0})s::timestamptz, 'infinity'::timestamptz)"


def page_at(
    connection: Connection,
    table: Table,
    at: datetime,
    order: SortOrder,
    *,
    conditions: Sequence[str],
    parameters: Mapping[str, Any],
    limit: int,
    fields: Sequence[str],
) -> dict[UUID, Sequence[Any]]:
    """Return the first rows, in an order, that were valid at an instant and meet the conditions, by stream.

    Each is given by its values of ``fields``, which must be fields with a row history.
    """
    assert table.history is not None  # noqa: S101 - the projection declares a history
    instant, stream = order.after or (None, None)
    values = {**parameters, "at": at, "after": instant, "after_stream": stream}
    found: dict[UUID, Sequence[Any]] = {}
    for part, order_by in order.parts:
        if len(found) < limit:
            query = f"""
                SELECT {", ".join(("stream", *fields))} FROM {table.history.name}
                 WHERE {" AND ".join([VALID_AT, *part, *conditions])} {order_by} LIMIT %(limit)s
            """  # noqa: S608 - constants only
            # Not prepared: the best plan depends on how long ago the instant is.
            rows = connection.execute(
                query.encode(), {**values, "limit": limit - len(found)}, binary=True, prepare=False
            )
            found |= {stream: rest for stream, *rest in rows}
    return found


def page_of_candidates(
    connection: Connection,
    table: Table,
    at: datetime,
    order: SortOrder,
    *,
    source: str,
    conditions: Sequence[str],
    parameters: Mapping[str, Any],
    limit: int,
    fields: Sequence[str],
) -> dict[UUID, Sequence[Any]]:
    """Return the same, if another table, ``source`` (alias ``s``), has the candidate streams.

    They are read from it in its order, and the version of each is looked up, until the page is full.
    """
    assert table.history is not None  # noqa: S101 - the projection declares a history
    values = {**parameters, "at": at, "limit": limit}
    if order.after is not None:
        conditions = [*conditions, order.comes_after("after")]
        values["after"], values["after_stream"] = order.after
    historised = ", ".join(table.projection.history)
    query = f"""
        SELECT {", ".join(("stream", *fields))} FROM {source} AS s CROSS JOIN LATERAL (
            SELECT {historised} FROM {table.history.name} WHERE stream = s.stream AND {VALID_AT}
        ) AS row_version WHERE {" AND ".join(conditions)} {order.sql} LIMIT %(limit)s
    """  # noqa: S608 - constants only
    rows = connection.execute(query.encode(), values, binary=True, prepare=False)
    return {stream: rest for stream, *rest in rows}
