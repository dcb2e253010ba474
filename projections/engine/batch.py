"""Applies a batch of events to tables: their rows are loaded and folded, and what has changed is written.

All of it is written by one statement, whatever tables it concerns: what a batch of few events costs is its
round trips, hardly its rows.
"""

from collections.abc import Iterator, Sequence
from collections.abc import Set as AbstractSet
from functools import cache
from typing import Any
from uuid import UUID

from lapor.domain.aggregate import Event
from lapor.store.database import Connection
from projections.engine.columns import encode
from projections.engine.errors import FoldedBeforeError
from projections.engine.projection import Key
from projections.engine.rollups import RollupCell
from projections.engine.tables import Table

Part = tuple[str, Sequence[Any]]
"""A statement that changes one table, with its one parameter: records, by the names of columns."""


def apply(
    connection: Connection,
    tables: Sequence[Table],
    events: Sequence[tuple[int, Event]],
    *,
    again: bool = False,
) -> None:
    """Fold events, each with its position, into the tables. The caller rolls back where it raises.

    No rows are looked for of streams that begin among these events. ``again``: they may be there, as the
    events may have been folded before. Raises ``FoldError``, and ``FoldedBeforeError`` where they are.
    """
    streams = {event.originator_id for _, event in events}
    begun = set() if again else {event.originator_id for _, event in events if event.originator_version == 1}
    changes = [_Changes(connection, table, events, streams - begun, begun) for table in tables]
    parts, of = list[Part](), list[_Changes]()
    for each in changes:
        for part in each.parts():
            parts.append(part)
            of.append(each)
    if not parts:
        return
    together = _together(tuple(statement for statement, _ in parts))
    for number, stream in connection.rows(together, [encode(records).decode() for _, records in parts]):
        of[number].found(stream)
    for each in changes:
        each.sweep(connection)


@cache
def _together(statements: tuple[str, ...]) -> str:
    """All as one statement; it tells of which streams there were rows, and by which part."""
    names = [f"part_{number}" for number in range(len(statements))]
    parted = ", ".join(f"{name} AS ({each})" for name, each in zip(names, statements, strict=True))
    told = " UNION ALL ".join(
        f"SELECT {number}, stream FROM {name} WHERE found"  # noqa: S608 - words of our own
        for number, name in enumerate(names)
    )
    return f"WITH {parted} {told}"


class _Changes:
    """What a batch has changed in the rows of one table."""

    def __init__(
        self,
        connection: Connection,
        table: Table,
        events: Sequence[tuple[int, Event]],
        known: AbstractSet[UUID],
        begun: AbstractSet[UUID],
    ) -> None:
        self._table, self._recorder, self._begun = table, table.row_history(), begun
        self._values_of = values_of = table.projection.values_of
        self._before = before = dict[Key, tuple[Any, ...]]()
        self._cells = list[RollupCell]()

        def load() -> None:
            for row in table.load(connection, known, self._recorder):
                key = key_of(row)
                rows[key], before[key] = row, values_of(row)

        key_of = table.projection.key_of
        self._rows = rows = table.projection.rows(load if known else None)
        table.fold(events, rows, self._recorder)

    def found(self, stream: UUID) -> None:
        """There were rows of a stream. Raises ``FoldedBeforeError`` where it only begins with the batch."""
        if stream in self._begun:
            raise FoldedBeforeError(self._table.name)

    def parts(self) -> Iterator[Part]:
        """What is to be written: rows, their past, and what they count for."""
        table, rows, before = self._table, self._rows, self._before
        values_of = self._values_of
        changed = [(key, row) for key, row in rows.pairs() if values_of(row) != before.get(key)]
        gone = [key for key in before if key not in rows]
        if changed:
            yield table.upsert, [table.record(key, row, self._recorder) for key, row in changed]
        if gone:
            yield table.delete, [table.key_record(key) for key in gone]
        if table.past and self._recorder and self._recorder.over:
            yield table.past.insert, table.past.records(self._recorder.over)
        if table.sums:
            tally = table.tally()
            for key in (*gone, *(key for key, _ in changed)) if before else ():
                if key in before:
                    tally.count(table.projection.row(*before[key]), -1)
            for _, row in changed:
                tally.count(row, +1)
            self._cells = list(tally.cells())
            if self._cells:
                yield table.sums.add, table.sums.records(self._cells)

    def sweep(self, connection: Connection) -> None:
        """Take away the cells of sums that may have come to zero: where rows were counted out."""
        if self._table.sums and self._before:
            self._table.sums.sweep(connection, self._cells)
