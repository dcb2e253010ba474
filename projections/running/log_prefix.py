"""The log's first events, folded into temporary tables of one session, where the usual queries find them.

PostgreSQL looks for a table among the session's temporary ones first. So in this session every query of these
projections answers as if the log ended at that position, and no query knows of positions. It takes as long as
folding that many events in one process.
"""

from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import datetime

from lapor.domain.errors import BeyondHeadError
from lapor.progress import Progress, no_progress
from lapor.store.database import Connection, Database, connection_string
from projections.engine.bookmarks import Bookmarks, read_bookmarks, skipped_by_all
from projections.engine.projection import Projection
from projections.engine.tables import Table
from projections.running.partition import PartitionTable, ranges, streams

_BOOKMARKS = """
    CREATE TABLE pg_temp.projection AS SELECT name, version, %s::bigint AS position, NULL::text AS failure
      FROM projection
"""


@dataclass(frozen=True)
class LogPrefix:
    """The database as the session sees it, and the latest instant among the events."""

    database: Database
    at: datetime | None


class _OneSession(Database):
    """A database with the one session that has the temporary tables: another would show the whole log."""

    def __init__(self, url: str) -> None:
        super().__init__(url, connections=1)
        self.session = Connection.connect(connection_string(url, seconds=None), autocommit=True)

    def new(self) -> Connection:
        return self.session

    def close(self) -> None:
        super().close()
        self.session.close()


@contextmanager
def log_prefix(
    url: str, position: int, projections: Sequence[Projection], *, progress: Progress = no_progress
) -> Iterator[LogPrefix]:
    """Fold the log's first events into tables of these projections that only this session sees.

    Raises ``BeyondHeadError`` if the log has fewer, and ``FoldError``.
    """
    with closing(_OneSession(url)) as database:
        connection = database.session
        bookmarks, head = read_bookmarks(connection, projections)
        if position > head:
            raise BeyondHeadError(position, head)
        connection.execute("SET work_mem = '64MB'; SET maintenance_work_mem = '256MB'")
        yield LogPrefix(database, _fold(connection, position, bookmarks, progress))


def _fold(connection: Connection, position: int, bookmarks: Bookmarks, progress: Progress) -> datetime | None:
    tables = [
        Table(projection, f"pg_temp.{projection.table}", zone=bookmark.zone, skipped=bookmark.skipped)
        for projection, bookmark in bookmarks.items()
    ]
    latest: datetime | None = None
    with connection.transaction():
        for table in tables:
            table.create(connection)
        filled, parts = [PartitionTable(table) for table in tables], ranges(position)
        for done, part in enumerate(parts, 1):
            for events in streams(connection, part, position, skipped_by_all(bookmarks)):
                latest = max(filter(None, (latest, *(event.at for _, event in events))), default=None)
                for each in filled:
                    each.fold(connection, events)
            progress(done, len(parts))
        for each in filled:
            each.write_rollup(connection)
        connection.execute(_BOOKMARKS, [position])
    for table in tables:
        if table.rollup:
            table.rollup.merge_cells(connection)
        for statement in (*table.keys, *table.indexes):
            connection.execute(statement.encode())
        for name in table.names:
            connection.execute(f"ANALYZE {name}".encode())
    return latest
