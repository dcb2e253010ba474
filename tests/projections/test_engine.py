"""Every event reaches the tables exactly once, even if something fails."""

import threading
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lapor.domain.aggregate import Event
from lapor.store.codec import UnknownTopicError
from lapor.store.database import Database
from projections.backlog.projection import BACKLOG
from projections.catalogue import PROJECTIONS, status
from projections.complaints.register import REGISTER
from projections.engine.batch import apply
from projections.engine.bookmarks import skip
from projections.engine.engine import Engine
from projections.engine.errors import FoldedBeforeError, OutOfStepError, UnreadableFactError
from projections.engine.projection import Projection, Rows
from projections.engine.tables import Table
from projections.running.rebuild import rebuild
from projections.running.replay import check
from projections.sla.promises import PROMISES

from .histories import history
from .scopes import ZONE
from .stores import (
    as_superuser,
    bookmarks,
    everything,
    expected,
    feed,
    folded,
    held,
    leaf_of,
    store,
    without_history,
)

FAILING_AT: set[int] = set()


def wary(event: Event, rows: Rows[Any]) -> None:
    """The register's fold, which fails at the versions in ``FAILING_AT``."""
    if event.originator_version in FAILING_AT:
        raise ValueError("a secret that somebody wrote")
    REGISTER.project(event, rows)


WARY = replace(REGISTER, project=wary)


@pytest.fixture(autouse=True)
def nothing_fails() -> None:
    FAILING_AT.clear()


@settings(
    max_examples=30,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    seed=st.integers(0, 2**32),
    complaints=st.integers(1, 12),
    sizes=st.lists(st.integers(1, 25), min_size=1, max_size=4),
)
def test_a_live_table_is_what_a_plain_fold_gives_in_any_batch_size_and_also_twice(
    url: str, empty: Callable[[], None], seed: int, complaints: int, sizes: list[int]
) -> None:
    empty()
    events = history(seed, complaints)
    database = Database(url, connections=2)
    store(database, events)

    for size in sizes:  # each engine takes one batch of its own size
        Engine(database, PROJECTIONS, batch=size).step()
    feed(Engine(database, PROJECTIONS, batch=sizes[-1]))
    assert everything(database) == expected(events, ZONE)

    back = min(position for position, _, _ in bookmarks(database).values()) // 2
    leaf = leaf_of(events, back) if back else None
    as_superuser(url, "UPDATE projection SET position = %s, leaf = %s", back, leaf)
    feed(Engine(database, PROJECTIONS, batch=sizes[-1]))
    assert without_history(everything(database)) == without_history(expected(events, ZONE))
    assert {bookmark[:2] for bookmark in bookmarks(database).values()} == {
        (len(events), leaf_of(events, len(events)))
    }
    database.close()


@pytest.mark.parametrize("projection", [REGISTER, PROMISES])
def test_events_folded_a_second_time_are_noticed_or_change_nothing_with_again(
    database: Database, projection: Projection
) -> None:
    events = history(3, 4)
    store(database, events)
    feed(Engine(database, PROJECTIONS))
    before, table = everything(database), Table(projection, zone=ZONE)
    placed = list(enumerate(events, 1))
    with database.connection() as connection:
        with pytest.raises(FoldedBeforeError), connection.transaction():
            apply(connection, [table], placed)
        assert everything(database) == before
        with connection.transaction():
            apply(connection, [table], placed, again=True)
    assert without_history(everything(database)) == without_history(before)


def test_an_idle_step_applies_nothing(database: Database) -> None:
    engine = Engine(database, PROJECTIONS)
    assert engine.step() == 0
    store(database, events := history(1, 3))
    assert feed(engine) == len(events)
    assert engine.step() == 0


def test_a_failing_fold_stops_alone_and_rejoins_when_it_is_repaired(database: Database) -> None:
    events = history(2, 10)
    store(database, events[:20])
    feed(Engine(database, PROJECTIONS))
    before = held(database, REGISTER)
    store(database, events[20:])
    FAILING_AT.update(range(2, 9))
    engine = Engine(database, [WARY, *PROJECTIONS[1:]])

    feed(engine)

    position, leaf, failure = bookmarks(database)["register"]
    assert (position, leaf) == (20, leaf_of(events, 20))
    assert failure is not None
    assert failure.startswith("ValueError in test_engine.py")
    assert "secret" not in failure
    assert held(database, REGISTER) == before
    assert held(database, BACKLOG) == folded(BACKLOG, events)
    assert bookmarks(database)["backlog"] == (len(events), leaf_of(events, len(events)), None)

    FAILING_AT.clear()
    assert feed(engine) == 0, "it stays off until it is repaired"
    feed(Engine(database, [WARY, *PROJECTIONS[1:]]))

    assert everything(database) == expected(events)
    assert {entry.failure for entry in status(database)} == {None}


def test_a_row_that_the_database_refuses_fails_its_projection_alone(database: Database) -> None:
    events = history(3, 4)
    store(database, events)

    feed(Engine(database, [replace(REGISTER, project=with_a_nul), BACKLOG]))

    assert "(SQLSTATE 22" in (bookmarks(database)["register"][2] or "")
    assert held(database, BACKLOG) == folded(BACKLOG, events)


def with_a_nul(event: Event, rows: Rows[Any]) -> None:
    REGISTER.project(event, rows)
    rows[event.originator_id].code = "\0"


def test_a_projection_behind_catches_up_without_delaying_the_others(database: Database) -> None:
    events = history(4, 30)
    store(database, events[:50])
    feed(Engine(database, [REGISTER]))
    store(database, events[50:])
    engine = Engine(database, PROJECTIONS, batch=10)

    engine.step()

    assert bookmarks(database)["register"][0] == 60
    assert bookmarks(database)["backlog"][0] == 10
    feed(engine)
    assert everything(database) == expected(events)


def test_an_unknown_event_stops_the_feed_just_before_it(url: str, database: Database) -> None:
    events = history(5, 10)
    store(database, events)
    as_superuser(url, "UPDATE event SET topic = 'lapor.complaint.praised' WHERE position = 8")
    engine = Engine(database, PROJECTIONS)

    assert engine.step() == 7
    with pytest.raises(UnknownTopicError):
        engine.step()

    assert engine.step() == 0
    for position, leaf, failure in bookmarks(database).values():
        assert (position, leaf) == (7, leaf_of(events, 7))
        assert "lapor.complaint.praised" in (failure or "")


def test_unreadable_bytes_stop_the_feed_without_being_quoted(url: str, database: Database) -> None:
    store(database, history(5, 3))
    as_superuser(url, "UPDATE event SET state = convert_to('{\"kind\":\"Budi\"}', 'UTF8') WHERE position = 1")

    with pytest.raises(UnreadableFactError) as caught:
        Engine(database, PROJECTIONS).step()

    assert "Budi" not in str(caught.value)


@pytest.mark.parametrize(
    "harm",
    [
        "UPDATE event SET state = state || ' '::bytea WHERE position = 20",
        "DELETE FROM event WHERE position = 20",
        "DELETE FROM event WHERE position >= 20",
        "UPDATE projection SET position = position + 1000",
    ],
)
@pytest.mark.parametrize("reference_update", [0, 3])
def test_a_log_that_is_not_the_one_it_was_folded_from_is_refused(
    url: str, database: Database, harm: str, reference_update: int
) -> None:
    events = history(6, 10)
    store(database, events[:20])
    feed(Engine(database, PROJECTIONS))
    before = everything(database)
    as_superuser(url, harm)
    if reference_update and ">=" not in harm:
        store(database, history(66, 1)[:reference_update])

    with pytest.raises(OutOfStepError):
        feed(Engine(database, PROJECTIONS))

    assert everything(database) == before
    assert all(failure for _, _, failure in bookmarks(database).values())


def test_a_repaired_log_is_followed_again(url: str, database: Database) -> None:
    events = history(7, 3)
    store(database, events)
    feed(Engine(database, PROJECTIONS))
    as_superuser(url, "UPDATE event SET version = version + 100 WHERE position = %s", len(events))
    with pytest.raises(OutOfStepError):
        Engine(database, PROJECTIONS).step()
    as_superuser(url, "UPDATE event SET version = version - 100 WHERE position = %s", len(events))

    Engine(database, PROJECTIONS).step()

    assert {entry.failure for entry in status(database)} == {None}


def test_two_engines_at_once_do_no_harm(database: Database) -> None:
    events = history(8, 60)
    threads = [threading.Thread(target=feed, args=[Engine(database, PROJECTIONS, batch=7)]) for _ in range(2)]
    store(database, events)

    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    feed(Engine(database, PROJECTIONS))
    assert everything(database) == expected(events)


def skip_event(database: Database, projection: Projection, position: int) -> None:
    with database.connection() as connection:
        skip(connection, projection, position, reason="mended in the next release", by="operator")


def test_a_skipped_event_no_longer_stops_a_projection_or_its_rebuild(url: str, database: Database) -> None:
    events = history(2, 10)
    store(database, events)
    FAILING_AT.add(2)
    poisoned = [n for n, event in enumerate(events, 1) if event.originator_version == 2]
    projections = [WARY, *PROJECTIONS[1:]]
    engine = Engine(database, projections)
    feed(engine)
    assert bookmarks(database)["register"][2] is not None

    for position in poisoned:
        skip_event(database, WARY, position)
    feed(engine)

    assert {failure for _, _, failure in bookmarks(database).values()} == {None}
    others = [event for n, event in enumerate(events, 1) if n not in poisoned]
    live = everything(database)
    assert live["register"] == folded(REGISTER, others)
    assert live["backlog"] == folded(BACKLOG, events)
    rebuild(url, processes=1, projections=projections)
    assert everything(database) == live
    events_folded, differences = check(url)
    assert (events_folded > 0, differences) == (True, [])


def test_an_unreadable_event_is_skipped_if_every_projection_skips_it(url: str, database: Database) -> None:
    events = history(3, 5)
    store(database, events)
    ends = {event.originator_id: n for n, event in enumerate(events, 1)}
    last = max(ends.values())
    as_superuser(url, "UPDATE event SET state = '{}' WHERE position = %s", last)
    engine = Engine(database, PROJECTIONS)
    with pytest.raises(UnreadableFactError):
        feed(engine)

    for projection in PROJECTIONS:
        skip_event(database, projection, last)
    feed(Engine(database, PROJECTIONS))

    assert {position for position, _, _ in bookmarks(database).values()} == {last}
    assert held(database, REGISTER) == folded(REGISTER, events[: last - 1])
    rebuild(url, processes=1)
    assert held(database, REGISTER) == folded(REGISTER, events[: last - 1])
