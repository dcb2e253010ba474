"""What tests share: one PostgreSQL for the session, a migrated database for each test, people with tokens.

The server is the product's own private one, without fsync: it is thrown away. Tests of durability
start one of their own.
"""

import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest
from flask.testing import FlaskClient
from hypothesis import settings
from werkzeug.test import TestResponse

from lapor.application.application import CommandRequest
from lapor.bootstrap import RunningServices, build, prepare
from lapor.cli.shared.common import OPERATOR
from lapor.domain.vocabulary import Role
from lapor.settings import Settings
from lapor.store.database import Database
from lapor.store.embedded_postgres import EmbeddedPostgres
from projections.running.feeder import Feeder
from projections.running.heartbeat import seconds_since_beat

from .api.openapi_helpers import Checked
from .clock import CLOCK

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


@dataclass
class People:
    """Agencies and officers of a test, and calls in their names."""

    running: RunningServices
    client: FlaskClient
    tokens: dict[str, str] = field(default_factory=dict)
    agencies: dict[str, UUID] = field(default_factory=dict)

    def agency(self, code: str) -> UUID:
        if code not in self.agencies:
            made = self.running.services.agencies.register(
                {"code": code, "name": f"Dinas {code}"}, CommandRequest(OPERATOR)
            )
            self.agencies[code] = made.body["id"]
        return self.agencies[code]

    def token(self, role: Role | str, agency: str | None = None) -> str:
        """A token of an officer in this role; the same officer each time."""
        name = f"{role}@{agency}"
        if name not in self.tokens:
            if agency is not None:
                self.agency(agency)
            body = {"name": name, "role": Role(role), "agency": agency}
            officers = self.running.services.officers
            officer = officers.appoint(body, CommandRequest(OPERATOR)).body["id"]
            self.tokens[name] = officers.issue_token(officer, OPERATOR, None)["token"]
        return self.tokens[name]

    def call(
        self, method: str, path: str, token: str | None = None, body: Any = None, **headers: str
    ) -> TestResponse:
        """One request under /api/v1; header names are written with ``_`` for ``-``."""
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        if token is not None:
            sent["Authorization"] = f"Bearer {token}"
        return self.client.open(f"/api/v1{path}", method=method, json=body, headers=sent)

    def file(self, **body: Any) -> dict[str, Any]:
        """File a complaint and keep the answer."""
        answer = self.call(
            "POST", "/complaints", body={"text": "Lampu jalan padam.", "consent": True, **body}
        )
        assert answer.status_code == 201, answer.text
        return dict(answer.get_json())

    def act(self, complaint: dict[str, Any], verb: str, token: str | None, **body: Any) -> TestResponse:
        """One verb on a complaint, in whatever version it is; with its receipt where there is no token."""
        receipt = {} if token else {"Lapor_Receipt": complaint["receipt"]}
        path = f"/complaints/{complaint['id']}/{verb}"
        return self.call("POST", path, token, body, If_Match="*", **receipt)

    def routed(self, agency: str = "BINAMARGA", **body: Any) -> dict[str, Any]:
        """A complaint that has been routed to an agency."""
        self.agency(agency)
        complaint = self.file(**body)
        route = {"agency": agency, "kind": "complaint", "category": "infrastructure", "title": "Lampu jalan"}
        answer = self.act(complaint, "route", self.token(Role.COORDINATOR), **route)
        assert answer.status_code == 200, answer.text
        return complaint


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
