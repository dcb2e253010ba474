"""Folds the whole log anew, on all cores, beside the live tables, and then takes their place.

The log up to a fixed head is cut into ranges of streams. Each is folded in memory by one of the
worker processes and copied into ``<table>_new``; then the indexes are made, what was stored
meanwhile is folded in, and the new table takes the live one's name. Readers see the one or the
other, whole. Whatever interrupts a rebuild leaves the live tables and their bookmarks as they were,
and the next rebuild begins by throwing away what is left of it.
"""

import os
import random
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from contextlib import contextmanager
from multiprocessing import get_context, parent_process

import psycopg

from lapor.store.database import connection_string
from lapor.store.migrate import OWNER
from projections.bookmarks import Connection, facts_from, lock, move
from projections.catalogue import PROJECTIONS
from projections.failures import RebuildError
from projections.partition import fold_range, new_name, ranges
from projections.projection import Projection
from projections.tables import Table

Progress = Callable[[int, int], None]
"""Told how many ranges of how many have been folded."""

_BATCH = 2000
_WORTH_PROCESSES = 20_000  # facts; fewer are folded before a second process has started
_PATIENCE_SECONDS = 120.0  # for readers who hold the live table
_PAUSE_SECONDS = 0.5
_ONLY_ONE = "SELECT pg_try_advisory_lock(hashtextextended(current_schema() || '.lapor_rebuild', 0))"


def rebuild(
    url: str,
    names: Sequence[str] = (),
    *,
    processes: int | None = None,
    progress: Progress = lambda _done, _of: None,
    projections: Sequence[Projection] = PROJECTIONS,
) -> int:
    """Rebuild the named projections together, or all; the position up to which the log was folded.

    ``url`` must be allowed to act as ``lapor_owner``. With one process everything is done in this one.
    Raises ``RebuildError`` where it cannot begin or cannot end; a failing fold's ``FoldError``.
    """
    known = {projection.name: projection for projection in projections}
    unknown = set(names) - set(known)
    if unknown:
        raise RebuildError(f"There is no projection '{min(unknown)}'; there are {', '.join(sorted(known))}.")
    chosen = [known[name] for name in names or known]
    options = connection_string(url, role=OWNER, seconds=None)
    with psycopg.connect(options, autocommit=True, prepare_threshold=2) as connection, _alone(connection):
        tables = [_begin(connection, projection) for projection in chosen]
        head = _head(connection)
        _fold_all(options, chosen, head, processes or os.cpu_count() or 1, progress)
        for table in tables:
            table.index(connection)
            connection.execute(f"ANALYZE {table.name}".encode())
            _take_over(connection, table, head)
    return head


@contextmanager
def _alone(connection: Connection) -> Iterator[None]:
    (alone,) = connection.execute(_ONLY_ONE).fetchone() or (False,)
    if not alone:
        raise RebuildError("Another rebuild is at work; wait until it has ended.")
    yield


def _begin(connection: Connection, projection: Projection) -> Table:
    """An empty table beside the live one, in place of what an earlier rebuild may have left."""
    if not lock(connection, [projection]):
        raise RebuildError(f"'{projection.name}' has no table yet; run `lapor migrate`.")
    table = Table(projection, new_name(projection))
    with connection.transaction():
        connection.execute(f"DROP TABLE IF EXISTS {table.name}".encode())
        table.create(connection)
    return table


def _head(connection: Connection) -> int:
    (head,) = connection.execute("SELECT coalesce(max(position), 0) FROM fact").fetchone() or (0,)
    return int(head)


def _fold_all(
    options: str, projections: Sequence[Projection], head: int, processes: int, progress: Progress
) -> None:
    """Fold all facts up to ``head``, a range of streams at a time."""
    parts = ranges(head)
    done = 0
    if processes == 1 or head < _WORTH_PROCESSES:
        for part in parts:
            fold_range(options, projections, part, head)
            progress(done := done + 1, len(parts))
        return
    spawn = get_context("spawn")
    with ProcessPoolExecutor(processes, mp_context=spawn, initializer=_end_with_parent) as workers:
        folding = [workers.submit(fold_range, options, projections, part, head) for part in parts]
        try:
            for each in as_completed(folding):
                each.result()
                progress(done := done + 1, len(parts))
        finally:
            workers.shutdown(wait=False, cancel_futures=True)


def _take_over(connection: Connection, table: Table, head: int) -> None:
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
    """Fold later facts into a table until hardly any are left; the position it then holds."""
    while True:
        _, rows = facts_from(connection, position, _head(connection), _BATCH)
        if rows:
            with connection.transaction():
                table.apply(connection, [(row.position, row.fact()) for row in rows])
            position = rows[-1].position
        if len(rows) < _BATCH:
            return position


def _swap(connection: Connection, table: Table, position: int) -> None:
    """Give the table the live name and the bookmark. ``LockNotAvailable``: all is as before."""
    live = table.projection.table
    with connection.transaction():
        connection.execute("SET LOCAL lock_timeout = '200ms'")
        lock(connection, [table.projection])  # the feeder waits: no reader will be set back
        position = _catch_up(connection, table, position)
        last, _ = facts_from(connection, position, position, 1)
        connection.execute(f"LOCK TABLE {live} IN ACCESS EXCLUSIVE MODE".encode())
        connection.execute(f"DROP TABLE {live}".encode())
        connection.execute(f"ALTER TABLE {table.name} RENAME TO {live}".encode())
        move(connection, [table.projection], position, last.leaf() if last else None)


def _end_with_parent() -> None:
    """Let a worker end when the rebuild is killed, so that it does not write into the next one's tables."""
    parent = parent_process()

    def wait() -> None:
        if parent:
            parent.join()
            os._exit(1)

    threading.Thread(target=wait, daemon=True).start()
