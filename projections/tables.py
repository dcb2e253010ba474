"""The table of a projection: what it is made of, and how rows are read from it and written to it.

Tables live in the current schema and belong to ``lapor_owner``; the service may only change rows.
All of them have the same few statements, built once from the row class.
"""

from collections.abc import Iterable, Sequence
from functools import cached_property
from typing import Any
from uuid import UUID

import psycopg
from psycopg.rows import BaseRowFactory

from lapor.domain.aggregate import Fact
from lapor.store.migrate import APP
from projections.columns import columns, converter, encode, row_factory
from projections.failures import FoldError
from projections.projection import Key, Projection, Rows

Connection = psycopg.Connection[Any]


class Table:
    """The table of a projection's rows; ``name`` where it is not yet the live one."""

    def __init__(self, projection: Projection, name: str | None = None) -> None:
        self.projection = projection
        self.name = name or projection.table
        self.columns = columns(projection.row)
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
    def row_factory(self) -> BaseRowFactory[Any]:
        return row_factory(self.projection.row)

    def create(self, connection: Connection) -> None:
        """Make the table, without its indexes. The connection acts as ``lapor_owner``."""
        definitions = ", ".join(column.definition for column in self.columns)
        connection.execute(f"CREATE TABLE {self.name} ({definitions})".encode())
        connection.execute(f"GRANT SELECT, INSERT, UPDATE, DELETE ON {self.name} TO {APP}".encode())

    def index(self, connection: Connection) -> None:
        """Make its key and indexes; their names are left to PostgreSQL, so that a swap meets no clash."""
        key = ", ".join(self.projection.key)
        connection.execute(f"ALTER TABLE {self.name} ADD PRIMARY KEY ({key})".encode())
        for index in self.projection.indexes:
            connection.execute(f"CREATE INDEX ON {self.name} {index}".encode())

    @cached_property
    def _select_streams(self) -> bytes:
        return f"SELECT {self.selected} FROM {self.name} WHERE stream = ANY(%b::uuid[])".encode()  # noqa: S608

    @cached_property
    def _upsert(self) -> bytes:
        key = self.projection.key
        names = ", ".join(column.name for column in self.columns)
        changes = ", ".join(f"{c.name} = EXCLUDED.{c.name}" for c in self.columns if c.name not in key)
        return (
            f"INSERT INTO {self.name} ({names}) SELECT {names}"  # noqa: S608
            f" FROM json_populate_recordset(NULL::{self.name}, %t::json)"
            f" ON CONFLICT ({', '.join(key)}) DO UPDATE SET {changes}"
        ).encode()

    @cached_property
    def _delete(self) -> bytes:
        key = self.projection.key
        types = {column.name: column.sql for column in self.columns}
        arrays = ", ".join(f"%b::{types[name]}[]" for name in key)
        return (
            f"DELETE FROM {self.name} WHERE ({', '.join(key)}) IN (SELECT * FROM unnest({arrays}))"  # noqa: S608
        ).encode()

    def load(self, connection: Connection, streams: Iterable[UUID]) -> Rows[Any]:
        """The rows of these streams."""
        rows = self.projection.rows()
        for values in connection.execute(self._select_streams, [list(streams)], binary=True):
            row = self.row(values)
            rows[self._key_of(row)] = row
        return rows

    def apply(self, connection: Connection, facts: Sequence[tuple[int, Fact]]) -> None:
        """Fold facts, each with its position, into the table. Raises ``FoldError``; the caller rolls back."""
        rows = self.load(connection, {fact.originator_id for _, fact in facts})
        before = {key: self._values_of(row) for key, row in rows.items()}
        fold(self.projection, facts, rows)
        changed = []
        for key, row in rows.items():
            values = self._values_of(row)
            if values != before.get(key):
                self._check_key(key, row)
                changed.append(row)
        gone = [key for key in before if key not in rows]
        if changed:
            connection.execute(self._upsert, [encode(changed).decode()])
        if gone:
            keys = [[key] for key in gone] if len(self.projection.key) == 1 else gone
            connection.execute(self._delete, list(map(list, zip(*keys, strict=True))))

    def _check_key(self, key: Key, row: Any) -> None:
        if self._key_of(row) != key:
            message = f"{self.projection.name} put a row under a key that is not the row's"
            raise ValueError(message)

    def copy(self, connection: Connection, rows: Iterable[Any]) -> None:
        """Write rows into a table that has none of these keys, by COPY in its binary form."""
        names = ", ".join(column.name for column in self.columns)
        with (
            connection.cursor() as cursor,
            cursor.copy(f"COPY {self.name} ({names}) FROM STDIN (FORMAT BINARY)".encode()) as copy,
        ):
            copy.set_types([column.sql for column in self.columns])
            for row in rows:
                copy.write_row(self._dump(self._values_of(row)))


def fold(projection: Projection, facts: Iterable[tuple[int, Fact]], rows: Rows[Any]) -> None:
    """Offer facts to a fold in their order. Raises ``FoldError``."""
    project = projection.project
    for position, fact in facts:
        try:
            project(fact, rows)
        except Exception as error:
            raise FoldError(position, fact.TOPIC, error) from error
