"""The table of a projection: its definition, and the statements that read and write its rows.

Tables are in the current schema and belong to ``lapor_owner``; the service may only change rows. The
statements are the same for all tables, and are built once from the row class.
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

_DROP_INDEXES = """
    SELECT CASE WHEN conname IS NULL THEN format('DROP INDEX %%s', indexrelid::regclass)
                ELSE format('ALTER TABLE %%s DROP CONSTRAINT %%I', indrelid::regclass, conname) END
      FROM pg_index LEFT JOIN pg_constraint ON conindid = indexrelid
     WHERE indrelid = ANY(%s::regclass[])
"""


class Table:
    """The table of a projection's rows, with its side tables (row history, rollup).

    ``name`` is given if it is not the live table's. ``zone`` is the time zone of the rollup's local days;
    ``skipped`` are the positions of events that the fold skips. Readers need neither.
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
        self.history = HistoryTable(projection, self.name) if projection.history else None
        self.rollup = RollupTable(projection.rollup, projection, self.name) if projection.rollup else None
        self.zone, self.skipped = zone, frozenset(skipped)
        self._stored = (*self.columns, *((SINCE,) if projection.history else ()))
        self._values_of, self._key_of = projection.values_of, projection.key_of
        self._dump = converter([column.dump for column in self.columns])
        self._load = converter([column.load for column in self.columns])

    @cached_property
    def selected(self) -> str:
        """The select list whose values ``row`` takes."""
        return ", ".join(column.selected for column in self.columns)

    def row(self, values: Sequence[Any]) -> Any:
        """Return a row of the projection, made from the values of a result row."""
        return self.projection.row(*self._load(values))

    @property
    def _side_tables(self) -> list[HistoryTable | RollupTable]:
        return [each for each in (self.history, self.rollup) if each is not None]

    @property
    def names(self) -> list[str]:
        """The names of this table and its side tables: row history, then rollup."""
        return [self.name, *(each.name for each in self._side_tables)]

    def create(self, connection: Connection) -> None:
        """Make the tables without indexes. The connection must act as ``lapor_owner``."""
        definitions = [", ".join(column.definition for column in self._stored)]
        definitions += [each.definitions for each in self._side_tables]
        for name, columns_ in zip(self.names, definitions, strict=True):
            connection.execute(f"CREATE TABLE {name} ({columns_})".encode())
            connection.execute(f"GRANT SELECT, INSERT, UPDATE, DELETE ON {name} TO {APP}".encode())

    @property
    def keys(self) -> list[str]:
        """Statements that make the keys. Each locks its table."""
        key = f"ALTER TABLE {self.name} ADD PRIMARY KEY ({', '.join(self.projection.key)})"
        return [key, *(statement for each in self._side_tables for statement in each.keys)]

    @property
    def indexes(self) -> list[str]:
        """Statements that make indexes; they may run concurrently. PostgreSQL chooses unused names."""
        indexes = [f"CREATE INDEX ON {self.name} {index}" for index in self.projection.indexes]
        return indexes + [statement for each in self._side_tables for statement in each.indexes]

    def drop_indexes(self, connection: Connection) -> None:
        """Drop the keys and indexes that exist."""
        for (statement,) in connection.execute(_DROP_INDEXES, [self.names]).fetchall():
            connection.execute(statement.encode())

    def drop(self, connection: Connection) -> None:
        """Drop the tables that exist."""
        for name in self.names:
            connection.execute(f"DROP TABLE IF EXISTS {name}".encode())

    @cached_property
    def _select_streams(self) -> str:
        selected = ", ".join(column.selected for column in self._stored)
        return f"SELECT {selected} FROM {self.name} WHERE stream = ANY(%b::uuid[])"  # noqa: S608

    @cached_property
    def upsert(self) -> str:
        """Inserts records, or updates the rows of the same keys (then ``found`` is true)."""
        key = self.projection.key
        names = ", ".join(column.name for column in self._stored)
        changes = ", ".join(f"{c.name} = EXCLUDED.{c.name}" for c in self._stored if c.name not in key)
        return (
            f"INSERT INTO {self.name} ({names}) SELECT {names}"  # noqa: S608
            f" FROM json_populate_recordset(NULL::{self.name}, %t::json)"
            f" ON CONFLICT ({', '.join(key)}) DO UPDATE SET {changes} RETURNING stream, xmax <> 0 AS found"
        )  # xmax is 0 for an inserted row only

    @cached_property
    def delete(self) -> str:
        """Deletes the rows of these keys."""
        same = " AND ".join(f"{self.name}.{name} = gone.{name}" for name in self.projection.key)
        return (
            f"DELETE FROM {self.name} USING json_populate_recordset(NULL::{self.name}, %t::json) AS gone"  # noqa: S608
            f" WHERE {same} {NO_ROWS}"
        )

    def row_history(self) -> RowHistory | None:
        """Return a recorder of row versions for a fold; None if the projection has no row history."""
        return RowHistory(self.projection) if self.history else None

    def load(
        self, connection: Connection, streams: Iterable[UUID], row_history: RowHistory | None
    ) -> Iterator[Any]:
        """Yield the rows of these streams; ``row_history`` continues their current versions."""
        width = len(self.columns)
        for values in connection.rows(self._select_streams, [UuidArray(list(streams))]):
            row = self.row(values[:width])
            if row_history is not None:
                row_history.resume(row, *values[width:])
            yield row

    def fold(
        self, events: Iterable[tuple[int, Event]], rows: Rows[Any], row_history: RowHistory | None = None
    ) -> None:
        """Fold events into rows, except the skipped ones. Raises ``FoldError``."""
        if self.skipped:
            events = [each for each in events if each[0] not in self.skipped]
        fold(self.projection, events, rows, row_history)

    def rollup_counts(self) -> RollupCounts:
        """Return empty counts for the rollup. The projection must have one."""
        assert self.projection.rollup is not None  # noqa: S101 - the caller has checked
        return RollupCounts(self.projection.rollup, self.zone)

    def record(self, key: Key, row: Any, row_history: RowHistory | None) -> dict[str, Any]:
        """Return a row as ``upsert`` takes it. Raises ``ValueError`` if the fold gave it another key."""
        if self._key_of(row) != key:
            message = f"{self.projection.name} stored a row under a key that is not the row's"
            raise ValueError(message)
        values = self._values_of(row) + ((row_history.since(row),) if row_history else ())
        return {column.name: value for column, value in zip(self._stored, values, strict=True)}

    def key_record(self, key: Key) -> dict[str, Any]:
        """Return a key as ``delete`` takes it."""
        names = self.projection.key
        return dict(zip(names, (key,) if len(names) == 1 else key, strict=True))

    def copy(
        self, connection: Connection, rows: Iterable[Any], row_history: RowHistory | None = None
    ) -> None:
        """Write rows with COPY. The table must have none of their keys."""
        values = (
            self._dump(self._values_of(row) + ((row_history.since(row),) if row_history else ()))
            for row in rows
        )
        copy_in(connection, self.name, self._stored, values)


def fold(
    projection: Projection,
    events: Iterable[tuple[int, Event]],
    rows: Rows[Any],
    row_history: RowHistory | None = None,
) -> None:
    """Fold the events that a projection reads, in their order. Raises ``FoldError``."""
    project, record = projection.project, row_history.record if row_history else None
    offered = projection.offered
    for position, event in events:
        if not offered[type(event)]:
            continue
        rows.position = position
        try:
            project(event, rows)
        except Exception as error:
            raise FoldError(position, event.TOPIC, error) from error
        if record:
            record(event, rows)
