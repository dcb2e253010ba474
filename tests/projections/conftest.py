"""Fixtures that empty a test's database and fill it with events."""

from collections.abc import Callable, Iterator

import psycopg
import pytest

from lapor.domain.aggregate import Event
from lapor.store.database import Database
from projections.catalogue import PROJECTIONS
from projections.complaints import event_times
from projections.engine.engine import Engine
from projections.engine.tables import Table

from .scopes import ZONE
from .stores import feed, store

GivenEvents = Callable[[list[Event]], Database]


@pytest.fixture
def empty(url: str) -> Callable[[], None]:
    """Return a function that empties the test's database, for tests with many examples."""
    tables = ", ".join(name for projection in PROJECTIONS for name in Table(projection).names)

    def do() -> None:
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute(f"TRUNCATE event, request, claim, feeder, {tables}".encode())
            connection.execute("UPDATE projection SET position = 0, leaf = NULL, failure = NULL")
            connection.execute("UPDATE day_zone SET zone = %s", [ZONE])

    return do


@pytest.fixture
def short_traces(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make traces short, so that rows do not have the times of all events of a longer history."""
    monkeypatch.setattr(event_times, "MAX_EVENTS", 6)


@pytest.fixture
def given_events(url: str, empty: Callable[[], None]) -> Iterator[GivenEvents]:
    """Return a function that stores these events alone and feeds the projections; it returns the database."""
    database = Database(url, connections=2)

    def do(events: list[Event]) -> Database:
        empty()
        store(database, events)
        feed(Engine(database, PROJECTIONS))
        return database

    yield do
    database.close()
