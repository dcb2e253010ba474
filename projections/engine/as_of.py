"""Queries as of an instant or a position: which row versions were valid then, in an order, page by page.

The row history has only the fields that lists filter and sort by. The other fields of the few complaints on a
page are folded from their events, by ``projections.complaints.description``.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from lapor.store.database import Connection, Database
from lapor.store.event_log import RecordedEvent
from projections.engine.row_history import block_of, week_of
from projections.engine.tables import Table

_BEGIN = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"
_IN_ORDER = "SET LOCAL enable_bitmapscan = off"


@dataclass(frozen=True, slots=True)
class AsOf:
    """Every event with ``at`` up to this instant, or the log's first ``position`` events; by default all.

    Tables judge deadlines at ``at``: with a position it is the watermark.
    """

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

    @property
    def asked(self) -> dict[str, Any]:
        """The parameters of ``over`` and ``current``."""
        if self.position is not None:
            return {"moment": self.position, "part": block_of(self.position)}
        return {"moment": self.at, "part": week_of(self.at) if self.at else None}

    @property
    def over(self) -> str:
        """Whether an entry of the past held then."""
        if self.position is not None:
            return f"block = %(part)s AND {self.current} AND until_position > %(moment)s"
        return f"week = %(part)s AND {self.current} AND until > %(moment)s"

    @property
    def current(self) -> str:
        """Whether what a current row says held then already."""
        return f"{'since' if self.position is None else 'since_position'} <= %(moment)s"


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
        return self._compared("<" if self.descending else ">", name)

    def comes_not_after(self, name: str) -> str:
        """Return the condition that a row does not come after it."""
        return self._compared(">=" if self.descending else "<=", name)

    def _compared(self, sign: str, name: str) -> str:
        instant = _INSTANT.format(name)
        # The first half follows from the second. An index can use it even for columns of two tables.
        return (
            f"{self.expression} {sign[0]}= {instant}"
            f" AND ({self.expression}, stream) {sign} ({instant}, %({name}_stream)s)"
        )

    @property
    def sql(self) -> str:
        direction = "DESC" if self.descending else "ASC"
        return f"ORDER BY {self.expression} {direction}, stream {direction}"

    def sorted(self, keys: Iterable[SortKey]) -> list[SortKey]:
        last = datetime.max.replace(tzinfo=UTC)
        return sorted(keys, key=lambda key: (key[0] or last, key[1]), reverse=self.descending)


_INSTANT = "coalesce(%({0})s::timestamptz, 'infinity'::timestamptz)"


def page_at(
    connection: Connection,
    table: Table,
    moment: AsOf,
    order: SortOrder,
    *,
    conditions: Sequence[str],
    parameters: Mapping[str, Any],
    limit: int,
    fields: Sequence[str],
) -> dict[UUID, Sequence[Any]]:
    """Return the first rows, in an order, that were valid at a moment and meet the conditions, by stream.

    Each is given by its values of ``fields``, which must be fields with a row history.

    Both halves are read in the order of an index: first the ended versions, then the current ones, only as
    far as they can precede the last of the former.
    """
    assert table.history is not None  # noqa: S101 - the projection declares a history
    values = {**parameters, **moment.asked, "limit": limit}
    conditions, values = _with_page_start(order, conditions, values)

    selected = ", ".join((order.field, "stream", *fields))

    def select(name: str, *more: str) -> list[Sequence[Any]]:
        where = " AND ".join([*more, *conditions])
        query = (
            f"SELECT {selected} FROM {name} AS row_version"  # noqa: S608 - constants only
            f" WHERE {where} {order.sql} LIMIT %(limit)s"
        )
        # Not prepared: the best plan depends on how long ago the moment is.
        return connection.execute(query.encode(), values, binary=True, prepare=False).fetchall()

    ended = select(table.history.name, moment.over)
    bound = []
    if len(ended) == limit:
        instant, stream, *_ = ended[-1]
        bound = [order.comes_not_after("bound")]
        values |= _key_parameters("bound", (instant, stream))
    current = select(table.name, moment.current, *bound)
    versions = {(instant, stream): rest for instant, stream, *rest in (*ended, *current)}
    return {key[1]: versions[key] for key in order.sorted(versions)[:limit]}


def page_of_candidates(
    connection: Connection,
    table: Table,
    moment: AsOf,
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
    values = {**parameters, **moment.asked, "limit": limit}
    conditions, values = _with_page_start(order, conditions, values)
    historised = ", ".join(table.projection.history)
    query = f"""
        SELECT {", ".join(("stream", *fields))} FROM {source} AS s CROSS JOIN LATERAL (
            SELECT {historised} FROM {table.history.name} WHERE stream = s.stream AND {moment.over}
            UNION ALL
            SELECT {historised} FROM {table.name} WHERE stream = s.stream AND {moment.current}
        ) AS row_version WHERE {" AND ".join(conditions)} {order.sql} LIMIT %(limit)s
    """  # noqa: S608 - constants only
    rows = connection.execute(query.encode(), values, binary=True, prepare=False)
    return {stream: rest for stream, *rest in rows}


def _with_page_start(
    order: SortOrder, conditions: Sequence[str], parameters: dict[str, Any]
) -> tuple[Sequence[str], dict[str, Any]]:
    """Add the condition that a page begins after the previous one."""
    if order.after is None:
        return conditions, parameters
    return [*conditions, order.comes_after("after")], parameters | _key_parameters("after", order.after)


def _key_parameters(name: str, key: SortKey) -> dict[str, Any]:
    return {name: key[0], f"{name}_stream": key[1]}
