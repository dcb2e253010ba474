"""Replay: folds the whole log again, to compare the stored tables with it, or to count stages at an instant.

The log is read one range of streams at a time, so memory does not grow with its length.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import chain, islice
from typing import Any

from lapor.progress import Progress, no_progress
from lapor.store.database import Connection, connection_string
from projections.catalogue import PROJECTIONS
from projections.complaints.register import REGISTER
from projections.engine.bookmarks import Bookmark, read_bookmarks
from projections.engine.projection import Rows
from projections.engine.rollups import RollupCounts
from projections.engine.row_history import RowHistory
from projections.engine.tables import Table, fold
from projections.running.partition import ranges, streams
from projections.running.rebuild_plan import StreamRange

_SNAPSHOT = "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY"
_MOST_NAMED = 20


@dataclass(frozen=True, slots=True)
class Difference:
    """A stored row that differs from the fold. ``what``: it is missing, or the fields that differ."""

    projection: str
    key: str
    what: str


def check(url: str, *, progress: Progress = no_progress) -> tuple[int, list[Difference]]:
    """Compare every projection with a fold of the log up to its bookmark.

    Return how many events were folded, and the differences. Row histories and rollups are compared too. At
    most 20 differences are returned for each range of streams. Everything is read from one snapshot.
    """
    events, differing = 0, list[Difference]()
    with _snapshot(url) as connection:
        bookmarks, head = read_bookmarks(connection, PROJECTIONS)
        parts = ranges(head)
        tables = [
            Table(each, zone=bookmark.zone, skipped=bookmark.skipped) for each, bookmark in bookmarks.items()
        ]
        rollup_counts = {table.name: table.rollup_counts() for table in tables if table.rollup}
        for done, part in enumerate(parts, 1):
            for table, bookmark in zip(tables, bookmarks.values(), strict=True):
                row_history = table.row_history()
                count, rows = _folded(connection, table, part, bookmark, row_history=row_history)
                events += count
                differences = chain(
                    _differences(connection, table, part, rows),
                    _of_history(connection, table, part, row_history),
                )
                differing += islice(differences, _MOST_NAMED)
                if table.rollup:
                    for row in rows.all():
                        rollup_counts[table.name].count(row, +1)
            progress(done, len(parts))
        for table in tables:
            if table.rollup:
                differing += islice(_of_rollup(connection, table, rollup_counts[table.name]), _MOST_NAMED)
    return events, differing


def stages_at(url: str, at: datetime | None, *, progress: Progress = no_progress) -> Counter[str]:
    """Count complaints by stage, after all events dated up to ``at`` (None: all events)."""
    stages: Counter[str] = Counter()
    with _snapshot(url) as connection:
        bookmarks, head = read_bookmarks(connection, PROJECTIONS)
        parts, whole = ranges(head), replace(bookmarks[REGISTER], position=head)
        for done, part in enumerate(parts, 1):
            _, rows = _folded(connection, Table(REGISTER), part, whole, at=at)
            stages.update(str(row.stage) for row in rows.values())
            progress(done, len(parts))
    return stages


def _snapshot(url: str) -> Connection:
    connection = Connection.connect(connection_string(url, seconds=None))
    connection.execute(_SNAPSHOT)
    return connection


def _folded(
    connection: Connection,
    table: Table,
    part: StreamRange,
    bookmark: Bookmark,
    *,
    at: datetime | None = None,
    row_history: RowHistory | None = None,
) -> tuple[int, Rows[Any]]:
    rows, count = table.projection.rows(), 0
    for events in streams(connection, part, bookmark.position, bookmark.skipped):
        counted = [each for each in events if at is None or each[1].at <= at]
        fold(table.projection, counted, rows, row_history)
        count += len(counted)
    return count, rows


def _of_history(
    connection: Connection, table: Table, part: StreamRange, row_history: RowHistory | None
) -> Iterator[Difference]:
    """Compare the row history."""
    if table.history is None or row_history is None:
        return
    history = table.history
    query = f"SELECT {history.selected} FROM {history.name} WHERE stream BETWEEN %s AND %s"  # noqa: S608
    stored = Counter(connection.execute(query.encode(), [part.first, part.last], binary=True))
    yield from _unlike(f"{table.projection.name} (past)", stored, Counter(row_history.begun()))


def _of_rollup(connection: Connection, table: Table, rollup_counts: RollupCounts) -> Iterator[Difference]:
    assert table.rollup is not None  # noqa: S101 - the caller has checked
    query = f"SELECT * FROM {table.rollup.name}".encode()  # noqa: S608 - constants only
    stored = Counter(connection.execute(query, binary=True))
    yield from _unlike(f"{table.projection.name} (sums)", stored, Counter(rollup_counts.cells()))


def _unlike(
    of: str, stored: Counter[tuple[Any, ...]], expected: Counter[tuple[Any, ...]]
) -> Iterator[Difference]:
    for entry in expected - stored:
        yield Difference(of, " ".join(map(str, entry)), "is missing")
    for entry in stored - expected:
        yield Difference(of, " ".join(map(str, entry)), "should not be there")


def _differences(
    connection: Connection, table: Table, part: StreamRange, rows: Rows[Any]
) -> Iterator[Difference]:
    projection = table.projection
    key_of, values_of = projection.key_of, projection.values_of
    names = [column.name for column in table.columns]
    query = f"SELECT {table.selected} FROM {table.name} WHERE stream BETWEEN %s AND %s".encode()  # noqa: S608
    stored: dict[Any, Any] = {}
    for values in connection.execute(query, [part.first, part.last], binary=True):
        row = table.row(values)
        stored[key_of(row)] = values_of(row)
    for key, row in rows.items():
        values = stored.pop(key, None)
        if values is None:
            yield Difference(projection.name, str(key), "is missing")
        elif values != values_of(row):
            pairs = zip(names, values, values_of(row), strict=True)
            wrong = ", ".join(name for name, one, other in pairs if one != other)
            yield Difference(projection.name, str(key), f"differs in {wrong}")
    for key in stored:
        yield Difference(projection.name, str(key), "should not be there")
