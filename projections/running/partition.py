"""Folds one range of streams in memory, and copies its rows into the tables that a rebuild fills.

Every row belongs to one stream, so the events are read in whole streams, each in its order, and the rows
are done when the streams are: memory holds those of a few thousand events, whatever the log's size.
"""

import gc
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import pairwise
from uuid import UUID

from lapor.domain.aggregate import Event
from lapor.store import codec
from lapor.store.database import Connection
from projections.engine.bookmarks import Bookmark, Marks, passed_over
from projections.engine.projection import Projection
from projections.engine.tables import Table
from projections.running.rebuild_plan import RebuildPlan, StreamRange

EVENTS_IN_A_RANGE = 500_000
FEWEST_RANGES = 16
_EVENTS_AT_ONCE = 5_000
_READ = """
    SELECT position, stream, version, topic, state FROM event
     WHERE stream >= %b AND stream <= %b AND position <= %b AND position <> ALL(%b::bigint[])
     ORDER BY stream, version
"""


def ranges(events: int) -> list[StreamRange]:
    """All streams, cut evenly: ids are random."""
    count = max(FEWEST_RANGES, events // EVENTS_IN_A_RANGE + 1)
    edges = [2**128 * n // count for n in range(count + 1)]
    return [StreamRange(UUID(int=low), UUID(int=high - 1)) for low, high in pairwise(edges)]


def fold_range(options: str, marks: Marks, part: StreamRange, plan: RebuildPlan) -> None:
    """Fold the events of these streams into the ``_new`` tables: all that they come to, or nothing."""
    with Connection.connect(options) as connection, _without_collector():
        connection.execute("SET synchronous_commit = off; SET work_mem = '64MB'")
        for mark in marks.values():
            plan.finish(connection, mark, part)
        fillings = [PartitionTable(new_table(*each)) for each in marks.items()]
        for events in streams(connection, part, plan.head, passed_over(marks)):
            for filling in fillings:
                filling.take(connection, events)
        for filling in fillings:
            filling.end(connection)


class PartitionTable:
    """A new table, filled with whole streams."""

    def __init__(self, table: Table) -> None:
        self.table = table
        self._tally = table.tally() if table.sums else None

    def take(self, connection: Connection, events: Sequence[tuple[int, Event]]) -> None:
        """Fold all events of some streams, and copy what they come to. Raises ``FoldError``."""
        rows, row_history = self.table.projection.rows(), self.table.row_history()
        self.table.fold(events, rows, row_history)
        self.table.copy(connection, rows.all(), row_history)
        if self.table.past and row_history:
            self.table.past.copy(connection, row_history.over)
        if self._tally:
            for row in rows.all():
                self._tally.count(row, +1)

    def end(self, connection: Connection) -> None:
        """Copy the sums: what all of these streams count for."""
        if self.table.sums and self._tally:
            self.table.sums.append(connection, self._tally.cells())


def new_table(projection: Projection, mark: Bookmark) -> Table:
    """The table that a rebuild fills."""
    return Table(projection, f"{projection.table}_new", zone=mark.zone, skipped=mark.skipped)


def streams(
    connection: Connection, part: StreamRange, head: int, unread: Sequence[int] = ()
) -> Iterator[list[tuple[int, Event]]]:
    """All events, with their positions, a few whole streams at a time; without those at ``unread``.

    All events of a stream hold one id, so that whoever compares ids has them mostly by identity.
    """
    with connection.cursor("events", binary=True) as cursor:
        cursor.execute(_READ, [part.first, part.last, head, list(unread)])
        events: list[tuple[int, Event]] = []
        current, begun = UUID(int=0), 0
        while read := cursor.fetchmany(_EVENTS_AT_ONCE):
            for position, stream, version, topic, state in read:
                if stream.int != current.int:  # numbers: comparing ids is slow
                    current, begun = stream, len(events)
                events.append((position, codec.decode(current, version, topic, state)))
            if begun:
                yield events[:begun]
                events, begun = events[begun:], 0
        if events:
            yield events


@contextmanager
def _without_collector() -> Iterator[None]:
    """No cycles are made while folding, so looking for them is half of the time for nothing."""
    gc.freeze()
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
        gc.unfreeze()
