"""Shared fixtures: one PostgreSQL for the session, a migrated database for each test, people with tokens.

The server is the product's own private one, without fsync: it is thrown away. Tests of durability
start one of their own.
"""

import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest
from hypothesis import settings

from lapor.bootstrap import RunningServices, build, prepare
from lapor.settings import Settings
from lapor.store.database import Database
from lapor.store.embedded_postgres import EmbeddedPostgres
from projections.running.feeder import Feeder
from projections.running.heartbeat import seconds_since_beat

from .api.openapi_helpers import Checked
from .clock import CLOCK
from .people import People

FAST = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
_number = count(1)
settings.register_profile("busy", settings(), deadline=None)  # the machine may be
settings.load_profile("busy")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--fault-seconds", type=float, default=40.0, help="how long tests/faults kills (default: 40)"
    )


@pytest.fixture(scope="session")
def server() -> Iterator[EmbeddedPostgres]:
    """A PostgreSQL with a migrated template database."""
    with tempfile.TemporaryDirectory(prefix="lapor-test-") as folder:
        Path(folder).chmod(0o711)  # where root may not map users, the server runs as nobody
        with EmbeddedPostgres(Path(folder) / "data", settings=FAST) as running:
            with psycopg.connect(running.url, autocommit=True) as connection:
                connection.execute("CREATE DATABASE migrated")
            prepare(psycopg.conninfo.make_conninfo(running.url, dbname="migrated"))
            yield running


@pytest.fixture
def url(server: EmbeddedPostgres) -> Iterator[str]:
    """A connection string of a migrated database that nobody else uses."""
    name = f"test_{next(_number)}"
    with psycopg.connect(server.url, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name} TEMPLATE migrated".encode())
    yield psycopg.conninfo.make_conninfo(server.url, dbname=name)
    with psycopg.connect(server.url, autocommit=True) as connection:
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)".encode())


@pytest.fixture
def database(url: str) -> Iterator[Database]:
    it = Database(url, connections=4)
    yield it
    it.close()


@pytest.fixture
def running(url: str, tmp_path: Path) -> Iterator[RunningServices]:
    """The whole application on a database of its own."""
    it = build(Settings(data=tmp_path, limits=False, clock=CLOCK), url)
    it.application.catch_up()
    yield it
    it.database.close()


@pytest.fixture
def fed(url: str) -> Iterator[None]:
    """A feeder that keeps the projections at the log's head while the test runs."""
    stop, database = threading.Event(), Database(url, connections=2)
    feeder = threading.Thread(target=Feeder(database).run, args=(stop,))
    feeder.start()
    while seconds_since_beat(database) is None:  # before that no reader waits for it
        assert feeder.is_alive()
        time.sleep(0.005)
    yield
    stop.set()
    feeder.join()
    database.close()


@pytest.fixture
def people(running: RunningServices) -> People:
    """People whose client takes no undocumented answer."""
    app = running.app
    app.testing = False  # errors are answered as in production
    app.test_client_class = Checked
    return People(running, app.test_client())


@pytest.fixture
def new_key() -> Callable[[], str]:
    return lambda: str(uuid4())
