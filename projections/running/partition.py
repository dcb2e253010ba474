"""Folds one range of streams in memory, and copies the rows into the tables that a rebuild fills.

Every row belongs to one stream. So the log can be cut into ranges of streams, and whole streams are read, a
few at a time, each in its order. Memory holds the rows of a few thousand events, however long the log is.
"""

import gc
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import pairwise
from uuid import UUID

from lapor.domain.aggregate import Event
from lapor.store import codec
from lapor.store.database import Connection
from projections.engine.bookmarks import Bookmark, Bookmarks, skipped_by_all
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
    """Return ranges of equal width that cover all streams. Ids are random, so they are equally full."""
    count = max(FEWEST_RANGES, events // EVENTS_IN_A_RANGE + 1)
    edges = [2**128 * n // count for n in range(count + 1)]
    return [StreamRange(UUID(int=low), UUID(int=high - 1)) for low, high in pairwise(edges)]


def fold_range(options: str, bookmarks: Bookmarks, part: StreamRange, plan: RebuildPlan) -> None:
    """Fold the events of these streams into the ``_new`` tables, in one transaction."""
    with Connection.connect(options) as connection, _without_garbage_collection():
        connection.execute("SET synchronous_commit = off; SET work_mem = '64MB'")
        for bookmark in bookmarks.values():
            plan.mark_finished(connection, bookmark, part)
        tables = [PartitionTable(new_table(*each)) for each in bookmarks.items()]
        for events in streams(connection, part, plan.head, skipped_by_all(bookmarks)):
            for table in tables:
                table.fold(connection, events)
        for table in tables:
            table.write_rollup(connection)


class PartitionTable:
    """A table that a rebuild fills, with the counts of one range of streams."""

    def __init__(self, table: Table) -> None:
        self.table = table
        self._rollup_counts = table.rollup_counts() if table.rollup else None

    def fold(self, connection: Connection, events: Sequence[tuple[int, Event]]) -> None:
        """Fold all events of some streams, and copy their rows. Raises ``FoldError``."""
        rows, row_history = self.table.projection.rows(), self.table.row_history()
        self.table.fold(events, rows, row_history)
        self.table.copy(connection, rows.all(), row_history)
        if self.table.history and row_history:
            self.table.history.copy(connection, row_history)
        if self._rollup_counts:
            for row in rows.all():
                self._rollup_counts.count(row, +1)

    def write_rollup(self, connection: Connection) -> None:
        """Write the rollup of the whole range."""
        if self.table.rollup and self._rollup_counts:
            self.table.rollup.append(connection, self._rollup_counts.cells())


def new_table(projection: Projection, bookmark: Bookmark) -> Table:
    """Return the table that a rebuild of a projection fills."""
    return Table(projection, f"{projection.table}_new", zone=bookmark.zone, skipped=bookmark.skipped)


def streams(
    connection: Connection, part: StreamRange, head: int, unread: Sequence[int] = ()
) -> Iterator[list[tuple[int, Event]]]:
    """Yield all events with their positions, a few whole streams at a time; without those at ``unread``.

    All events of a stream share one id object, so most comparisons of ids are by identity.
    """
    with connection.cursor("events", binary=True) as cursor:
        cursor.execute(_READ, [part.first, part.last, head, list(unread)])
        events: list[tuple[int, Event]] = []
        current, begun = UUID(int=0), 0
        while read := cursor.fetchmany(_EVENTS_AT_ONCE):
            for position, stream, version, topic, state in read:
                if stream.int != current.int:  # comparing UUIDs is slow
                    current, begun = stream, len(events)
                events.append((position, codec.decode(current, version, topic, state)))
            if begun:
                yield events[:begun]
                events, begun = events[begun:], 0
        if events:
            yield events


@contextmanager
def _without_garbage_collection() -> Iterator[None]:
    """Disable the garbage collector. A fold makes no cycles, and collecting takes half of its time."""
    gc.freeze()
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
        gc.unfreeze()
