"""A stopped rebuild continues where it was, but never with ranges that are no longer valid."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest

from lapor.store.database import Database
from projections.catalogue import PROJECTIONS
from projections.complaints.register import REGISTER
from projections.engine.bookmarks import Bookmarks, skip
from projections.engine.engine import Engine
from projections.engine.tables import Table
from projections.running import rebuild as module
from projections.running.partition import fold_range
from projections.running.rebuild import rebuild
from projections.running.rebuild_plan import RebuildPlan, StreamRange

from ..faults.slack import slack
from .histories import history
from .stores import as_superuser, everything, expected, feed, store

SLOWLY = """
import os, sys, time
from projections.running.rebuild import rebuild
def show(done, of):
    print(done, flush=True)
    time.sleep(0.2)
if __name__ == "__main__":
    rebuild(sys.argv[1], processes=1, progress=show)
"""


class StopHere(Exception):
    """Stops a rebuild, like Ctrl-C."""


@pytest.fixture
def folded(monkeypatch: pytest.MonkeyPatch) -> list[tuple[StreamRange, set[str]]]:
    """Record which ranges are folded, for which projections."""
    seen = []

    def fold(options: str, bookmarks: Bookmarks, part: StreamRange, plan: RebuildPlan) -> None:
        seen.append((part, {projection.name for projection in bookmarks}))
        fold_range(options, bookmarks, part, plan)

    monkeypatch.setattr(module, "fold_range", fold)
    return seen


def stop_after(ranges: int) -> Callable[[int, int], None]:
    def progress(done: int, _of: int) -> None:
        if done == ranges:
            raise StopHere

    return progress


def stopped(url: str, ranges: int = 6) -> None:
    with pytest.raises(StopHere):
        rebuild(url, processes=1, progress=stop_after(ranges))


def test_finished_ranges_are_not_folded_again(
    url: str, database: Database, folded: list[tuple[StreamRange, set[str]]]
) -> None:
    events = history(11, 30)
    store(database, events)
    feed(Engine(database, PROJECTIONS))
    stopped(url, 6)
    assert everything(database) == expected(events), "the live tables are what they were"
    seen: list[tuple[int, int]] = []

    rebuild(url, processes=1, progress=lambda done, of: seen.append((done, of)))

    assert len({part for part, _ in folded}) == len(folded) == 16
    assert seen == [(n, 16) for n in range(6, 17)]
    assert everything(database) == expected(events)


def test_events_stored_between_two_rebuilds_are_folded_in(url: str, database: Database) -> None:
    events = history(12, 30)
    store(database, events[:80])
    stopped(url)
    store(database, events[80:])
    feed(Engine(database, PROJECTIONS))

    assert rebuild(url, processes=1) == 80

    assert everything(database) == expected(events)


def test_a_killed_rebuild_continues(
    url: str, database: Database, folded: list[tuple[StreamRange, set[str]]]
) -> None:
    events = history(13, 30)
    store(database, events)
    root = str(Path(__file__).parents[2])
    with subprocess.Popen(
        [sys.executable, "-c", SLOWLY, url], cwd=root, stdout=subprocess.PIPE, text=True
    ) as killed:
        assert killed.stdout is not None
        while killed.stdout.readline().strip() != "4":
            pass
        os.kill(killed.pid, signal.SIGKILL)
    awaited = time.monotonic() + 10 * slack()
    while others(url) and time.monotonic() < awaited:
        time.sleep(0.05)

    rebuild(url, processes=1)

    assert 0 < len(folded) <= 12
    assert everything(database) == expected(events)


def others(url: str) -> bool:
    """Return whether the server has not yet noticed that a client is gone."""
    with psycopg.connect(url) as connection:
        found = connection.execute(
            "SELECT FROM pg_locks WHERE locktype = 'advisory'"
            " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
        ).fetchone()
    return found is not None


def test_a_newly_skipped_event_makes_that_projection_alone_begin_again(
    url: str, database: Database, folded: list[tuple[StreamRange, set[str]]]
) -> None:
    events = history(14, 30)
    store(database, events)
    stopped(url, 6)
    last = len(events)
    with database.connection() as connection:
        skip(connection, REGISTER, last, reason="a test", by="tester")

    rebuild(url, processes=1)

    assert [names for _, names in folded[6:12]] == [{"register"}] * 6
    assert [names for _, names in folded[12:]] == [{each.name for each in PROJECTIONS}] * 10


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE day_zone SET zone = 'Asia/Jayapura'",
        "DELETE FROM event WHERE position > 40",
        "UPDATE event SET state = state || ' ' WHERE position = (SELECT max(position) FROM event)",
        f"DROP TABLE {', '.join(f'{projection.table}_new' for projection in PROJECTIONS)}",
    ],
)
def test_a_change_of_zone_log_or_tables_makes_all_begin_again(
    url: str, database: Database, folded: list[tuple[StreamRange, set[str]]], change: str
) -> None:
    store(database, history(15, 30))
    stopped(url, 6)
    as_superuser(url, change)

    rebuild(url, processes=1)

    assert len(folded) == 6 + 16


def test_another_release_begins_again(
    url: str,
    database: Database,
    folded: list[tuple[StreamRange, set[str]]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    store(database, history(16, 30))
    stopped(url, 6)
    monkeypatch.setattr("projections.running.rebuild_plan.code", lambda: b"another")

    rebuild(url, processes=1)

    assert len(folded) == 6 + 16


def test_a_rebuild_begins_again_on_request(
    url: str, database: Database, folded: list[tuple[StreamRange, set[str]]]
) -> None:
    events = history(17, 30)
    store(database, events)
    stopped(url, 6)

    rebuild(url, processes=1, anew=True)

    assert len(folded) == 6 + 16
    assert everything(database) == expected(events)


def test_a_rebuild_stopped_while_indexes_were_made_folds_nothing_again(
    url: str,
    database: Database,
    folded: list[tuple[StreamRange, set[str]]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    events = history(18, 30)
    store(database, events)
    with monkeypatch.context() as patch:
        patch.setattr(module, "swap_in", stop_after_indexing)
        with pytest.raises(StopHere):
            rebuild(url, processes=1)

    rebuild(url, processes=1)

    assert len(folded) == 16
    assert everything(database) == expected(events)
    assert indexes(url) == sum(len(Table(each).keys) + len(Table(each).indexes) for each in PROJECTIONS)


def stop_after_indexing(*_: object) -> None:
    raise StopHere


def indexes(url: str) -> int:
    names = [name for each in PROJECTIONS for name in Table(each).names]
    with psycopg.connect(url) as connection:
        (found,) = connection.execute(
            "SELECT count(*) FROM pg_indexes WHERE tablename = ANY(%s)", [names]
        ).fetchone() or (0,)
    return int(found)


def test_a_completed_rebuild_leaves_nothing_to_continue(
    url: str, database: Database, folded: list[tuple[StreamRange, set[str]]]
) -> None:
    store(database, history(19, 10))
    rebuild(url, processes=1)
    rebuild(url, processes=1)

    assert len(folded) == 32
    with psycopg.connect(url) as connection:
        assert connection.execute("SELECT count(*) FROM rebuild_part").fetchone() == (0,)
