"""Folds the whole log anew, on all cores, beside the live tables, and then takes their place.

The log up to a fixed head is cut into ranges of streams. Each is folded in memory by one of the
worker processes and copied into ``<table>_new``; then the indexes are made, what was stored
meanwhile is folded in, and the new table takes the live one's name. Readers see the one or the
other, whole. Whatever interrupts a rebuild leaves the live tables and their bookmarks as they were, and
the next one goes on with the ranges that are not finished, where ``plan`` says that the others still fit.
"""

import os
import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager, suppress
from multiprocessing import get_context, parent_process

import psycopg

from lapor.store.database import Connection, connection_string
from lapor.store.migrate import OWNER
from projections.catalogue import PROJECTIONS
from projections.engine.bookmarks import Marks, lock
from projections.engine.errors import RebuildError
from projections.engine.projection import Projection
from projections.engine.tables import Table
from projections.running.partition import fold_range, new_table, ranges
from projections.running.rebuild_plan import Finished, RebuildPlan, StreamRange, begun, forget, plan_at
from projections.running.table_swap import head_of, take_over

Progress = Callable[[int, int], None]
"""Told how many ranges of how many have been folded."""

_WORTH_PROCESSES = 20_000  # events; fewer are folded before a second process has started
_SORT_IN_MEMORY = "SET maintenance_work_mem = '256MB'; SET max_parallel_maintenance_workers = 0"
_ONLY_ONE = "hashtextextended(current_schema() || '.lapor_rebuild', 0)"


def rebuild(
    url: str,
    names: Sequence[str] = (),
    *,
    processes: int | None = None,
    progress: Progress = lambda _done, _of: None,
    projections: Sequence[Projection] = PROJECTIONS,
    anew: bool = False,
) -> int:
    """Rebuild the named projections together, or all; the position up to which the log was folded.

    ``url`` must be allowed to act as ``lapor_owner``. With one process everything is done in this one.
    ``anew``: what a rebuild that was stopped has finished is thrown away.
    Raises ``RebuildError`` where it cannot begin or cannot end; a failing fold's ``FoldError``.
    """
    known = {projection.name: projection for projection in projections}
    unknown = set(names) - set(known)
    if unknown:
        raise RebuildError(f"There is no projection '{min(unknown)}'; there are {', '.join(sorted(known))}.")
    chosen = [known[name] for name in names or known]
    cores = processes or os.cpu_count() or 1
    options = connection_string(url, role=OWNER, seconds=None)
    with Connection.connect(options, autocommit=True, prepare_threshold=2) as connection, _alone(connection):
        marks = lock(connection, chosen)
        if lacking := [projection.name for projection in chosen if projection not in marks]:
            raise RebuildError(f"'{lacking[0]}' has no table yet; run `lapor migrate`.")
        earlier = None if anew else begun(connection, marks)
        plan, finished = earlier or (plan_at(connection, head_of(connection)), Finished())
        tables = [_begin(connection, new_table(*each), finished) for each in marks.items()]
        parts = ranges(plan.head)
        left = _left(parts, marks, finished)
        if before := len(parts) - len(left):
            progress(before, len(parts))
        few = plan.head < _WORTH_PROCESSES
        for done, _ in enumerate(_fold_all(options, left, plan, 1 if few else cores), before + 1):
            progress(done, len(parts))
        _index_all(options, tables, cores)
        for table in tables:
            take_over(connection, table, plan.head)
    return plan.head


@contextmanager
def _alone(connection: Connection) -> Iterator[None]:
    """Keep other rebuilds out. The lock is given back here: a closed connection holds it a little longer."""
    (alone,) = connection.execute(f"SELECT pg_try_advisory_lock({_ONLY_ONE})".encode()).fetchone() or (False,)
    if not alone:
        raise RebuildError("Another rebuild is at work; wait until it has ended.")
    try:
        yield
    finally:
        with suppress(psycopg.Error):
            connection.execute(f"SELECT pg_advisory_unlock({_ONLY_ONE})".encode())


def _begin(connection: Connection, table: Table, finished: Finished) -> Table:
    """A table beside the live one, without indexes: with what is finished, otherwise empty."""
    with connection.transaction():
        if table.projection in finished:
            table.unindex(connection)
        else:
            forget(connection, table.projection)
            table.drop(connection)
            table.create(connection)
    return table


def _left(parts: Sequence[StreamRange], marks: Marks, finished: Finished) -> list[tuple[StreamRange, Marks]]:
    """The ranges that are to be folded, each for the projections that do not have it."""
    lacking = [
        (part, {each: mark for each, mark in marks.items() if part not in finished.get(each, ())})
        for part in parts
    ]
    return [(part, marks) for part, marks in lacking if marks]


def _fold_all(
    options: str, left: Sequence[tuple[StreamRange, Marks]], plan: RebuildPlan, processes: int
) -> Iterator[None]:
    """Fold ranges, here or in processes of our own; goes on whenever one is finished."""
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
                "A process was killed at its work; `lapor rebuild` goes on from here."
            ) from error
        finally:
            workers.shutdown(wait=False, cancel_futures=True)


def _end_with_parent() -> None:
    """Let a worker end with the rebuild: it is not to write into the next one's tables."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    parent = parent_process()

    def wait() -> None:
        if parent:
            parent.join()
            os._exit(1)

    threading.Thread(target=wait, daemon=True).start()


def _index_all(options: str, tables: Sequence[Table], threads: int) -> None:
    """Give tables that were filled their keys and indexes, several at a time: the work is the database's."""

    def execute(statement: str) -> None:
        with Connection.connect(options, autocommit=True) as connection:
            connection.execute(_SORT_IN_MEMORY)
            connection.execute(statement.encode())

    def settle(table: Table) -> None:
        with Connection.connect(options, autocommit=True) as connection:
            if table.sums:
                table.sums.settle(connection)

    names = [name for table in tables for name in table.names]
    with ThreadPoolExecutor(threads) as pool:
        list(pool.map(settle, tables))
        list(pool.map(execute, [statement for table in tables for statement in table.keys]))
        list(pool.map(execute, [statement for table in tables for statement in table.indexes]))
        list(pool.map(execute, [f"VACUUM (ANALYZE) {name}" for name in names]))
