"""A server for the whole session, and a fresh database, migrated, for each test that asks."""

from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path

import psycopg
import pytest

from lapor.store.database import Database
from lapor.store.migrate import migrate
from lapor.store.private_server import PrivateServer
from projections.catalogue import PROJECTIONS
from projections.schema import prepare

FAST = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
_number = count(1)


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PrivateServer]:
    folder: Path = tmp_path_factory.mktemp("server")
    with PrivateServer(folder, settings=FAST) as running:
        with psycopg.connect(running.url, autocommit=True) as connection:
            connection.execute("CREATE DATABASE migrated")
        with psycopg.connect(running.url, dbname="migrated", autocommit=True) as connection:
            migrate(connection)
            prepare(connection)
        yield running


@pytest.fixture
def url(server: PrivateServer) -> str:
    """A connection string of a migrated database that nobody else uses."""
    name = f"test_{next(_number)}"
    with psycopg.connect(server.url, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name} TEMPLATE migrated".encode())
    return psycopg.conninfo.make_conninfo(server.url, dbname=name)


@pytest.fixture
def database(url: str) -> Iterator[Database]:
    it = Database(url, connections=4)
    yield it
    it.close()


@pytest.fixture
def empty(url: str) -> Callable[[], None]:
    """A function that empties the test's database: for many examples in one test."""
    tables = ", ".join(projection.table for projection in PROJECTIONS)

    def do() -> None:
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute(f"TRUNCATE fact, request, claim, feeder, {tables}".encode())
            connection.execute("UPDATE projection SET position = 0, leaf = NULL, failure = NULL")

    return do
