"""Folds a batch of events into tables: rows are loaded, folded, and written if they have changed.

All changes of all tables are written by one statement, because the cost of a small batch is its round trips.
"""

from collections.abc import Iterator, Sequence
from collections.abc import Set as AbstractSet
from functools import cache
from typing import Any
from uuid import UUID

from lapor.domain.aggregate import Event
from lapor.store.database import Connection
from projections.engine.columns import encode
from projections.engine.errors import FoldedBeforeError, HeavyBatchError
from projections.engine.projection import Key
from projections.engine.rollups import RollupCell
from projections.engine.side_tables import Statement
from projections.engine.tables import Table

MOST_RECORDS = 20_000
"""The most rows that a batch writes: about a second's work."""


def apply(
    connection: Connection,
    tables: Sequence[Table],
    events: Sequence[tuple[int, Event]],
    *,
    again: bool = False,
) -> None:
    """Fold events, given with their positions, into the tables. The caller rolls back if it raises.

    Streams that begin in this batch have no rows yet, so none are loaded. ``again``: they may have some,
    because the events may have been folded before. Raises ``FoldError``, and ``FoldedBeforeError`` if a
    stream that begins here has rows and ``again`` is not set. Raises ``HeavyBatchError``, before it writes
    anything, if several events would write more than ``MOST_RECORDS``.
    """
    streams = {event.originator_id for _, event in events}
    new = set() if again else {event.originator_id for _, event in events if event.originator_version == 1}
    changes = [_Changes(connection, table, events, streams - new, new) for table in tables]
    statements, owners = list[Statement](), list[_Changes]()
    for each in changes:
        for statement in each.statements():
            statements.append(statement)
            owners.append(each)
    if not statements:
        return
    if len(events) > 1 and sum(len(records) for _, records in statements) > MOST_RECORDS:
        raise HeavyBatchError
    combined = _combined(tuple(sql for sql, _ in statements))
    for number, stream in connection.rows(combined, [encode(records).decode() for _, records in statements]):
        owners[number].check_new(stream)
    for each in changes:
        each.delete_zeros(connection)


@cache
def _combined(statements: tuple[str, ...]) -> str:
    """Return all as one statement. It returns the number of a part and a stream, for each row found there."""
    names = [f"part_{number}" for number in range(len(statements))]
    parts = ", ".join(f"{name} AS ({each})" for name, each in zip(names, statements, strict=True))
    found = " UNION ALL ".join(
        f"SELECT {number}, stream FROM {name} WHERE found"  # noqa: S608 - constants only
        for number, name in enumerate(names)
    )
    return f"WITH {parts} {found}"


class _Changes:
    """The changes that a batch makes to the rows of one table."""

    def __init__(
        self,
        connection: Connection,
        table: Table,
        events: Sequence[tuple[int, Event]],
        known: AbstractSet[UUID],
        new: AbstractSet[UUID],
    ) -> None:
        self._table, self._row_history, self._new = table, table.row_history(), new
        self._values_of = values_of = table.projection.values_of
        self._before = before = dict[Key, tuple[Any, ...]]()
        self._cells = list[RollupCell]()

        def load() -> None:
            for row in table.load(connection, known, self._row_history):
                key = key_of(row)
                rows[key], before[key] = row, values_of(row)

        key_of = table.projection.key_of
        self._rows = rows = table.projection.rows(load if known else None)
        table.fold(events, rows, self._row_history)

    def check_new(self, stream: UUID) -> None:
        """Raise ``FoldedBeforeError`` if this stream, which had rows, only begins in this batch."""
        if stream in self._new:
            raise FoldedBeforeError(self._table.name)

    def statements(self) -> Iterator[Statement]:
        """Yield the statements that write the rows, their ended versions and their counts."""
        table, rows, before = self._table, self._rows, self._before
        values_of = self._values_of
        changed = [(key, row) for key, row in rows.pairs() if values_of(row) != before.get(key)]
        gone = [key for key in before if key not in rows]
        if changed:
            yield table.upsert, [table.record(key, row, self._row_history) for key, row in changed]
        if gone:
            yield table.delete, [table.key_record(key) for key in gone]
        if table.history and self._row_history:
            yield from table.history.statements(self._row_history)
        if table.rollup:
            counts = table.rollup_counts()
            for key in (*gone, *(key for key, _ in changed)) if before else ():
                if key in before:
                    counts.count(table.projection.row(*before[key]), -1)
            for _, row in changed:
                counts.count(row, +1)
            self._cells = list(counts.cells())
            if self._cells:
                yield table.rollup.add, table.rollup.records(self._cells)

    def delete_zeros(self, connection: Connection) -> None:
        """Delete the cells of the rollup that came to zero; only if rows were there before."""
        if self._table.rollup and self._before:
            self._table.rollup.delete_zeros(connection, self._cells)
