"""In this folder every answer is held against /openapi.json, and the tests of a file share a database."""

from collections.abc import Callable, Iterator
from uuid import uuid4

import psycopg
import pytest

from lapor.bootstrap import RunningServices, build
from lapor.settings import Settings
from lapor.store.embedded_postgres import EmbeddedPostgres

from ..clock import CLOCK
from ..people import People
from .openapi_helpers import Checked


@pytest.fixture(scope="module")
def url(server: EmbeddedPostgres) -> Iterator[str]:
    """A connection string of a migrated database that no other file uses."""
    name = f"api_{uuid4().hex}"
    with psycopg.connect(server.url, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name} TEMPLATE migrated".encode())
    yield psycopg.conninfo.make_conninfo(server.url, dbname=name)
    with psycopg.connect(server.url, autocommit=True) as connection:
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)".encode())


@pytest.fixture(scope="module")
def running(url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServices]:
    it = build(Settings(data=tmp_path_factory.mktemp("service"), limits=False, clock=CLOCK), url)
    it.application.catch_up()
    yield it
    it.database.close()


@pytest.fixture(scope="module")
def people(running: RunningServices) -> People:
    """People whose client takes no undocumented answer."""
    app = running.app
    app.testing = False  # errors are answered as in production
    app.test_client_class = Checked
    return People(running, app.test_client())


@pytest.fixture(scope="module")
def head(running: RunningServices) -> Callable[[], int]:
    """The log's last position: it stays where nothing is stored."""
    return running.services.head
