"""Ways to empty a test's database, and to fill it."""

from collections.abc import Callable, Iterator

import psycopg
import pytest

from lapor.domain.aggregate import Fact
from lapor.store.database import Database
from projections.catalogue import PROJECTIONS
from projections.engine import Engine
from projections.milestones import MILESTONES
from projections.promises import PROMISES

from .keeping import feed, store


@pytest.fixture
def empty(url: str) -> Callable[[], None]:
    """A function that empties the test's database: for many examples in one test."""
    tables = ", ".join(projection.table for projection in PROJECTIONS)

    def do() -> None:
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute(f"TRUNCATE fact, request, claim, feeder, {tables}".encode())
            connection.execute("UPDATE projection SET position = 0, leaf = NULL, failure = NULL")

    return do


@pytest.fixture
def given_facts(url: str, empty: Callable[[], None]) -> Iterator[Callable[[list[Fact]], Database]]:
    """A database that holds these facts and no others, with its projections at their head."""
    database = Database(url, connections=2)

    def do(facts: list[Fact]) -> Database:
        empty()
        store(database, facts)
        feed(Engine(database, [PROMISES, MILESTONES]))
        return database

    yield do
    database.close()
