"""Folds one range of streams in memory, and copies its rows into the tables that a rebuild fills.

Every row belongs to one stream, so the facts are read stream by stream, each in its order, and a
stream's rows are done when its last fact is: memory holds a few thousand rows, whatever the log's size.
"""

import gc
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import pairwise
from typing import Any
from uuid import UUID

import psycopg

from lapor.domain.aggregate import Fact
from lapor.store import codec
from projections.bookmarks import Bookmark, Connection, Marks
from projections.projection import Projection
from projections.sums import Counts
from projections.tables import Table

FACTS_IN_A_RANGE = 500_000
FEWEST_RANGES = 16
_ROWS_AT_ONCE = 5_000
_FACTS_AT_ONCE = 5_000
_READ = """
    SELECT position, stream, version, topic, state FROM fact
     WHERE stream >= %b AND stream <= %b AND position <= %b AND position <> ALL(%b::bigint[])
     ORDER BY stream, version
"""


@dataclass(frozen=True, slots=True)
class Range:
    """The streams from ``first`` to ``last``, both included."""

    first: UUID
    last: UUID


def ranges(facts: int) -> list[Range]:
    """All streams, cut evenly: ids are random."""
    count = max(FEWEST_RANGES, facts // FACTS_IN_A_RANGE + 1)
    edges = [2**128 * n // count for n in range(count + 1)]
    return [Range(UUID(int=low), UUID(int=high - 1)) for low, high in pairwise(edges)]


def fold_range(options: str, marks: Marks, part: Range, head: int) -> tuple[int, dict[str, Counts]]:
    """Fold the facts of these streams up to ``head`` into the ``_new`` tables.

    How many facts they were, and the sums that they come to, by projection.
    """
    applied = 0
    with psycopg.connect(options) as connection, _without_collector():
        connection.execute("SET synchronous_commit = off; SET work_mem = '64MB'")
        fillings = [Filling(new_table(*each)) for each in marks.items()]
        for facts in streams(connection, part, head, passed_over(marks)):
            applied += len(facts)
            for filling in fillings:
                filling.take(facts)
                if filling.waiting >= _ROWS_AT_ONCE:
                    filling.write(connection)
        for filling in fillings:
            filling.write(connection)
    return applied, {each.table.projection.name: each.tally.counts for each in fillings if each.tally}


class Filling:
    """A new table, filled stream by stream."""

    def __init__(self, table: Table) -> None:
        self.table = table
        self.tally = table.tally() if table.sums else None
        self._recorder = self.table.recorder()
        self._rows: list[Any] = []

    @property
    def waiting(self) -> int:
        """Rows and entries of the past that are not written yet."""
        return len(self._rows) + (len(self._recorder.over) if self._recorder else 0)

    def take(self, facts: Sequence[tuple[int, Fact]]) -> None:
        """Fold all facts of a stream. Raises ``FoldError``."""
        rows = self.table.projection.rows()
        self.table.fold(facts, rows, self._recorder)
        done = rows.of(facts[0][1].originator_id)
        self._rows += done
        if self.tally:
            for row in done:
                self.tally.count(row, +1)

    def write(self, connection: Connection) -> None:
        """Copy what waits into the tables."""
        self.table.copy(connection, self._rows, self._recorder)
        if self.table.past and self._recorder:
            self.table.past.add(connection, self._recorder.over)
            self._recorder = self.table.recorder()
        self._rows = []


def new_table(projection: Projection, mark: Bookmark) -> Table:
    """The table that a rebuild fills."""
    return Table(projection, f"{projection.table}_new", zone=mark.zone, skipped=mark.skipped)


def passed_over(marks: Marks) -> list[int]:
    """Positions that no projection is offered: what stands there need not be readable."""
    return list(set.intersection(*(set(mark.skipped) for mark in marks.values()))) if marks else []


def streams(
    connection: Connection, part: Range, head: int, unread: Sequence[int] = ()
) -> Iterator[list[tuple[int, Fact]]]:
    """The facts of each stream, with their positions, in order; without those at ``unread``."""
    with connection.cursor("facts", binary=True) as cursor:
        cursor.itersize = _FACTS_AT_ONCE
        cursor.execute(_READ, [part.first, part.last, head, list(unread)])
        facts: list[tuple[int, Fact]] = []
        current = UUID(int=0)
        for position, stream, version, topic, state in cursor:
            if stream != current:
                if facts:
                    yield facts
                facts, current = [], stream
            facts.append((position, codec.decode(current, version, topic, state)))
        if facts:
            yield facts


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
