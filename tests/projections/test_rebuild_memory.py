"""A rebuild's memory does not grow with the log, because the rows of finished streams are written."""

import multiprocessing
import tracemalloc
from concurrent.futures import ProcessPoolExecutor

from lapor.store.database import Connection, Database, connection_string
from lapor.store.migrate import OWNER
from projections.catalogue import PROJECTIONS
from projections.engine.bookmarks import Bookmarks, read_bookmarks
from projections.running import partition
from projections.running.partition import fold_range, new_table, ranges
from projections.running.rebuild_plan import RebuildPlan, StreamRange, discard_finished, plan_at
from projections.running.table_swap import head_of

from .histories import history
from .stores import as_superuser, store

_MULTIPLY = """
    INSERT INTO event (position, stream, version, topic, state)
    SELECT head + row_number() OVER (ORDER BY copy, position),
           md5(concat_ws(' ', head, copy, stream))::uuid, version, topic, state
      FROM event, (SELECT max(position) AS head FROM event), generate_series(1, %s) AS copy
"""


def most_held(options: str, bookmarks: Bookmarks, part: StreamRange, plan: RebuildPlan) -> int:
    """Return the peak of Python's memory, in bytes, while streams are folded. Runs in its own process."""
    partition._EVENTS_AT_ONCE = 100  # so that short logs are long
    tracemalloc.start()
    fold_range(options, bookmarks, part, plan)
    return tracemalloc.get_traced_memory()[1]


def peak(url: str) -> tuple[int, int]:
    """Return the peak of folding all streams as one range, and the head."""
    options = connection_string(url, role=OWNER, seconds=None)
    with Connection.connect(options, autocommit=True) as connection:
        bookmarks, head = read_bookmarks(connection, PROJECTIONS)
        assert head == head_of(connection)
        for projection, bookmark in bookmarks.items():
            new_table(projection, bookmark).drop(connection)
            new_table(projection, bookmark).create(connection)
            discard_finished(connection, projection)
        plan = plan_at(connection, head)
    everything = StreamRange(ranges(head)[0].first, ranges(head)[-1].last)
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as alone:
        return alone.submit(most_held, options, bookmarks, everything, plan).result(), head


def test_folding_a_log_several_times_as_long_takes_no_more_memory(url: str, database: Database) -> None:
    store(database, history(1, 100))
    as_superuser(url, _MULTIPLY, 4)
    short, events = peak(url)
    as_superuser(url, _MULTIPLY, 5)

    long, all_events = peak(url)

    assert all_events == 6 * events
    assert long < 1.5 * short, f"{events} events: {short:,} bytes; {all_events}: {long:,}"
