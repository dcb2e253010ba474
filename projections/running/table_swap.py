"""Replaces a live table by the one that a rebuild has filled. Readers always see one of the two, complete."""

import random
import time

import psycopg

from lapor.store.database import Connection
from projections.engine.batch import apply
from projections.engine.bookmarks import events_from, lock_bookmarks, move_bookmarks
from projections.engine.errors import RebuildError
from projections.engine.tables import Table
from projections.running.rebuild_plan import discard_finished

_BATCH = 2000
_PATIENCE_SECONDS = 120.0  # for transactions that read the live table
_PAUSE_SECONDS = 0.5


def head_of(connection: Connection) -> int:
    """Return the last position of the log; 0 if it is empty."""
    (head,) = connection.execute("SELECT coalesce(max(position), 0) FROM event").fetchone() or (0,)
    return int(head)


def swap_in(connection: Connection, table: Table, head: int) -> None:
    """Fold the events after ``head`` into the table, and replace the live one by it.

    Raises ``RebuildError`` if readers hold the live table for two minutes.
    """
    position, deadline = head, time.monotonic() + _PATIENCE_SECONDS
    while True:
        position = _catch_up(connection, table, position)
        try:
            _swap(connection, table, position)
        except psycopg.errors.LockNotAvailable as error:
            if time.monotonic() > deadline:
                live = table.projection.table
                raise RebuildError(
                    f"Other transactions kept {live} locked; nothing was changed. Try again later."
                ) from error
            time.sleep(_PAUSE_SECONDS * random.uniform(0.5, 1.5))  # noqa: S311 - so that two do not keep colliding
        else:
            return


def _catch_up(connection: Connection, table: Table, position: int) -> int:
    """Fold later events into a table until less than a batch is left; return its position then."""
    while True:
        _, rows = events_from(connection, position, head_of(connection), _BATCH)
        if rows:
            with connection.transaction():
                discard_finished(connection, table.projection)  # from here on the table is ahead of the plan
                apply(connection, [table], [(row.position, row.event()) for row in rows])
            position = rows[-1].position
        if len(rows) < _BATCH:
            return position


def _swap(connection: Connection, table: Table, position: int) -> None:
    """Give the table the live name, and move the bookmark. After ``LockNotAvailable`` nothing has changed."""
    with connection.transaction():
        connection.execute("SET LOCAL lock_timeout = '200ms'")
        # From here the feeder waits, so that the live table does not get ahead of this one.
        lock_bookmarks(connection, [table.projection])
        position = _catch_up(connection, table, position)
        last, _ = events_from(connection, position, position, 1)
        live = Table(table.projection)
        connection.execute(f"LOCK TABLE {', '.join(live.names)} IN ACCESS EXCLUSIVE MODE".encode())
        live.drop(connection)
        for name, live_name in zip(table.names, live.names, strict=True):
            connection.execute(f"ALTER TABLE {name} RENAME TO {live_name}".encode())
        discard_finished(connection, table.projection)
        move_bookmarks(connection, [table.projection], position, last.leaf() if last else None)
