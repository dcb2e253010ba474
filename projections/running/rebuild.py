"""Rebuild: folds the whole log again, on all cores, into new tables, which then replace the live ones.

The log up to a fixed head is cut into ranges of streams. Worker processes fold each range in memory and copy
it into ``<table>_new``. Then the indexes are made, the events stored meanwhile are folded in, and the new
table gets the live one's name. Readers always see one of the two, complete. An interrupted rebuild leaves the
live tables and their bookmarks unchanged. The next rebuild continues with the unfinished ranges, if
``rebuild_plan`` says that the finished ones are still valid.
"""

import os
import signal
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager, suppress
from multiprocessing import get_context, parent_process

import psycopg

from lapor.progress import Progress, no_progress
from lapor.store.database import Connection, connection_string
from lapor.store.migrate import OWNER
from projections.catalogue import PROJECTIONS
from projections.engine.bookmarks import Bookmarks, lock_bookmarks
from projections.engine.errors import RebuildError
from projections.engine.projection import Projection
from projections.engine.tables import Table
from projections.running.partition import fold_range, new_table, ranges
from projections.running.rebuild_plan import (
    Finished,
    RebuildPlan,
    StreamRange,
    discard_finished,
    plan_at,
    resumable,
)
from projections.running.table_swap import head_of, swap_in

_WORTH_PROCESSES = 20_000  # events; fewer are folded before a second process has started
_SORT_IN_MEMORY = "SET maintenance_work_mem = '256MB'; SET max_parallel_maintenance_workers = 0"
_ONLY_ONE = "hashtextextended(current_schema() || '.lapor_rebuild', 0)"


def rebuild(
    url: str,
    names: Sequence[str] = (),
    *,
    processes: int | None = None,
    progress: Progress = no_progress,
    indexing: Progress = no_progress,
    projections: Sequence[Projection] = PROJECTIONS,
    anew: bool = False,
) -> int:
    """Rebuild the named projections together, or all; return the position up to which the log was folded.

    The user of ``url`` must be allowed to act as ``lapor_owner``. ``processes``: 1 folds in this process; by
    default one for each core. ``anew``: discard the finished ranges of a rebuild that was stopped.
    ``progress`` reports the ranges that are folded, then ``indexing`` the statements that index the tables.
    Raises ``RebuildError`` if the rebuild cannot begin or finish, and the ``FoldError`` of a failing fold.
    """
    known = {projection.name: projection for projection in projections}
    unknown = set(names) - set(known)
    if unknown:
        raise RebuildError(f"There is no projection '{min(unknown)}'; there are {', '.join(sorted(known))}.")
    chosen = [known[name] for name in names or known]
    cores = processes or os.cpu_count() or 1
    options = connection_string(url, role=OWNER, seconds=None)
    with (
        Connection.connect(options, autocommit=True, prepare_threshold=2) as connection,
        _exclusively(connection),
    ):
        bookmarks = lock_bookmarks(connection, chosen)
        if lacking := [projection.name for projection in chosen if projection not in bookmarks]:
            raise RebuildError(f"'{lacking[0]}' has no table yet; run `lapor migrate`.")
        earlier = None if anew else resumable(connection, bookmarks)
        plan, finished = earlier or (plan_at(connection, head_of(connection)), Finished())
        tables = [_begin(connection, new_table(*each), finished) for each in bookmarks.items()]
        parts = ranges(plan.head)
        left = _left(parts, bookmarks, finished)
        if before := len(parts) - len(left):
            progress(before, len(parts))
        few = plan.head < _WORTH_PROCESSES
        for done, _ in enumerate(_fold_all(options, left, plan, 1 if few else cores), before + 1):
            progress(done, len(parts))
        _index_all(options, tables, cores, indexing)
        for table in tables:
            swap_in(connection, table, plan.head)
    return plan.head


@contextmanager
def _exclusively(connection: Connection) -> Iterator[None]:
    """Keep other rebuilds out. The lock is released here: a closed connection keeps it a little longer."""
    (alone,) = connection.execute(f"SELECT pg_try_advisory_lock({_ONLY_ONE})".encode()).fetchone() or (False,)
    if not alone:
        raise RebuildError("Another rebuild is running; wait until it has ended.")
    try:
        yield
    finally:
        with suppress(psycopg.Error):
            connection.execute(f"SELECT pg_advisory_unlock({_ONLY_ONE})".encode())


def _begin(connection: Connection, table: Table, finished: Finished) -> Table:
    """Prepare a new table without indexes: with its finished ranges, or else empty. Return it."""
    with connection.transaction():
        if table.projection in finished:
            table.drop_indexes(connection)
        else:
            discard_finished(connection, table.projection)
            table.drop(connection)
            table.create(connection)
        for name in table.names:  # they only grow until they are vacuumed in the end
            connection.execute(f"ALTER TABLE {name} SET (autovacuum_enabled = off)".encode())
    return table


def _left(
    parts: Sequence[StreamRange], bookmarks: Bookmarks, finished: Finished
) -> list[tuple[StreamRange, Bookmarks]]:
    """Return the ranges that are not finished, each with the projections that lack it."""
    lacking = [
        (part, {each: bookmark for each, bookmark in bookmarks.items() if part not in finished.get(each, ())})
        for part in parts
    ]
    return [(part, bookmarks) for part, bookmarks in lacking if bookmarks]


def _fold_all(
    options: str, left: Sequence[tuple[StreamRange, Bookmarks]], plan: RebuildPlan, processes: int
) -> Iterator[None]:
    """Fold ranges, in this process or in workers; yield after each range."""
    if processes == 1:
        for part, lacking in left:
            fold_range(options, lacking, part, plan)
            yield
        return
    spawn = get_context("spawn")
    with ProcessPoolExecutor(processes, mp_context=spawn, initializer=_end_with_parent) as workers:
        folding = [workers.submit(fold_range, options, lacking, part, plan) for part, lacking in left]
        try:
            for each in as_completed(folding):
                each.result()
                yield
        except BrokenProcessPool as error:
            raise RebuildError(
                "A worker process was killed; run `lapor rebuild` again to continue."
            ) from error
        finally:
            workers.shutdown(wait=False, cancel_futures=True)


def _end_with_parent() -> None:
    """Let a worker process end with its parent, so that it does not write into the next rebuild's tables."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    parent = parent_process()

    def wait() -> None:
        if parent:
            parent.join()
            os._exit(1)

    threading.Thread(target=wait, daemon=True).start()


def _made(connection: Connection, statement: str) -> bool:
    """Execute a statement; return False if another thread took the index name that PostgreSQL had chosen."""
    try:
        connection.execute(statement.encode())
    except psycopg.errors.UniqueViolation as error:
        if error.diag.constraint_name != "pg_class_relname_nsp_index":
            raise
        return False
    return True


def _index_all(options: str, tables: Sequence[Table], threads: int, progress: Progress) -> None:
    """Make the keys and indexes of filled tables, several at a time. The work is done by the database."""

    def execute(statements: Sequence[str]) -> None:
        with Connection.connect(options, autocommit=True) as connection:
            connection.execute(_SORT_IN_MEMORY)
            for statement in statements:
                while not _made(connection, statement):
                    pass

    def merge_cells(table: Table) -> None:
        with Connection.connect(options, autocommit=True) as connection:
            if table.rollup:
                table.rollup.merge_cells(connection)

    ends: list[tuple[str, ...]] = [
        (f"ALTER TABLE {name} RESET (autovacuum_enabled)", f"VACUUM (ANALYZE) {name}")
        for table in tables
        for name in table.names
    ]
    phases: tuple[list[tuple[str, ...]], ...] = (
        [(statement,) for table in tables for statement in table.keys],
        [(statement,) for table in tables for statement in table.indexes],
        ends,
    )
    done, of = 0, sum(map(len, phases))
    with ThreadPoolExecutor(threads) as pool:
        list(pool.map(merge_cells, tables))
        for statements in phases:  # each begins when the one before has ended
            for _ in pool.map(execute, statements):
                done += 1
                progress(done, of)
