"""One feeder runs, others are spares, and readers see their own writes."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import SimpleNamespace

import pytest

from lapor.domain.errors import BeyondHeadError
from lapor.store.database import Database
from projections.catalogue import PROJECTIONS
from projections.engine.read_your_writes import wait_for
from projections.running.feeder import Feeder
from projections.running.heartbeat import seconds_since_beat

from ..faults.slack import slack
from .histories import history
from .stores import as_superuser, everything, expected, store


@contextmanager
def running(feeder: Feeder) -> Iterator[threading.Thread]:
    stop = threading.Event()
    thread = threading.Thread(target=feeder.run, args=[stop])
    thread.start()
    try:
        yield thread
    finally:
        stop.set()
        thread.join(10 * slack())
        assert not thread.is_alive()


def eventually(command: Callable[[], bool], within: float = 8.0) -> bool:
    deadline = time.monotonic() + within * slack()
    while not (answer := command()) and time.monotonic() < deadline:
        time.sleep(0.02)
    return answer


def test_a_reader_sees_its_own_write(database: Database) -> None:
    events = history(1, 10)
    with running(Feeder(database)):
        assert eventually(lambda: seconds_since_beat(database) is not None)
        for event in events:
            position = store(database, [event])
            assert wait_for(database, position, PROJECTIONS) >= position
    assert everything(database) == expected(events)


def test_a_position_that_the_log_has_not_reached_is_refused(database: Database) -> None:
    head = store(database, history(1, 1))
    with pytest.raises(BeyondHeadError) as caught:
        wait_for(database, head + 1, PROJECTIONS)
    assert caught.value.details == {"head": head}


@pytest.fixture
def waited(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Note the pauses of a reader that waits; nothing else takes time."""
    pauses: list[float] = []
    clock = SimpleNamespace(monotonic=lambda: sum(pauses), sleep=pauses.append)
    monkeypatch.setattr("projections.engine.read_your_writes.time", clock)
    return pauses


def test_nobody_waits_for_a_feeder_that_is_not_there(
    url: str, database: Database, waited: list[float]
) -> None:
    head = store(database, history(1, 1))
    assert wait_for(database, head, PROJECTIONS) == 0
    as_superuser(url, "INSERT INTO feeder (beat_at, position) VALUES (now() - interval '3 seconds', 0)")
    assert wait_for(database, head, PROJECTIONS) == 0
    assert waited == []


def test_nobody_waits_for_a_feeder_that_died_before_the_databases_clock_was_put_back(
    url: str, database: Database, waited: list[float]
) -> None:
    head = store(database, history(1, 1))
    as_superuser(url, "INSERT INTO feeder (beat_at, position) VALUES (now() + interval '1 hour', 0)")
    assert wait_for(database, head, PROJECTIONS) == 0
    assert waited == []


def test_nobody_waits_for_a_projection_that_has_failed(
    url: str, database: Database, waited: list[float]
) -> None:
    head = store(database, history(1, 1))
    as_superuser(url, "INSERT INTO feeder (beat_at, position) VALUES (now(), 0)")
    as_superuser(url, "UPDATE projection SET failure = 'broken' WHERE name = 'backlog'")
    assert wait_for(database, head, PROJECTIONS) == 0
    assert waited == []


def test_waiting_ends_after_the_given_time(url: str, database: Database, waited: list[float]) -> None:
    head = store(database, history(1, 1))
    as_superuser(url, "INSERT INTO feeder (beat_at, position) VALUES (now(), 0)")
    assert wait_for(database, head, PROJECTIONS, seconds=0.3) == 0
    assert 0.25 < sum(waited) < 0.35


def test_a_spare_takes_over(database: Database) -> None:
    events = history(2, 10)
    with running(Feeder(database)):
        with running(Feeder(database)):
            store(database, events[:10])
            assert eventually(lambda: everything(database) == expected(events[:10]))
        store(database, events[10:])
        assert eventually(lambda: everything(database) == expected(events))


def test_a_feeder_outlives_its_connections(url: str, database: Database) -> None:
    events = history(3, 10)
    with running(Feeder(database)):
        store(database, events[:10])
        assert eventually(lambda: everything(database) == expected(events[:10]))
        as_superuser(
            url,
            "SELECT pg_terminate_backend(pid, 2000) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()",
        )
        store(database, events[10:])
        assert eventually(lambda: everything(database) == expected(events))
