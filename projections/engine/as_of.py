"""How things stood at a moment: which rows held then, and what they said.

Which rows held is asked of the tables of the past, by those fields alone that a list filters and sorts by.
``projections.complaints.description`` says what a complaint was known as, from the events of the few shown.
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

    Tables judge deadlines at ``at``: with a position it is the horizon.
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
def one_state(database: Database, *, in_order: bool = False) -> Iterator[Connection]:
    """A connection on which several looks see the same, whatever is folded in between.

    ``in_order``: they look for the first that an index has in its order. Where the planner takes all that fit
    for few, it would gather them and sort.
    """
    with database.connection() as connection:
        connection.execute(f"{_BEGIN}; {_IN_ORDER}" if in_order else _BEGIN)
        yield connection
        connection.execute("COMMIT")  # where this is not reached, the connection is closed


SortKey = tuple[datetime | None, UUID]
"""The sorted instant and the stream of a row."""


@dataclass(frozen=True, slots=True)
class SortOrder:
    """By which field rows are sorted, and where a page begins: ``after`` is the last that was seen."""

    field: str
    expression: str
    """That field as an index has it: what says nothing stands last."""
    descending: bool = False
    after: SortKey | None = None

    def beyond(self, name: str) -> str:
        """The condition that a row comes after the place ``name``."""
        return self._compared("<" if self.descending else ">", name)

    def up_to(self, name: str) -> str:
        """The condition that it does not."""
        return self._compared(">=" if self.descending else "<=", name)

    def _compared(self, sign: str, name: str) -> str:
        instant = _INSTANT.format(name)
        # The first half follows from the second, and an index can use it where the two are of two tables.
        return (
            f"{self.expression} {sign[0]}= {instant}"
            f" AND ({self.expression}, stream) {sign} ({instant}, %({name}_stream)s)"
        )

    @property
    def sql(self) -> str:
        direction = "DESC" if self.descending else "ASC"
        return f"ORDER BY {self.expression} {direction}, stream {direction}"

    def sorted(self, places: Iterable[SortKey]) -> list[SortKey]:
        last = datetime.max.replace(tzinfo=UTC)
        return sorted(places, key=lambda place: (place[0] or last, place[1]), reverse=self.descending)


_INSTANT = "coalesce(%({0})s::timestamptz, 'infinity'::timestamptz)"


def first_at(
    connection: Connection,
    table: Table,
    moment: AsOf,
    order: SortOrder,
    *,
    conditions: Sequence[str],
    asked: Mapping[str, Any],
    limit: int,
    fields: Sequence[str],
) -> dict[UUID, Sequence[Any]]:
    """The first complaints, in an order, whose rows held at a moment and fit; ``stood`` names the rows.

    With what these said in ``fields`` of which the past is kept.

    Each half is read in the order of an index: first what is over by now, then of what is current no more
    than could come before the last of these.
    """
    assert table.past is not None  # noqa: S101 - the projection declares a history
    asked = {**asked, **moment.asked, "limit": limit}
    conditions, asked = _beyond(order, conditions, asked)

    selected = ", ".join((order.field, "stream", *fields))

    def found(name: str, *more: str) -> list[Sequence[Any]]:
        where = " AND ".join([*more, *conditions])
        query = (
            f"SELECT {selected} FROM {name} AS stood"  # noqa: S608 - words of our own
            f" WHERE {where} {order.sql} LIMIT %(limit)s"
        )
        # How long ago a moment is decides the way: a plan made once would be wrong for most.
        return connection.execute(query.encode(), asked, binary=True, prepare=False).fetchall()

    over = found(table.past.name, moment.over)
    bound = []
    if len(over) == limit:
        last, stream, *_ = over[-1]
        bound, asked = [order.up_to("bound")], asked | _place("bound", (last, stream))
    current = found(table.name, moment.current, *bound)
    said = {(place, stream): rest for place, stream, *rest in (*over, *current)}
    return {place[1]: said[place] for place in order.sorted(said)[:limit]}


def first_of(
    connection: Connection,
    table: Table,
    moment: AsOf,
    order: SortOrder,
    *,
    source: str,
    conditions: Sequence[str],
    asked: Mapping[str, Any],
    limit: int,
    fields: Sequence[str],
) -> dict[UUID, Sequence[Any]]:
    """The same, where another table, ``source``, known as ``s``, tells of which streams they could be.

    They are taken from it in its order, and how each stood is looked up until there are enough.
    """
    assert table.past is not None  # noqa: S101 - the projection declares a history
    conditions, asked = _beyond(order, conditions, {**asked, **moment.asked, "limit": limit})
    kept = ", ".join(table.projection.history)
    query = f"""
        SELECT {", ".join(("stream", *fields))} FROM {source} AS s CROSS JOIN LATERAL (
            SELECT {kept} FROM {table.past.name} WHERE stream = s.stream AND {moment.over}
            UNION ALL
            SELECT {kept} FROM {table.name} WHERE stream = s.stream AND {moment.current}
        ) AS stood WHERE {" AND ".join(conditions)} {order.sql} LIMIT %(limit)s
    """  # noqa: S608 - words of our own
    found = connection.execute(query.encode(), asked, binary=True, prepare=False)
    return {stream: said for stream, *said in found}


def _beyond(
    order: SortOrder, conditions: Sequence[str], asked: dict[str, Any]
) -> tuple[Sequence[str], dict[str, Any]]:
    """With the condition that a page begins where the one before it ended."""
    if order.after is None:
        return conditions, asked
    return [*conditions, order.beyond("after")], asked | _place("after", order.after)


def _place(name: str, place: SortKey) -> dict[str, Any]:
    return {name: place[0], f"{name}_stream": place[1]}
