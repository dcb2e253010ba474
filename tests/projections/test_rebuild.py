"""A rebuilt table equals the live one, and readers always see one of the two."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from itertools import pairwise
from typing import Any
from uuid import UUID

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lapor.domain.aggregate import Event
from lapor.store.database import Connection, Database
from projections.backlog.projection import BACKLOG
from projections.catalogue import PROJECTIONS
from projections.complaints.register import REGISTER
from projections.engine.bookmarks import lock_bookmarks
from projections.engine.engine import Engine
from projections.engine.errors import FoldError, RebuildError
from projections.engine.projection import Rows
from projections.engine.tables import Table
from projections.running import rebuild as module
from projections.running import table_swap
from projections.running.partition import ranges
from projections.running.rebuild import rebuild

from .histories import history
from .scopes import ZONE
from .stores import as_superuser, bookmarks, everything, expected, feed, held, leaf_of, store


@settings(
    max_examples=6,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(seed=st.integers(0, 2**32), complaints=st.integers(1, 15))
def test_a_rebuilt_table_is_what_a_plain_fold_gives(
    url: str, empty: Callable[[], None], seed: int, complaints: int
) -> None:
    empty()
    events = history(seed, complaints)
    database = Database(url, connections=2)
    store(database, events)

    assert rebuild(url, processes=1) == len(events)

    assert everything(database) == expected(events, ZONE)
    assert set(bookmarks(database).values()) == {(len(events), leaf_of(events, len(events)), None)}
    assert Engine(database, PROJECTIONS).step() == 0
    database.close()


def test_several_processes_give_the_same(
    url: str, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_WORTH_PROCESSES", 1)
    events = history(1, 40)
    store(database, events)
    seen: list[tuple[int, int]] = []

    rebuild(url, processes=2, progress=lambda done, of: seen.append((done, of)))

    assert everything(database) == expected(events)
    assert seen == [(n, 16) for n in range(1, 17)]


def test_events_stored_during_a_rebuild_are_folded_in(url: str, database: Database) -> None:
    events = history(2, 20)
    store(database, events[:60])
    later = iter(events[60:])

    def meanwhile(*_: int) -> None:
        if event := next(later, None):
            store(database, [event])
            feed(Engine(database, PROJECTIONS))

    assert rebuild(url, processes=1, progress=meanwhile) == 60
    store(database, list(later))
    feed(Engine(database, PROJECTIONS))

    assert everything(database) == expected(events)


def test_readers_always_see_a_complete_table(url: str, database: Database) -> None:
    events = history(3, 30)
    store(database, events)
    feed(Engine(database, PROJECTIONS))
    complete = held(database, REGISTER)
    stop = threading.Event()
    wrong: list[object] = []
    reads = 0

    def read() -> None:
        nonlocal reads
        try:
            while not stop.is_set():
                reads += 1
                if held(database, REGISTER) != complete:
                    wrong.append("another table")
        except Exception as error:  # noqa: BLE001
            wrong.append(error)

    reader = threading.Thread(target=read)
    reader.start()
    for _ in range(3):
        rebuild(url, ["register"], processes=1)
    stop.set()
    reader.join()

    assert wrong == []
    assert reads > 10
    assert everything(database) == expected(events)


def test_a_long_reader_is_waited_for_without_holding_up_others(
    url: str, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(table_swap, "_PAUSE_SECONDS", 0.05)
    monkeypatch.setattr(table_swap, "_PATIENCE_SECONDS", 0.1)
    events = history(4, 5)
    store(database, events)
    feed(Engine(database, PROJECTIONS))
    with psycopg.connect(url) as reader:
        reader.execute(f"SELECT FROM {REGISTER.table}".encode())
        with pytest.raises(RebuildError):
            rebuild(url, ["register"], processes=1)
        assert everything(database) == expected(events)
    rebuild(url, ["register"], processes=1)
    assert everything(database) == expected(events)


def test_a_failing_fold_leaves_the_live_table_as_it_was_and_the_next_rebuild_cleans_up(
    url: str, database: Database
) -> None:
    events = history(5, 10)
    store(database, events)
    feed(Engine(database, PROJECTIONS))
    before = bookmarks(database)

    with pytest.raises(FoldError):
        rebuild(url, processes=1, projections=[replace(REGISTER, project=broken), BACKLOG])

    assert everything(database) == expected(events)
    assert bookmarks(database) == before
    rebuild(url, processes=1)
    assert tables(url) == sorted(name for projection in PROJECTIONS for name in Table(projection).names)


def broken(event: Event, rows: Rows[Any]) -> None:
    raise ValueError


def tables(url: str) -> list[str]:
    names = "|".join(projection.name for projection in PROJECTIONS)
    with psycopg.connect(url) as connection:
        found = connection.execute(
            "SELECT tablename FROM pg_tables WHERE tablename ~ %s ORDER BY 1", [f"^({names})_"]
        ).fetchall()
    return [name for (name,) in found]


def test_a_rebuild_lets_a_failed_projection_continue(url: str, database: Database) -> None:
    events = history(6, 10)
    store(database, events[:30])
    engine = Engine(database, [replace(REGISTER, project=broken), BACKLOG])
    feed(engine)
    assert bookmarks(database)["register"][2]
    as_superuser(url, "UPDATE event SET topic = topic")  # as if a release with a repaired fold had started

    rebuild(url, ["register"], processes=1)
    store(database, events[30:])
    feed(Engine(database, PROJECTIONS))

    assert everything(database) == expected(events)


def test_a_log_that_was_restored_is_followed_after_a_rebuild(url: str, database: Database) -> None:
    events = history(7, 10)
    store(database, events)
    feed(Engine(database, PROJECTIONS))
    as_superuser(url, "DELETE FROM event WHERE position > 20")

    rebuild(url, processes=1)

    assert everything(database) == expected(events[:20])
    assert Engine(database, PROJECTIONS).step() == 0


def test_only_one_rebuild_at_a_time(url: str) -> None:
    with psycopg.connect(url) as other:
        other.execute("SELECT pg_advisory_lock(hashtextextended(current_schema() || '.lapor_rebuild', 0))")
        with pytest.raises(RebuildError):
            rebuild(url, processes=1)


def test_an_unknown_projection_is_named(url: str) -> None:
    with pytest.raises(RebuildError, match="no projection 'regster'"):
        rebuild(url, ["regster"])


@pytest.mark.parametrize("events", [0, 8_000_000, 60_000_000])
def test_the_ranges_hold_every_stream_once(events: int) -> None:
    cut = ranges(events)
    assert len(cut) >= 16
    assert (cut[0].first, cut[-1].last) == (UUID(int=0), UUID(int=2**128 - 1))
    assert all(before.last.int + 1 == after.first.int for before, after in pairwise(cut))


def test_readers_are_never_set_back_by_the_swap(
    url: str, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    events = history(5, 20)
    store(database, events[:60])
    later = iter(events[60:])
    shown: list[int] = []
    lock = lock_bookmarks

    def just_before(connection: Any, projections: Any) -> Any:
        """Let the live table get ahead after the last look at the log, before the swap locks it out."""
        store(database, [next(later)])
        feed(Engine(database, PROJECTIONS))
        shown.append(bookmarks(database)[projections[0].name][0])
        return lock(connection, projections)

    monkeypatch.setattr(table_swap, "lock_bookmarks", just_before)

    rebuild(url, ["register"], processes=1)

    assert bookmarks(database)["register"][0] >= max(shown) == 61
    feed(Engine(database, PROJECTIONS))
    assert everything(database) == expected(events[:61])


def test_progress_tells_the_folding_and_then_the_indexing(url: str, database: Database) -> None:
    store(database, history(6, 8))
    told: list[tuple[str, int, int]] = []

    rebuild(
        url,
        processes=1,
        progress=lambda done, of: told.append(("fold", done, of)),
        indexing=lambda done, of: told.append(("index", done, of)),
    )

    phases = [phase for phase, _, _ in told]
    assert phases == sorted(phases)  # "fold" comes before "index"
    indexed = [(done, of) for phase, done, of in told if phase == "index"]
    assert indexed == [(n, len(indexed)) for n in range(1, len(indexed) + 1)]
    assert len(indexed) > 40


def test_a_rebuilt_table_is_vacuumed_by_itself_again(url: str, database: Database) -> None:
    store(database, history(6, 3))

    rebuild(url, processes=1)

    options = "SELECT count(*) FROM pg_class WHERE 'autovacuum_enabled=off' = ANY(reloptions)"
    with database.connection() as connection:
        assert connection.execute(options).fetchall() == [(0,)]


def test_an_index_whose_name_was_taken_meanwhile_is_made_under_another(url: str, database: Database) -> None:
    statement = "CREATE INDEX chosen ON shelf (n)"  # a name that two sessions have chosen at once
    with psycopg.connect(url) as first, Connection.connect(url, autocommit=True) as second:
        second.execute("CREATE TABLE shelf (n integer)")
        first.execute(statement)  # not committed yet
        with ThreadPoolExecutor(1) as pool:
            made = pool.submit(module._made, second, statement)
            waiting = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND pid = %s"
            with psycopg.connect(url, autocommit=True) as other:
                while other.execute(waiting, [second.info.backend_pid]).fetchone() == (0,):
                    assert not made.done()
            first.commit()
            assert made.result() is False
        assert module._made(second, "CREATE INDEX ON shelf (n)")
        second.execute("CREATE UNIQUE INDEX ON shelf (n)")
        with pytest.raises(psycopg.errors.UniqueViolation):
            module._made(second, "INSERT INTO shelf VALUES (1), (1)")
