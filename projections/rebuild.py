"""Folds the whole log anew, on all cores, beside the live tables, and then takes their place.

The log up to a fixed head is cut into ranges of streams. Each is folded in memory by one of the
worker processes and copied into ``<table>_new``; then the indexes are made, what was stored
meanwhile is folded in, and the new table takes the live one's name. Readers see the one or the
other, whole. Whatever interrupts a rebuild leaves the live tables and their bookmarks as they were,
and the next rebuild begins by throwing away what is left of it.
"""

import os
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor, as_completed
from contextlib import contextmanager, suppress
from multiprocessing import get_context, parent_process

import psycopg

from lapor.store.database import connection_string
from lapor.store.migrate import OWNER
from projections.bookmarks import Bookmark, Connection, Marks, lock
from projections.catalogue import PROJECTIONS
from projections.failures import RebuildError
from projections.partition import fold_range, new_table, ranges
from projections.projection import Projection
from projections.sums import Counts, Tally
from projections.tables import Table
from projections.takeover import head_of, take_over

Progress = Callable[[int, int], None]
"""Told how many ranges of how many have been folded."""

_WORTH_PROCESSES = 20_000  # facts; fewer are folded before a second process has started
_SORT_IN_MEMORY = "SET maintenance_work_mem = '256MB'; SET max_parallel_maintenance_workers = 0"
_ONLY_ONE = "hashtextextended(current_schema() || '.lapor_rebuild', 0)"


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
        marks = lock(connection, chosen)
        tables = [_begin(connection, projection, marks.get(projection)) for projection in chosen]
        head = head_of(connection)
        sums = _fold_all(options, marks, head, processes or os.cpu_count() or 1, progress)
        with ThreadPoolExecutor(processes or os.cpu_count() or 1) as threads:
            list(threads.map(lambda table: _finish(options, table, sums.get(table.projection.name)), tables))
        for table in tables:
            take_over(connection, table, head)
    return head


def _finish(options: str, table: Table, tally: Tally | None) -> None:
    """Give a table that was filled its indexes and its sums. The work is the database's own."""
    with psycopg.connect(options, autocommit=True) as connection:
        connection.execute(_SORT_IN_MEMORY)
        table.index(connection)
        if table.sums and tally:
            table.sums.add(connection, tally.cells())
        connection.execute(f"VACUUM (ANALYZE) {', '.join(table.names)}".encode())


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


def _begin(connection: Connection, projection: Projection, mark: Bookmark | None) -> Table:
    """An empty table beside the live one, in place of what an earlier rebuild may have left."""
    if mark is None:
        raise RebuildError(f"'{projection.name}' has no table yet; run `lapor migrate`.")
    table = new_table(projection, mark)
    with connection.transaction():
        table.drop(connection)
        table.create(connection)
    return table


def _fold_all(options: str, marks: Marks, head: int, processes: int, progress: Progress) -> dict[str, Tally]:
    """Fold all facts up to ``head``, a range of streams at a time; the sums, by projection."""
    parts = ranges(head)
    tallies = {
        each.name: new_table(each, mark).tally() for each, mark in marks.items() if each.sums is not None
    }
    done = 0

    def take(found: tuple[int, dict[str, Counts]]) -> None:
        nonlocal done
        for name, counts in found[1].items():
            tallies[name].add(counts)
        progress(done := done + 1, len(parts))

    if processes == 1 or head < _WORTH_PROCESSES:
        for part in parts:
            take(fold_range(options, marks, part, head))
    else:
        spawn = get_context("spawn")
        with ProcessPoolExecutor(processes, mp_context=spawn, initializer=_end_with_parent) as workers:
            folding = [workers.submit(fold_range, options, marks, part, head) for part in parts]
            try:
                for each in as_completed(folding):
                    take(each.result())
            finally:
                workers.shutdown(wait=False, cancel_futures=True)
    return tallies


def _end_with_parent() -> None:
    """Let a worker end when the rebuild is killed, so that it does not write into the next one's tables."""
    parent = parent_process()

    def wait() -> None:
        if parent:
            parent.join()
            os._exit(1)

    threading.Thread(target=wait, daemon=True).start()
