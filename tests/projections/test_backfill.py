"""A release with a raised version is ready once its table is filled. The older release works meanwhile."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import pytest

from lapor.domain.aggregate import Event
from lapor.operations.health import Health
from lapor.store.database import Connection, Database
from projections.catalogue import PROJECTIONS, status
from projections.complaints.register import REGISTER
from projections.engine.engine import BATCH, Engine
from projections.engine.errors import FoldError
from projections.engine.projection import Rows
from projections.engine.schema import prepare, prune
from projections.engine.tables import Table
from projections.running.backfill import behind, build_lacking
from projections.running.feeder import Feeder

from .histories import history
from .stores import as_superuser, everything, expected, feed, folded, held, store
from .test_feeder import eventually, running


def projected(event: Event, rows: Rows[Any]) -> None:
    """The fold of another release's register, which has other codes."""
    REGISTER.project(event, rows)
    for row in rows.of(event.originator_id):
        row.code = f"new {row.code.removeprefix('new ')}"


_CODE = f"SELECT code FROM {REGISTER.table} WHERE stream = %s".encode()
RAISED = replace(REGISTER, version=REGISTER.version + 1, project=projected)
NEXT_RELEASE = (RAISED, *PROJECTIONS[1:])


@pytest.fixture(scope="module")
def events() -> list[Event]:
    found = history(1, 700)
    assert len(found) > 2 * BATCH
    return found


def make_tables(url: str) -> None:
    with Connection.connect(url, autocommit=True) as connection:
        assert prepare(connection, NEXT_RELEASE) == [RAISED.table]


@contextmanager
def reading(database: Database) -> Iterator[list[object]]:
    """Read a row of the older release's register all the time; yield a list of what went wrong."""
    stop, wrong, known = threading.Event(), list[object](), min(held(database, REGISTER))

    def read() -> None:
        reads = 0
        while not stop.is_set() or reads < 3:
            reads += 1
            with database.connection() as connection:
                found = connection.execute(_CODE, [known])
                rows = found.fetchall()
            if len(rows) != 1 or rows[0][0].startswith("new"):
                wrong.append(rows)

    def guarded() -> None:
        try:
            read()
        except Exception as error:  # noqa: BLE001
            wrong.append(error)

    reader = threading.Thread(target=guarded)
    reader.start()
    try:
        yield wrong
    finally:
        stop.set()
        reader.join()


def test_a_raised_version_is_filled_while_the_old_one_is_read_and_fed(
    url: str, database: Database, events: list[Event]
) -> None:
    before, meanwhile, after = events[:-40], iter(events[-40:-10]), events[-10:]
    old = Engine(database, PROJECTIONS)
    store(database, before)
    feed(old)
    make_tables(url)
    seen: list[tuple[int, int]] = []

    def go_on(done: int, of: int) -> None:
        seen.append((done, of))
        store(database, [event for _, event in zip(range(2), meanwhile, strict=False)] or [])
        feed(old)
        assert held(database, REGISTER)

    with reading(database) as wrong:
        assert build_lacking(url, progress=go_on, projections=NEXT_RELEASE) == ["register"]
    assert wrong == []
    assert seen == [(n, 16) for n in range(1, 17)]

    store(database, [*meanwhile, *after])
    feed(Engine(database, NEXT_RELEASE))
    assert held(database, RAISED) == folded(RAISED, events)
    feed(old)
    assert everything(database) == expected(events)


def test_the_old_table_is_dropped_by_prune_alone(url: str, database: Database, events: list[Event]) -> None:
    store(database, events)
    feed(Engine(database, PROJECTIONS))
    make_tables(url)
    build_lacking(url, projections=NEXT_RELEASE)
    assert held(database, REGISTER) == folded(REGISTER, events)

    with Connection.connect(url, autocommit=True) as connection:
        assert prune(connection, NEXT_RELEASE) == [REGISTER.table]
        left = connection.execute("SELECT tablename FROM pg_tables WHERE tablename LIKE 'register%'")
        assert {name for (name,) in left} == set(Table(RAISED).names)
    assert held(database, RAISED) == folded(RAISED, events)


def test_an_interrupted_backfill_is_completed_by_the_next_one(
    url: str, database: Database, events: list[Event]
) -> None:
    store(database, events)
    feed(Engine(database, PROJECTIONS))
    make_tables(url)

    class Killed(BaseException):
        pass

    def kill(done: int, of: int) -> None:
        raise Killed

    with pytest.raises(Killed):
        build_lacking(url, progress=kill, projections=NEXT_RELEASE)
    Engine(database, NEXT_RELEASE, batch=100).step()  # a worker that was started too soon

    assert build_lacking(url, projections=NEXT_RELEASE) == ["register"]
    assert held(database, RAISED) == folded(RAISED, events)


def test_a_table_that_lacks_little_is_left_to_the_feeder(
    url: str, database: Database, events: list[Event]
) -> None:
    assert build_lacking(url) == [], "an empty log"
    store(database, events[: BATCH - 1])
    assert build_lacking(url) == [], "less than a batch"
    feed(Engine(database, PROJECTIONS))
    store(database, events[BATCH - 1 : 2 * BATCH - 2])
    assert build_lacking(url) == [], "less than is there"


def test_a_fold_that_cannot_take_the_log_is_named_and_the_old_release_goes_on(
    url: str, database: Database, events: list[Event]
) -> None:
    def broken(event: Event, rows: Rows[Any]) -> None:
        raise ValueError

    store(database, events[:-10])
    feed(Engine(database, PROJECTIONS))
    make_tables(url)
    with pytest.raises(FoldError):
        build_lacking(url, projections=[replace(RAISED, project=broken), *PROJECTIONS[1:]])

    store(database, events[-10:])
    feed(Engine(database, PROJECTIONS))
    assert everything(database) == expected(events)


def test_a_release_is_ready_once_its_projections_have_been_at_the_head(
    url: str, database: Database, events: list[Event]
) -> None:
    store(database, events[:-BATCH])
    feed(Engine(database, PROJECTIONS))
    make_tables(url)
    as_superuser(url, "INSERT INTO feeder (beat_at, position) VALUES (now(), 0)")
    older, newer = Health(database), Health(database, NEXT_RELEASE)

    assert older()["ready"]
    assert (newer()["ready"], newer()["behind"]) == (False, ["register"])
    build_lacking(url, projections=NEXT_RELEASE)
    assert (newer()["ready"], newer()["behind"]) == (True, [])

    store(database, events[-BATCH:])  # an import, say: what lags is still served, by who was ready before
    assert behind(status(database)) == [projection.name for projection in PROJECTIONS]
    assert older()["ready"]
    assert newer()["ready"]
    assert not Health(database)()["ready"], "a process that has just been started"


def test_workers_of_two_releases_feed_side_by_side(url: str, database: Database, events: list[Event]) -> None:
    few = events[:200]
    make_tables(url)
    held_by: Callable[[], bool] = lambda: held(database, RAISED) == folded(RAISED, few)  # noqa: E731
    with running(Feeder(database)), running(Feeder(database, NEXT_RELEASE)):
        store(database, few)
        assert eventually(held_by)
        assert eventually(lambda: everything(database) == expected(few))
