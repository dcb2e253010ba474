"""Servers whose clocks and zones contradict each other, on one log: nothing that is kept depends on them.

It is the last half hour of a leap day in Jakarta, and March already further east. Clocks are set by
``LAPOR_CLOCK``, zones of the processes by ``TZ``. The database's own clock is right.
"""

import contextlib
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from random import Random
from typing import Any
from urllib.parse import quote
from uuid import UUID

import psycopg
import pytest
from psycopg.conninfo import make_conninfo

from lapor.application.application import CommandRequest
from lapor.bootstrap import RunningServices, build
from lapor.cli.shared.common import OPERATOR
from lapor.domain.aggregate import Event
from lapor.domain.deadlines.working_time import Hours
from lapor.domain.vocabulary import Kind, Role, Step
from lapor.settings import Settings
from lapor.store.embedded_postgres import EmbeddedPostgres
from lapor.store.event_log import RecordedEvent
from projections.running.replay import check

from ..model.table import DATES, limit
from ..model.working_days import AGENCIES, COORDINATING, OpeningHours
from ..people import People
from ..ports import free_port
from .clients import LIFE, LostError, carry_out
from .history import Answered, History, faults
from .readers import await_fed, held
from .service import API, ApiClient, environment
from .slack import slack

pytestmark = pytest.mark.faults
LIVES = 15
NOW = datetime(2024, 2, 29, 16, 30, tzinfo=UTC)
HOUR, MONTH = timedelta(hours=1), timedelta(days=30)
SERVERS = {  # the process's zone, and by how much its clock is wrong
    "right": ("Asia/Jakarta", timedelta()),
    "an hour fast": ("America/New_York", HOUR),
    "an hour slow": ("Asia/Jayapura", -HOUR),
    "a month fast": ("Asia/Makassar", MONTH),
}
BEYOND = ("America/New_York", datetime(2028, 2, 29, 5, tzinfo=UTC) - NOW)
"""A server at a leap day that no calendar holds yet."""
MOMENTS = [
    *(NOW + away for away in (-MONTH, -HOUR, timedelta(), HOUR, MONTH, 2 * MONTH)),
    datetime(2024, 12, 31, 17, tzinfo=UTC),  # a leap year ends in Jakarta
    datetime(2028, 2, 29, 12, tzinfo=UTC),
]


@dataclass
class ServersInZones:
    """Servers by name, agencies of three zones with a liaison each, a coordinator and an auditor."""

    running: RunningServices
    url: str
    ports: dict[str, int]
    tokens: dict[str, str]
    offices: dict[UUID | None, OpeningHours]

    def api(self, server: str, agency: str) -> ApiClient:
        return ApiClient(self.ports[server], self.tokens["coordinator"], self.tokens[agency], agency)

    def get(self, server: str, path: str, token: str) -> tuple[int, Any]:
        api = ApiClient(self.ports[server], "", "")
        try:
            status, body, _ = api.call("GET", path, headers={"Authorization": f"Bearer {token}"})
        finally:
            api.close_all()
        return status, body


def start(
    command: list[str], url: str, folder: Path, wrong: tuple[str, timedelta]
) -> subprocess.Popen[bytes]:
    zone, away = wrong
    env = environment() | {
        "LAPOR_DATABASE_URL": url,
        "LAPOR_DATA": str(folder),
        "LAPOR_LIMITS": "off",
        "LAPOR_WEB_WORKERS": "1",
        "LAPOR_CLOCK": f"{(NOW + away - datetime.now(UTC)).total_seconds():+.3f}s",
        "TZ": zone,
    }
    return subprocess.Popen([sys.executable, "-m", "lapor", *command], env=env, stderr=subprocess.DEVNULL)


@contextlib.contextmanager
def serving(url: str, folder: Path) -> Iterator[dict[str, int]]:
    """A worker and all servers; their ports."""
    processes = [start(["work"], url, folder, SERVERS["a month fast"])]
    ports: dict[str, int] = {}
    try:
        for name, wrong in (*SERVERS.items(), ("beyond", BEYOND)):
            ports[name] = free_port()
            processes.append(start(["serve", "--port", str(ports[name])], url, folder, wrong))
        yield ports
    finally:
        for each in processes:
            each.terminate()
        for each in processes:
            each.wait(20 * slack())


@pytest.fixture(scope="module")
def town(server: EmbeddedPostgres, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServersInZones]:
    """All tests here share it: it is seven processes."""
    folder = tmp_path_factory.mktemp("clocks")
    with psycopg.connect(server.url, autocommit=True) as connection:
        connection.execute("CREATE DATABASE clocks TEMPLATE migrated")
        url = make_conninfo(server.url, dbname="clocks")
        running = build(Settings(data=folder), url)
        running.application.catch_up()
        people = People(running, running.app.test_client())
        offices: dict[UUID | None, OpeningHours] = {None: COORDINATING}
        for code, office in AGENCIES.items():
            said = {"code": code, "name": f"Dinas {code}"}
            made = running.services.agencies.register(
                said, CommandRequest(OPERATOR), Hours(office.zone, office.week)
            )
            people.agencies[code] = made.body["id"]
            offices[made.body["id"]] = office
        tokens = {code: people.token(Role.LIAISON, code) for code in AGENCIES}
        tokens |= {str(role): people.token(role) for role in (Role.COORDINATOR, Role.AUDITOR)}
        with serving(url, folder) as ports:
            it = ServersInZones(running, url, ports, tokens, offices)
            for name in ports:
                await_ready(it, name)
            yield it
        running.database.close()
        connection.execute("DROP DATABASE clocks WITH (FORCE)")


def await_ready(town: ServersInZones, server: str) -> None:
    until = time.monotonic() + 60 * slack()
    while True:
        with contextlib.suppress(LostError):
            if town.get(server, "/health/ready", "")[0] == 200:
                return
        assert time.monotonic() < until, f"the server that is {server} does not get ready"
        time.sleep(0.05)


def live(town: ServersInZones, history: History, chance: Random) -> Answered:
    """A complaint's life, each step at another server; how it was filed."""
    agency, filed = chance.choice(list(AGENCIES)), None
    for verb in ("file", *LIFE):
        api = town.api(chance.choice(list(SERVERS)), agency)
        answered = carry_out(api.send, history, verb, filed)
        api.close_all()
        assert answered is not None, history.commands[-1].refused
        filed = filed or answered
    assert filed is not None
    return filed


def complaints_of(rows: list[RecordedEvent]) -> list[list[Event]]:
    """The events of each complaint."""
    found: dict[UUID, list[Event]] = defaultdict(list)
    for row in rows:
        if row.topic.startswith("lapor.complaint."):
            found[row.stream].append(row.event())
    return list(found.values())


def wrong_times(events: list[Event], offices: dict[UUID | None, OpeningHours]) -> Iterator[str]:
    """Where a complaint's instants, deadlines and minutes are not what a clerk with a calendar finds."""
    since: dict[tuple[Step, int], datetime] = {}
    kind: Kind | None = None
    for before, event in pairwise([events[0], *events]):
        if event.at < before.at:
            yield f"{event.TOPIC} is earlier than {before.TOPIC}"
        kind = getattr(event, "kind", kind)
        for stop in getattr(event, "stops", ()):
            minutes = offices[stop.agency].minutes(since[stop.step, stop.n], event.at)
            if stop.working_minutes != minutes:
                yield f"{stop.step} took {minutes} minutes, not {stop.working_minutes}"
        for clock in getattr(event, "starts", ()):
            since[clock.step, clock.n] = event.at
            office, (number, unit) = offices[clock.agency], limit(clock.step, kind) or (0, "")
            reckon = office.after_dates if unit == DATES else office.after_working_days
            if clock.due_at != (due := reckon(event.at, number)):
                yield f"{clock.step} of {event.at} is due at {due}, not {clock.due_at}"


def pages(at: datetime | None) -> list[str]:
    asked = f"?at={quote(at.isoformat())}" if at else ""
    backlogs = [f"/api/v1/agencies/{code}/backlog{asked}" for code in AGENCIES]
    return [f"{API}{asked}", *backlogs, *(f"/api/v1/dashboards/{name}{asked}" for name in ("sla", "flow"))]


def negative(found: Any, named: str = "") -> list[str]:
    """The names of figures below zero, but for working days left, which are so when overdue."""
    if isinstance(found, dict):
        return [each for name, value in found.items() for each in negative(value, name)]
    if isinstance(found, list):
        return [each for value in found for each in negative(value, named)]
    below = isinstance(found, int | float) and found < 0 and named not in {"working_days_left", "lon", "lat"}
    return [named] if below else []


def test_deadlines_order_and_pages_are_right_when_clocks_and_zones_are_wrong(town: ServersInZones) -> None:
    log, database = town.running.application.log, town.running.database
    history, chance = History(set_up=log.head()), Random(29)
    for _ in range(LIVES):
        live(town, history, chance)
    await_fed(database)
    rows = log.page(0, 10**6)
    complaints = complaints_of(rows)

    ats = [event.at for events in complaints for event in events]
    assert max(ats) - min(ats) > MONTH, "the clocks were really wrong"
    assert any(
        one.at == two.at and one.cause != two.cause for each in complaints for one, two in pairwise(each)
    )
    assert faults(history, rows, held(database)) == []
    assert [wrong for events in complaints for wrong in wrong_times(events, town.offices)] == []
    assert check(town.url)[1] == []
    for at in (None, *MOMENTS):
        told = defaultdict(list)
        for server in town.ports:
            for path in pages(at):
                status, body = town.get(server, path, town.tokens["auditor"])
                assert (status, negative(body)) == (200, []), (server, path, body)
                told[path].append(body)
        if at and at < NOW + MONTH:  # a past for the last two servers, in zones half a day apart
            assert all(bodies[-1] == bodies[-2] for bodies in told.values())


def test_tokens_and_keys_are_judged_as_documented_when_the_clock_jumps_and_returns(
    town: ServersInZones,
) -> None:
    application, officers = town.running.application, town.running.services.officers
    auditor = next(
        each.id for each in application.reference_data.officers.values() if each.roles[0].role is Role.AUDITOR
    )
    token = officers.issue_token(auditor, OPERATOR, NOW + timedelta(days=10))["token"]
    there_and_back = ("right", "an hour fast", "an hour slow", "a month fast", "right")
    assert [town.get(server, API, token)[0] for server in there_and_back] == [200, 200, 200, 401, 200]

    history, apis = History(), [town.api(server, "BM") for server in there_and_back]
    first = carry_out(apis[0].send, history, "file")
    head = application.log.head()
    again = [api.send(history.commands[0], None, None) for api in apis]
    for api in apis:
        api.close_all()
    assert again == [first] * len(apis), "a key is remembered by the database's clock"
    assert application.log.head() == head


def test_at_a_day_that_no_calendar_holds_a_promise_is_refused_and_all_can_be_read(
    town: ServersInZones,
) -> None:
    history = History()
    api = town.api("beyond", "BM")

    assert carry_out(api.send, history, "file") is None
    assert "422" in (history.commands[0].refused or "")
    assert "beyond_calendar" in (history.commands[0].refused or "")
    assert {town.get("beyond", path, town.tokens["auditor"])[0] for path in pages(None)} == {200}
    api.close_all()
