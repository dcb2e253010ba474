"""Folds the whole log again and says where what is stored differs, or how things stood at a moment.

The log is read a range of streams at a time, so that memory is bounded whatever its length.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import chain, islice
from typing import Any

from lapor.store.database import Connection, connection_string
from projections.catalogue import PROJECTIONS
from projections.complaints.register import REGISTER
from projections.engine.bookmarks import Bookmark, look
from projections.engine.projection import Rows
from projections.engine.rollups import RollupCounts
from projections.engine.row_history import RowHistory
from projections.engine.tables import Table, fold
from projections.running.partition import ranges, streams
from projections.running.rebuild_plan import StreamRange

Progress = Callable[[int, int], None]
_SNAPSHOT = "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY"
_MOST_NAMED = 20


@dataclass(frozen=True, slots=True)
class Difference:
    """A row that is not what the log says: ``key`` of ``projection``, and the fields that differ."""

    projection: str
    key: str
    what: str


def check(url: str, *, progress: Progress = lambda _done, _of: None) -> tuple[int, list[Difference]]:
    """Compare every projection with a fold of the log up to its bookmark; events folded, what differs.

    Pasts and sums are compared as well. At most 20 differences are named for each range of streams. All is
    read from one snapshot.
    """
    events, found = 0, list[Difference]()
    with _snapshot(url) as connection:
        marks, head = look(connection, PROJECTIONS)
        parts = ranges(head)
        tables = [Table(each, zone=mark.zone, skipped=mark.skipped) for each, mark in marks.items()]
        tallies = {table.name: table.tally() for table in tables if table.sums}
        for done, part in enumerate(parts, 1):
            for table, mark in zip(tables, marks.values(), strict=True):
                row_history = table.row_history()
                count, rows = _folded(connection, table, part, mark, row_history=row_history)
                events += count
                differences = chain(
                    _differences(connection, table, part, rows),
                    _of_the_past(connection, table, part, row_history),
                )
                found += islice(differences, _MOST_NAMED)
                if table.sums:
                    for row in rows.all():
                        tallies[table.name].count(row, +1)
            progress(done, len(parts))
        for table in tables:
            if table.sums:
                found += islice(_of_sums(connection, table, tallies[table.name]), _MOST_NAMED)
    return events, found


def stood(url: str, at: datetime | None, *, progress: Progress = lambda _done, _of: None) -> Counter[str]:
    """How many complaints stood at which stage, after every event dated up to ``at``."""
    stages: Counter[str] = Counter()
    with _snapshot(url) as connection:
        marks, head = look(connection, PROJECTIONS)
        parts, whole = ranges(head), replace(marks[REGISTER], position=head)
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
    mark: Bookmark,
    *,
    at: datetime | None = None,
    row_history: RowHistory | None = None,
) -> tuple[int, Rows[Any]]:
    rows, count = table.projection.rows(), 0
    for events in streams(connection, part, mark.position, mark.skipped):
        counted = [each for each in events if at is None or each[1].at <= at]
        fold(table.projection, counted, rows, row_history)
        count += len(counted)
    return count, rows


def _of_the_past(
    connection: Connection, table: Table, part: StreamRange, row_history: RowHistory | None
) -> Iterator[Difference]:
    """Versions that are over."""
    if table.past is None or row_history is None:
        return
    names = ", ".join(column.name for column in table.past.columns)
    query = f"SELECT {names} FROM {table.past.name} WHERE stream BETWEEN %s AND %s".encode()  # noqa: S608
    stored = Counter(connection.execute(query, [part.first, part.last], binary=True))
    yield from _unlike(f"{table.projection.name} (past)", stored, Counter(row_history.over))


def _of_sums(connection: Connection, table: Table, tally: RollupCounts) -> Iterator[Difference]:
    assert table.sums is not None  # noqa: S101 - the caller has looked
    query = f"SELECT * FROM {table.sums.name}".encode()  # noqa: S608 - a name of our own
    stored = Counter(connection.execute(query, binary=True))
    yield from _unlike(f"{table.projection.name} (sums)", stored, Counter(tally.cells()))


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
