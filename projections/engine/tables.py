"""The table of a projection: what it is made of, and how rows are read from it and written to it.

Tables live in the current schema and belong to ``lapor_owner``; the service may only change rows.
All of them have the same few statements, built once from the row class.
"""

from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property
from typing import Any
from uuid import UUID

from lapor.domain.aggregate import Event
from lapor.store.database import Connection
from lapor.store.migrate import APP
from lapor.store.pg_arrays import UuidArray
from projections.engine.columns import columns, converter, copy_in
from projections.engine.errors import FoldError
from projections.engine.projection import Key, Projection, Rows
from projections.engine.rollups import RollupCounts
from projections.engine.row_history import RowHistory
from projections.engine.side_tables import NO_ROWS, SINCE, HistoryTable, RollupTable

_UNINDEX = """
    SELECT CASE WHEN conname IS NULL THEN format('DROP INDEX %%s', indexrelid::regclass)
                ELSE format('ALTER TABLE %%s DROP CONSTRAINT %%I', indrelid::regclass, conname) END
      FROM pg_index LEFT JOIN pg_constraint ON conindid = indexrelid
     WHERE indrelid = ANY(%s::regclass[])
"""


class Table:
    """The table of a projection's rows, with what stands beside it.

    ``name`` is given where it is not yet the live one. Who folds says where the days of its sums begin, and
    at which positions stand events that it passes over; who only reads needs neither.
    """

    def __init__(
        self,
        projection: Projection,
        name: str | None = None,
        *,
        zone: str = "UTC",
        skipped: Sequence[int] = (),
    ) -> None:
        self.projection = projection
        self.name = name or projection.table
        self.columns = columns(projection.row)
        self.past = HistoryTable(projection, self.name) if projection.history else None
        self.sums = RollupTable(projection.sums, projection, self.name) if projection.sums else None
        self.zone, self.skipped = zone, frozenset(skipped)
        self._stored = (*self.columns, *(SINCE if projection.history else ()))
        self._values_of, self._key_of = projection.values_of, projection.key_of
        self._dump = converter([column.dump for column in self.columns])
        self._load = converter([column.load for column in self.columns])

    @cached_property
    def selected(self) -> str:
        """What a SELECT must name, in the order in which ``row`` takes it."""
        return ", ".join(column.selected for column in self.columns)

    def row(self, values: Sequence[Any]) -> Any:
        """A row of the projection from what the database answered."""
        return self.projection.row(*self._load(values))

    @property
    def _side_writes(self) -> list[HistoryTable | RollupTable]:
        return [each for each in (self.past, self.sums) if each is not None]

    @property
    def names(self) -> list[str]:
        """All tables, this one first."""
        return [self.name, *(each.name for each in self._side_writes)]

    def create(self, connection: Connection) -> None:
        """Make the tables, without their indexes. The connection acts as ``lapor_owner``."""
        definitions = [", ".join(column.definition for column in self._stored)]
        definitions += [each.definitions for each in self._side_writes]
        for name, columns_ in zip(self.names, definitions, strict=True):
            connection.execute(f"CREATE TABLE {name} ({columns_})".encode())
            connection.execute(f"GRANT SELECT, INSERT, UPDATE, DELETE ON {name} TO {APP}".encode())

    @property
    def keys(self) -> list[str]:
        """Statements that make the keys; each locks its table."""
        key = f"ALTER TABLE {self.name} ADD PRIMARY KEY ({', '.join(self.projection.key)})"
        return [key, *(statement for each in self._side_writes for statement in each.keys)]

    @property
    def indexes(self) -> list[str]:
        """Statements that make indexes, side by side too. PostgreSQL names them: a swap meets no clash."""
        indexes = [f"CREATE INDEX ON {self.name} {index}" for index in self.projection.indexes]
        return indexes + [statement for each in self._side_writes for statement in each.indexes]

    def unindex(self, connection: Connection) -> None:
        """Take keys and indexes away, as far as they were made."""
        for (statement,) in connection.execute(_UNINDEX, [self.names]).fetchall():
            connection.execute(statement.encode())

    def drop(self, connection: Connection) -> None:
        """Throw the tables away, where they are."""
        for name in self.names:
            connection.execute(f"DROP TABLE IF EXISTS {name}".encode())

    @cached_property
    def _select_streams(self) -> str:
        selected = ", ".join(column.selected for column in self._stored)
        return f"SELECT {selected} FROM {self.name} WHERE stream = ANY(%b::uuid[])"  # noqa: S608

    @cached_property
    def upsert(self) -> str:
        """Puts records in the place of those of the same keys; tells whether there were any."""
        key = self.projection.key
        names = ", ".join(column.name for column in self._stored)
        changes = ", ".join(f"{c.name} = EXCLUDED.{c.name}" for c in self._stored if c.name not in key)
        return (
            f"INSERT INTO {self.name} ({names}) SELECT {names}"  # noqa: S608
            f" FROM json_populate_recordset(NULL::{self.name}, %t::json)"
            f" ON CONFLICT ({', '.join(key)}) DO UPDATE SET {changes} RETURNING stream, xmax <> 0 AS found"
        )  # xmax tells an updated row from an inserted one

    @cached_property
    def delete(self) -> str:
        """Takes the rows of these keys away."""
        same = " AND ".join(f"{self.name}.{name} = gone.{name}" for name in self.projection.key)
        return (
            f"DELETE FROM {self.name} USING json_populate_recordset(NULL::{self.name}, %t::json) AS gone"  # noqa: S608
            f" WHERE {same} {NO_ROWS}"
        )

    def row_history(self) -> RowHistory | None:
        """Who notes the past while events are folded; None where none is kept."""
        return RowHistory(self.projection) if self.past else None

    def load(
        self, connection: Connection, streams: Iterable[UUID], row_history: RowHistory | None
    ) -> Iterator[Any]:
        """The rows of these streams; the recorder learns since when they hold."""
        width = len(self.columns)
        for values in connection.rows(self._select_streams, [UuidArray(list(streams))]):
            row = self.row(values[:width])
            if row_history is not None:
                row_history.begin(row, *values[width:])
            yield row

    def fold(
        self, events: Iterable[tuple[int, Event]], rows: Rows[Any], row_history: RowHistory | None = None
    ) -> None:
        """Fold events, but those that are passed over, into rows. Raises ``FoldError``."""
        if self.skipped:
            events = [each for each in events if each[0] not in self.skipped]
        fold(self.projection, events, rows, row_history)

    def tally(self) -> RollupCounts:
        """Counts what is to be added to the sums, of a projection that has some."""
        assert self.projection.sums is not None  # noqa: S101 - the caller has looked
        return RollupCounts(self.projection.sums, self.zone)

    def record(self, key: Key, row: Any, row_history: RowHistory | None) -> dict[str, Any]:
        """A row as ``upsert`` takes it. Raises ``ValueError`` where the fold put it under another key."""
        if self._key_of(row) != key:
            message = f"{self.projection.name} put a row under a key that is not the row's"
            raise ValueError(message)
        values = self._values_of(row) + (row_history.beginning(row) if row_history else ())
        return {column.name: value for column, value in zip(self._stored, values, strict=True)}

    def key_record(self, key: Key) -> dict[str, Any]:
        """A key as ``delete`` takes it."""
        names = self.projection.key
        return dict(zip(names, (key,) if len(names) == 1 else key, strict=True))

    def copy(
        self, connection: Connection, rows: Iterable[Any], row_history: RowHistory | None = None
    ) -> None:
        """Write rows into a table that has none of these keys."""
        values = (
            self._dump(self._values_of(row) + (row_history.beginning(row) if row_history else ()))
            for row in rows
        )
        copy_in(connection, self.name, self._stored, values)


def fold(
    projection: Projection,
    events: Iterable[tuple[int, Event]],
    rows: Rows[Any],
    row_history: RowHistory | None = None,
) -> None:
    """Offer events to a fold in their order, those that it reads. Raises ``FoldError``."""
    project, look = projection.project, row_history.look if row_history else None
    offered = projection.offered
    for position, event in events:
        if not offered[type(event)]:
            continue
        rows.position = position
        try:
            project(event, rows)
        except Exception as error:
            raise FoldError(position, event.TOPIC, error) from error
        if look:
            look(position, event, rows)
