"""The side tables of a projection, made and dropped with its table: the row history and the rollup."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from functools import cached_property
from typing import Any

from lapor.store.database import Connection
from projections.engine.columns import Column, columns, copy_in
from projections.engine.projection import Projection, Rollup
from projections.engine.rollups import RollupCell

SINCE = (
    Column("since", "timestamptz", nullable=False),
    Column("since_position", "bigint", nullable=False),
)
"""Since when the current version of a row is valid: columns of the live table, if it has a row history."""
NO_ROWS = "RETURNING NULL::uuid AS stream, false AS found"
"""The RETURNING clause of statements whose result is not read."""
_VALIDITY = (
    Column("since", "timestamptz", nullable=False),
    Column("until", "timestamptz", nullable=False),
    Column("since_position", "bigint", nullable=False),
    Column("until_position", "bigint", nullable=False),
    Column("week", "date", nullable=True),
    Column("block", "integer", nullable=True),
)


class HistoryTable:
    """The ended versions of rows: one entry for each week and each block of positions that they overlap."""

    def __init__(self, projection: Projection, name: str) -> None:
        of_row = {column.name: column for column in columns(projection.row)}
        historised = [of_row[field] for field in (*projection.key, *projection.history)]
        self.name = f"{name}_past"
        self.columns: tuple[Column, ...] = (*historised, *_VALIDITY)
        self._indexes = projection.history_indexes

    @cached_property
    def definitions(self) -> str:
        return ", ".join(column.definition for column in self.columns)

    @property
    def keys(self) -> list[str]:
        return []

    @property
    def indexes(self) -> list[str]:
        return [f"CREATE INDEX ON {self.name} {index}" for index in ("(stream)", *self._indexes)]

    @cached_property
    def insert(self) -> str:
        """Inserts a few entries, given as ``records``."""
        names = ", ".join(column.name for column in self.columns)
        return (
            f"INSERT INTO {self.name} ({names}) SELECT {names}"  # noqa: S608 - constants only
            f" FROM json_populate_recordset(NULL::{self.name}, %t::json) {NO_ROWS}"
        )

    def records(self, entries: Iterable[Sequence[Any]]) -> list[dict[str, Any]]:
        names = [column.name for column in self.columns]
        return [dict(zip(names, entry, strict=True)) for entry in entries]

    def copy(self, connection: Connection, entries: Iterable[Sequence[Any]]) -> None:
        """Write many entries with COPY."""
        copy_in(connection, self.name, self.columns, entries)


class RollupTable:
    """The cells of a rollup that are not zero.

    The table has no key while a rebuild fills it: each range of streams appends its own cells. In the end
    ``merge_cells`` adds up the cells with the same key.
    """

    def __init__(self, rollup: Rollup, projection: Projection, name: str) -> None:
        of_row = {column.name: column for column in columns(projection.row)}
        self.name = f"{name}_sums"
        self._cell = ("grain", "day", *rollup.dimensions, "block")
        self._measures = rollup.measures
        self.columns: tuple[Column, ...] = (
            Column("grain", "text", nullable=False),
            Column("day", "date", nullable=False),
            *(replace(of_row[field], nullable=True) for field in rollup.dimensions),
            Column("block", "integer", nullable=True),
            *(Column(measure, "integer", nullable=False) for measure in rollup.measures),
        )

    @cached_property
    def definitions(self) -> str:
        return ", ".join(column.definition for column in self.columns)

    @property
    def keys(self) -> list[str]:
        return [f"ALTER TABLE {self.name} ADD UNIQUE NULLS NOT DISTINCT ({', '.join(self._cell)})"]

    @property
    def indexes(self) -> list[str]:
        return [f"CREATE INDEX ON {self.name} (grain, {self._cell[2]}, day)"]

    def append(self, connection: Connection, cells: Iterable[RollupCell]) -> None:
        """Write the cells of one range of streams with COPY."""
        copy_in(connection, self.name, self.columns, cells)

    def merge_cells(self, connection: Connection) -> None:
        """Replace the appended cells that have the same key by their sum."""
        cell, name = ", ".join(self._cell), self.name
        sums = ", ".join(f"sum({measure}) AS {measure}" for measure in self._measures)
        with connection.transaction():
            connection.execute(
                f"CREATE TEMPORARY TABLE merged ON COMMIT DROP AS"  # noqa: S608 - constants only
                f" SELECT {cell}, {sums} FROM {name} GROUP BY {cell}".encode()
            )
            connection.execute(f"TRUNCATE {name}".encode())
            connection.execute(f"INSERT INTO {name} SELECT * FROM merged".encode())  # noqa: S608

    @cached_property
    def add(self) -> str:
        """Adds cells, given as ``records``, to the stored ones."""
        names = ", ".join((*self._cell, *self._measures))
        sums = ", ".join(f"{each} = {self.name}.{each} + EXCLUDED.{each}" for each in self._measures)
        return (
            f"INSERT INTO {self.name} ({names}) SELECT {names}"  # noqa: S608 - constants only
            f" FROM json_populate_recordset(NULL::{self.name}, %t::json)"
            f" ON CONFLICT ({', '.join(self._cell)}) DO UPDATE SET {sums} {NO_ROWS}"
        )

    def records(self, cells: Iterable[RollupCell]) -> list[dict[str, Any]]:
        names = (*self._cell, *self._measures)
        return [dict(zip(names, cell, strict=True)) for cell in cells]

    @cached_property
    def _delete_zeros(self) -> bytes:
        zero = " AND ".join(f"{each} = 0" for each in self._measures)
        return f"DELETE FROM {self.name} WHERE day = ANY(%b) AND {zero}".encode()  # noqa: S608

    def delete_zeros(self, connection: Connection, cells: Sequence[RollupCell]) -> None:
        """Delete the cells that came to zero, if one of these cells was a subtraction."""
        if any(count < 0 for cell in cells for count in cell[len(self._cell) :]):
            connection.execute(self._delete_zeros, [list({cell[1] for cell in cells})])
