"""The side tables of a projection, made and dropped with its table: the row history and the rollup."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from functools import cached_property
from typing import Any

from lapor.store.database import Connection
from lapor.store.pg_ranges import Period
from projections.engine.columns import Column, columns, copy_in
from projections.engine.projection import Projection, Rollup
from projections.engine.rollups import RollupCell
from projections.engine.row_history import RowHistory

Statement = tuple[str, Sequence[Any]]
"""A statement that changes one table, with its one parameter: a list of records by column name."""

SINCE = Column("since", "timestamptz", nullable=False)
"""Since when the current version of a row is valid: a column of the live table, if it has a row history."""
NO_ROWS = "RETURNING NULL::uuid AS stream, false AS found"
"""The RETURNING clause of statements whose result is not read."""
_UNTIL = Column("until", "timestamptz", nullable=True)
_PERIOD = Column("period", "tstzrange", nullable=False)
VALID_AT = "period @> %(at)s::timestamptz"
"""The condition that a version was valid at an instant."""


class HistoryTable:
    """The versions of rows: one row for each, with the period in which it is valid."""

    def __init__(self, projection: Projection, name: str) -> None:
        of_row = {column.name: column for column in columns(projection.row)}
        self.name = f"{name}_past"
        self._keys = [of_row[field] for field in projection.key]
        self._versioned = (*self._keys, *(of_row[field] for field in projection.history))
        self.columns: tuple[Column, ...] = (*self._versioned, _PERIOD)
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

    def statements(self, history: RowHistory) -> Iterator[Statement]:
        """Yield the statements that store what a history has recorded."""
        keys = [column.name for column in self._keys]
        if history.ended:
            yield self._end, [dict(zip((*keys, "until"), each, strict=True)) for each in history.ended]
        if history.dropped:
            yield self._drop, [dict(zip(keys, each, strict=True)) for each in history.dropped]
        names = [*(column.name for column in self._versioned), "since", "until"]
        if begun := [dict(zip(names, each, strict=True)) for each in history.begun()]:
            yield self._insert, begun

    def _records(self, given: Iterable[Column]) -> str:
        """Return the FROM item of a list of records with these columns."""
        typed = ", ".join(f"{column.name} {column.sql}" for column in given)
        return f"json_to_recordset(%t::json) AS given ({typed})"

    @cached_property
    def _insert(self) -> str:
        names = ", ".join(column.name for column in self._versioned)
        return (
            f"INSERT INTO {self.name} ({names}, period) SELECT {names}, tstzrange(since, until)"  # noqa: S608
            f" FROM {self._records((*self._versioned, SINCE, _UNTIL))} {NO_ROWS}"
        )

    @cached_property
    def _current(self) -> str:
        """The condition that a row is the current version of a record's."""
        same = " AND ".join(f"past.{column.name} = given.{column.name}" for column in self._keys)
        return f"{same} AND upper_inf(past.period) {NO_ROWS}"

    @cached_property
    def _end(self) -> str:
        return (
            f"UPDATE {self.name} AS past SET period = tstzrange(lower(past.period), given.until)"  # noqa: S608
            f" FROM {self._records((*self._keys, _UNTIL))} WHERE {self._current}"
        )

    @cached_property
    def _drop(self) -> str:
        return f"DELETE FROM {self.name} AS past USING {self._records(self._keys)} WHERE {self._current}"  # noqa: S608

    def copy(self, connection: Connection, history: RowHistory) -> None:
        """Write what a history has recorded with COPY. The table must have none of its rows."""
        versions = ((*values, Period(since, until)) for *values, since, until in history.begun())
        copy_in(connection, self.name, self.columns, versions)

    @property
    def selected(self) -> str:
        """The select list of the values that ``RowHistory.begun`` yields."""
        return ", ".join([*(column.name for column in self._versioned), "lower(period)", "upper(period)"])


class RollupTable:
    """The cells of a rollup that are not zero.

    The table has no key while a rebuild fills it: each range of streams appends its own cells. In the end
    ``merge_cells`` adds up the cells with the same key.
    """

    def __init__(self, rollup: Rollup, projection: Projection, name: str) -> None:
        of_row = {column.name: column for column in columns(projection.row)}
        self.name = f"{name}_sums"
        self._cell = ("grain", "day", *rollup.dimensions)
        self._measures = rollup.measures
        self.columns: tuple[Column, ...] = (
            Column("grain", "text", nullable=False),
            Column("day", "date", nullable=False),
            *(replace(of_row[field], nullable=True) for field in rollup.dimensions),
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
        cell, names = ", ".join(self._cell), ", ".join((*self._cell, *self._measures))
        given = ", ".join(f"coalesce({each}, 0)" for each in self._measures)
        sums = ", ".join(f"{each} = {self.name}.{each} + EXCLUDED.{each}" for each in self._measures)
        return (
            f"INSERT INTO {self.name} ({names}) SELECT {cell}, {given}"  # noqa: S608 - constants only
            f" FROM json_populate_recordset(NULL::{self.name}, %t::json)"
            f" ON CONFLICT ({', '.join(self._cell)}) DO UPDATE SET {sums} {NO_ROWS}"
        )

    def records(self, cells: Iterable[RollupCell]) -> list[dict[str, Any]]:
        """Return cells as ``add`` takes them: without the measures that are zero, mostly all but a few."""
        names = (*self._cell, *self._measures)
        return [{name: value for name, value in zip(names, cell, strict=True) if value} for cell in cells]

    @cached_property
    def _delete_zeros(self) -> bytes:
        zero = " AND ".join(f"{each} = 0" for each in self._measures)
        return f"DELETE FROM {self.name} WHERE day = ANY(%b) AND {zero}".encode()  # noqa: S608

    def delete_zeros(self, connection: Connection, cells: Sequence[RollupCell]) -> None:
        """Delete the cells that came to zero, if one of these cells was a subtraction."""
        if any(count < 0 for cell in cells for count in cell[len(self._cell) :]):
            connection.execute(self._delete_zeros, [list({cell[1] for cell in cells})])
