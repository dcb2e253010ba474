"""One demo for the tests of a worker, played on a real database, and ways to read its log."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest

from lapor.application.commands.complaints import ComplaintCommands
from lapor.application.result import Result
from lapor.bootstrap import RunningServices, build
from lapor.cli.demo import COMPLAINTS
from lapor.demo.accounts import Accounts
from lapor.demo.run import DemoSettings, run_demo
from lapor.domain.aggregate import Event
from lapor.domain.complaint import Verb
from lapor.settings import Settings
from lapor.store.embedded_postgres import EmbeddedPostgres
from lapor.store.event_log import RecordedEvent

from ..clock import CLOCK

UNTIL = datetime.fromisoformat("2026-11-24T14:00:00+07:00")
MakeService = Callable[[], RunningServices]


@pytest.fixture(scope="session")
def new_running(server: EmbeddedPostgres, tmp_path_factory: pytest.TempPathFactory) -> Iterator[MakeService]:
    """Makes services, each on a migrated database of its own."""
    made: list[RunningServices] = []

    def make() -> RunningServices:
        name = f"demo_{uuid4().hex}"
        with psycopg.connect(server.url, autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name} TEMPLATE migrated".encode())
        url = psycopg.conninfo.make_conninfo(server.url, dbname=name)
        made.append(build(Settings(data=tmp_path_factory.mktemp("demo"), limits=False, clock=CLOCK), url))
        return made[-1]

    yield make
    for running in made:
        running.database.close()


@dataclass(frozen=True)
class PlayedDemo:
    """A demo that has been played."""

    running: RunningServices
    accounts: Accounts
    rows: list[RecordedEvent]
    verbs: Counter[str]
    """How often each verb was done."""

    @property
    def lives(self) -> dict[UUID, list[Any]]:
        """Each complaint's events, in the order of their filing."""
        found: dict[UUID, list[Any]] = defaultdict(list)
        for row in self.rows:
            if row.topic.startswith("lapor.complaint."):
                found[row.stream].append(row.event())
        return found

    @property
    def events(self) -> list[Event]:
        return [row.event() for row in self.rows]

    @property
    def file(self) -> Path:
        return self.accounts.path

    @property
    def tokens(self) -> dict[str, str]:
        return {each["role"]: each["token"] for each in self.accounts.told["accounts"]}


@pytest.fixture(scope="session")
def play(new_running: MakeService) -> Callable[..., PlayedDemo]:
    def played(complaints: int, seed: int = 1, until: datetime = UNTIL) -> PlayedDemo:
        running, verbs = new_running(), Counter[str]()
        act = ComplaintCommands.act

        def counted(self: ComplaintCommands, verb: Verb, *args: Any) -> Result:
            verbs[verb.name] += 1
            return act(self, verb, *args)

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(ComplaintCommands, "act", counted)
            staged = run_demo(running, DemoSettings(complaints, seed, until), lambda *_: None)
        assert staged.accounts is not None
        return PlayedDemo(running, staged.accounts, all_rows(running), verbs)

    return played


@pytest.fixture(scope="session")
def town(play: Callable[..., PlayedDemo]) -> PlayedDemo:
    """A play of the usual size."""
    return play(COMPLAINTS)


def all_rows(running: RunningServices) -> list[RecordedEvent]:
    rows: list[Any] = []
    while page := running.application.log.page(len(rows), 2000):
        rows += page
    return rows
