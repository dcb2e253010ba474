"""Ways to empty a test's database, and to fill it."""

from collections.abc import Callable, Iterator

import psycopg
import pytest

from lapor.domain.aggregate import Event
from lapor.store.database import Database
from projections.catalogue import PROJECTIONS
from projections.complaints import event_times
from projections.engine import rollups, row_history
from projections.engine.engine import Engine
from projections.engine.tables import Table

from .keeping import feed, store
from .scopes import ZONE


@pytest.fixture
def empty(url: str) -> Callable[[], None]:
    """A function that empties the test's database: for many examples in one test."""
    tables = ", ".join(name for projection in PROJECTIONS for name in Table(projection).names)

    def do() -> None:
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute(f"TRUNCATE event, request, claim, feeder, horizon, {tables}".encode())
            connection.execute("UPDATE projection SET position = 0, leaf = NULL, failure = NULL")
            connection.execute("UPDATE day_zone SET zone = %s", [ZONE])

    return do


@pytest.fixture
def short_traces(monkeypatch: pytest.MonkeyPatch) -> None:
    """So that rows do not tell when all events of a longer life came."""
    monkeypatch.setattr(event_times, "MOST", 6)


@pytest.fixture
def small_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    """So that a short log has several, as a long one has."""
    monkeypatch.setattr(row_history, "BLOCK_BITS", 4)
    monkeypatch.setattr(rollups, "BLOCK_BITS", 4)


@pytest.fixture
def given_events(url: str, empty: Callable[[], None]) -> Iterator[Callable[[list[Event]], Database]]:
    """A database that holds these events and no others, with its projections at their head."""
    database = Database(url, connections=2)

    def do(events: list[Event]) -> Database:
        empty()
        store(database, events)
        feed(Engine(database, PROJECTIONS))
        return database

    yield do
    database.close()
