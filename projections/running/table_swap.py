"""Puts a table that was folded beside the live one in its place; readers see one or the other, whole."""

import random
import time

import psycopg

from lapor.store.database import Connection
from projections.engine.batch import apply
from projections.engine.bookmarks import events_from, lock, move
from projections.engine.errors import RebuildError
from projections.engine.tables import Table
from projections.running.rebuild_plan import forget

_BATCH = 2000
_PATIENCE_SECONDS = 120.0  # for readers who hold the live table
_PAUSE_SECONDS = 0.5


def head_of(connection: Connection) -> int:
    """The last position of the log; 0 while it is empty."""
    (head,) = connection.execute("SELECT coalesce(max(position), 0) FROM event").fetchone() or (0,)
    return int(head)


def take_over(connection: Connection, table: Table, head: int) -> None:
    """Fold in what was stored since ``head``, and put the table in the live one's place."""
    position, deadline = head, time.monotonic() + _PATIENCE_SECONDS
    while True:
        position = _catch_up(connection, table, position)
        try:
            _swap(connection, table, position)
        except psycopg.errors.LockNotAvailable as error:
            if time.monotonic() > deadline:
                live = table.projection.table
                raise RebuildError(
                    f"Readers held {live} all the time; nothing was changed. Try later."
                ) from error
            time.sleep(_PAUSE_SECONDS * random.uniform(0.5, 1.5))  # noqa: S311 - so that two do not keep meeting
        else:
            return


def _catch_up(connection: Connection, table: Table, position: int) -> int:
    """Fold later events into a table until hardly any are left; the position it then holds."""
    while True:
        _, rows = events_from(connection, position, head_of(connection), _BATCH)
        if rows:
            with connection.transaction():
                forget(connection, table.projection)  # from here on it is not what the plan says
                apply(connection, [table], [(row.position, row.event()) for row in rows])
            position = rows[-1].position
        if len(rows) < _BATCH:
            return position


def _swap(connection: Connection, table: Table, position: int) -> None:
    """Give the table the live name and the bookmark. ``LockNotAvailable``: all is as before."""
    with connection.transaction():
        connection.execute("SET LOCAL lock_timeout = '200ms'")
        lock(connection, [table.projection])  # the feeder waits: no reader will be set back
        position = _catch_up(connection, table, position)
        last, _ = events_from(connection, position, position, 1)
        live = Table(table.projection)
        connection.execute(f"LOCK TABLE {', '.join(live.names)} IN ACCESS EXCLUSIVE MODE".encode())
        live.drop(connection)
        for name, live_name in zip(table.names, live.names, strict=True):
            connection.execute(f"ALTER TABLE {name} RENAME TO {live_name}".encode())
        forget(connection, table.projection)
        move(connection, [table.projection], position, last.leaf() if last else None)
