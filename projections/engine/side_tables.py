"""The tables that stand beside a projection's, and come and go with it: its past, and its sums."""

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
"""Where the current version of a row begins: stands in the live table of a projection with a past."""
NO_ROWS = "RETURNING NULL::uuid AS stream, false AS found"
"""What ends a statement of which nobody asks what it found."""
_BETWEEN = (
    Column("since", "timestamptz", nullable=False),
    Column("until", "timestamptz", nullable=False),
    Column("since_position", "bigint", nullable=False),
    Column("until_position", "bigint", nullable=False),
    Column("week", "date", nullable=True),
    Column("block", "integer", nullable=True),
)


class HistoryTable:
    """The versions that are over, one entry for each week and each block of positions that they touch."""

    def __init__(self, projection: Projection, name: str) -> None:
        of_row = {column.name: column for column in columns(projection.row)}
        kept = [of_row[field] for field in (*projection.key, *projection.history)]
        self.name = f"{name}_past"
        self.columns: tuple[Column, ...] = (*kept, *_BETWEEN)
        self._indexes = projection.past_indexes

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
        """Writes a few entries, given as ``records``."""
        names = ", ".join(column.name for column in self.columns)
        return (
            f"INSERT INTO {self.name} ({names}) SELECT {names}"  # noqa: S608 - names of our own
            f" FROM json_populate_recordset(NULL::{self.name}, %t::json) {NO_ROWS}"
        )

    def records(self, entries: Iterable[Sequence[Any]]) -> list[dict[str, Any]]:
        names = [column.name for column in self.columns]
        return [dict(zip(names, entry, strict=True)) for entry in entries]

    def copy(self, connection: Connection, entries: Iterable[Sequence[Any]]) -> None:
        """Write many entries."""
        copy_in(connection, self.name, self.columns, entries)


class RollupTable:
    """The cells that are not zero.

    While a rebuild fills it, it has no key: each range of streams appends what it counts, and in the end
    ``settle`` makes one cell of those that are for the same.
    """

    def __init__(self, sums: Rollup, projection: Projection, name: str) -> None:
        of_row = {column.name: column for column in columns(projection.row)}
        self.name = f"{name}_sums"
        self._cell = ("grain", "day", *sums.dimensions, "block")
        self._measures = sums.measures
        self.columns: tuple[Column, ...] = (
            Column("grain", "text", nullable=False),
            Column("day", "date", nullable=False),
            *(replace(of_row[field], nullable=True) for field in sums.dimensions),
            Column("block", "integer", nullable=True),
            *(Column(measure, "integer", nullable=False) for measure in sums.measures),
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
        """Write what one range of streams counts, beside what others do."""
        copy_in(connection, self.name, self.columns, cells)

    def settle(self, connection: Connection) -> None:
        """Make one cell of all that were appended for the same."""
        cell, name = ", ".join(self._cell), self.name
        sums = ", ".join(f"sum({measure}) AS {measure}" for measure in self._measures)
        with connection.transaction():
            connection.execute(
                f"CREATE TEMPORARY TABLE settled ON COMMIT DROP AS"  # noqa: S608 - names of our own
                f" SELECT {cell}, {sums} FROM {name} GROUP BY {cell}".encode()
            )
            connection.execute(f"TRUNCATE {name}".encode())
            connection.execute(f"INSERT INTO {name} SELECT * FROM settled".encode())  # noqa: S608

    @cached_property
    def add(self) -> str:
        """Adds what is given as ``records`` to the cells."""
        names = ", ".join((*self._cell, *self._measures))
        sums = ", ".join(f"{each} = {self.name}.{each} + EXCLUDED.{each}" for each in self._measures)
        return (
            f"INSERT INTO {self.name} ({names}) SELECT {names}"  # noqa: S608 - names of our own
            f" FROM json_populate_recordset(NULL::{self.name}, %t::json)"
            f" ON CONFLICT ({', '.join(self._cell)}) DO UPDATE SET {sums} {NO_ROWS}"
        )

    def records(self, cells: Iterable[RollupCell]) -> list[dict[str, Any]]:
        names = (*self._cell, *self._measures)
        return [dict(zip(names, cell, strict=True)) for cell in cells]

    @cached_property
    def _sweep(self) -> bytes:
        zero = " AND ".join(f"{each} = 0" for each in self._measures)
        return f"DELETE FROM {self.name} WHERE day = ANY(%b) AND {zero}".encode()  # noqa: S608

    def sweep(self, connection: Connection, cells: Sequence[RollupCell]) -> None:
        """Take those away that came to zero, where some of these cells were to be less."""
        if any(count < 0 for cell in cells for count in cell[len(self._cell) :]):
            connection.execute(self._sweep, [list({cell[1] for cell in cells})])
