"""A way to empty a test's database."""

from collections.abc import Callable

import psycopg
import pytest

from projections.catalogue import PROJECTIONS


@pytest.fixture
def empty(url: str) -> Callable[[], None]:
    """A function that empties the test's database: for many examples in one test."""
    tables = ", ".join(projection.table for projection in PROJECTIONS)

    def do() -> None:
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute(f"TRUNCATE fact, request, claim, feeder, {tables}".encode())
            connection.execute("UPDATE projection SET position = 0, leaf = NULL, failure = NULL")

    return do
