"""The primary is lost and its standby leads: what was acknowledged is there, or the loss is seen."""

import itertools
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

from lapor.bootstrap import prepare
from lapor.operations.doctor import examine
from lapor.settings import Settings
from lapor.store.database import Database
from lapor.store.postgres_event_log import PostgresEventLog
from projections.running.replay import Difference, check

from ..ports import free_port
from .clients import LostError, work
from .folders import a_folder
from .history import Command, History, faults
from .pair import Node, Pair, eventually
from .readers import Tail, await_fed, held
from .service import API, WEB_WORKERS, Service, open_api
from .slack import slack

pytestmark = [pytest.mark.faults, pytest.mark.xdist_group("failover")]
CLIENTS = 4
TOLD = 5.0  # seconds until a client is told
BACK = 10.0  # seconds from the loss until a command is answered again
HEAD = "SELECT max(position) FROM event"
BESIDES = 45.0  # seconds of --fault-seconds that go to other things


class ReplicatedService:
    """A service on a pair of servers, and its clients."""

    def __init__(self, folder: Path) -> None:
        self.pair = Pair(folder)
        prepare(self.pair.url)
        self.pair.primary.do("GRANT pg_read_all_stats TO lapor_app")
        self.pair.be_synchronous()
        self.service = Service(folder, LAPOR_DATABASE_URL=self.pair.url, LAPOR_REQUIRE_SYNC="on")
        self.service.start()
        self.api = open_api(self.service)
        self.database = Database(self.pair.url, connections=2)
        self.log = PostgresEventLog(self.database)

    def stop(self) -> int:
        self.api.close_all()
        self.database.close()
        code = self.service.stop()
        self.pair.stop()
        return code

    def health(self) -> tuple[int, dict[str, Any]]:
        """As one of the web workers tells it, whichever."""
        self.api.close()
        status, said, _ = self.api.call("GET", "/health/ready")
        return status, said

    def try_once(self, command: Command) -> float | None:
        """Seconds until a client was told to try again; None where it was done."""
        began = time.monotonic()
        try:
            command.acknowledge(self.api.send(command, None, None))
        except LostError:
            return time.monotonic() - began
        return None

    def carry_out(self, command: Command) -> None:
        eventually(lambda: self.try_once(command) is None, "the command is done")

    def officer(self, name: str) -> str:
        """The token of somebody newly appointed."""
        words = ("officer", "add", name, "--role", "coordinator", "--token")
        return str(self.service.cli(*words)["token"])

    def answers_to(self, token: str) -> set[int]:
        """Return the statuses of the list of complaints, from all web workers."""
        found = set()
        for _ in range(8 * WEB_WORKERS):
            self.api.close()
            found.add(self.api.call("GET", API, headers={"Authorization": f"Bearer {token}"})[0])
        return found

    def doctor(self) -> dict[str, tuple[str, str]]:
        """Return the verdict and the finding of each check of `lapor doctor`."""
        settings = Settings(data=self.service.data, require_sync=True)
        return {each.what: (each.verdict, each.finding) for each in examine(settings, self.pair.url)}

    def differences(self) -> list[Difference]:
        """Return the findings of `lapor replay --check`, once all is folded."""
        await_fed(self.database)
        return check(self.pair.url)[1]


@pytest.fixture(scope="module")
def town() -> Iterator[ReplicatedService]:
    with a_folder() as folder:
        it = ReplicatedService(folder)
        yield it
        assert it.stop() == 0


@pytest.fixture(autouse=True)
def whole(town: ReplicatedService) -> None:
    """Every server that an earlier test lost is there again, and commits wait for the standby."""
    if not town.pair.is_synchronous():
        town.pair.mend()
        town.pair.be_synchronous()
    eventually(lambda: town.health()[1].get("degraded", "?") is None, "the service is ready")


def lose(town: ReplicatedService, how: Callable[[Node], None], history: History) -> tuple[float, float]:
    """Lose the primary, let the standby lead; seconds until a command is done, and until health is well."""
    began = time.monotonic()
    how(town.pair.primary)
    status, said = town.health()
    away = {"takes no writes"}  # the standby says that it only reads
    if how is Node.be_silent:
        away.add("does not answer")
    assert (status, said["ready"], said["database"] in away) == (503, False, True), said
    command = history.begin("file")
    told = town.try_once(command)
    assert told is not None
    assert told < TOLD * slack()

    town.pair.promote()
    town.carry_out(command)
    back = time.monotonic() - began
    eventually(lambda: town.health()[0] == 200, "health is well")
    return round(back, 1), round(time.monotonic() - began, 1)


def test_acknowledged_commands_survive_their_server_with_a_synchronous_standby(
    town: ReplicatedService, pytestconfig: pytest.Config
) -> None:
    until = time.monotonic() + pytestconfig.getoption("--fault-seconds") - BESIDES
    history = History(set_up=town.log.head())
    tail, stop = Tail(town.pair.url), threading.Event()
    clients = [threading.Thread(target=work, args=(town.api.send, history, stop)) for _ in range(CLIENTS)]
    for client in clients:
        client.start()

    away: list[tuple[float, float]] = []
    for how in itertools.cycle([Node.die, Node.be_silent]):
        time.sleep(0.3)
        away.append(lose(town, how, history))
        if len(away) > 1 and time.monotonic() > until:
            break
        town.pair.mend()
        town.pair.be_synchronous()
    stop.set()
    for client in clients:
        client.join()
    await_fed(town.database)
    rows = town.log.page(0, 10**7)

    backs, wells = zip(*away, strict=True)
    figures = f"{len(away)} fail-overs: a command after {backs}, health after {wells} s"
    print(f"\n{len(history.acknowledged)} acknowledged, {len(rows)} events; {figures}")  # noqa: T201
    assert faults(history, rows, held(town.database), tail.stop_at(len(rows))) == []
    assert town.api.strange == []
    assert len(history.acknowledged) == len(history.commands) > 50
    assert town.differences() == []
    assert max(backs) < BACK * slack()


def test_where_a_standby_is_required_its_absence_is_said_and_nothing_starts_without_it(
    town: ReplicatedService,
) -> None:
    pair, history = town.pair, History(set_up=town.log.head())
    pair.standby.stop()
    eventually(lambda: not pair.is_synchronous(), "the standby has left")

    status, said = town.health()
    assert (status, said["database"]) == (503, "takes no writes")
    assert said["degraded"].startswith("0 of 1 synchronous standbys are attached, so commits wait")
    waiting = [history.begin("file") for _ in range(2)]  # the second would have to wait for the first
    told = [town.try_once(command) for command in waiting]
    assert all(seconds and seconds < TOLD * slack() for seconds in told), told
    assert town.doctor()["standby"] == ("bad", said["degraded"])
    started = town.service.command("serve", "--port", str(free_port()))
    says = f"lapor: LAPOR_REQUIRE_SYNC is on, and {said['degraded']}."
    assert (started.returncode, started.stderr.splitlines()[-1]) == (1, says)

    pair.standby.start()
    for command in waiting:
        town.carry_out(command)
    assert town.health()[1]["degraded"] is None
    assert town.doctor()["standby"][0] == "ok"
    assert faults(history, town.log.page(0, 10**7)) == []


def test_where_a_standby_is_required_and_none_is_named_people_are_served_and_operators_warned(
    town: ReplicatedService,
) -> None:
    town.pair.be_asynchronous()
    eventually(lambda: town.health()[1]["degraded"] is not None, "it is said")

    status, said = town.health()
    assert (status, said["database"]) == (200, "answers")
    assert said["degraded"].startswith("no standby is synchronous")
    assert town.try_once(History().begin("file")) is None
    assert town.doctor()["standby"] == ("bad", said["degraded"])
    with urllib.request.urlopen(f"http://127.0.0.1:{town.service.port}/metrics") as metrics:
        assert b"lapor_degraded 1.0" in metrics.read()


def test_an_asynchronous_fail_over_that_loses_events_is_seen_and_nobody_goes_on_from_what_was_lost(
    town: ReplicatedService,
) -> None:
    pair, history = town.pair, History(set_up=town.log.head())
    pair.be_asynchronous()
    work(town.api.send, history, threading.Event(), lives=2)
    kept = len(history.commands)
    eventually(lambda: pair.standby.command(HEAD) == town.log.head(), "the standby holds it all")
    pair.standby.be_deaf()
    lost_officer = town.officer("Citra")
    work(town.api.send, history, threading.Event(), lives=3)
    assert town.answers_to(lost_officer) == {200}, "all web workers know who is lost in a moment"

    pair.primary.die()
    pair.promote()
    eventually(lambda: town.health()[0] == 200, "health is well")

    rows = town.log.page(0, 10**7)
    found = [each for each in faults(history, rows) if "was acknowledged and is lost" in each]
    assert len(found) == len(history.commands) - kept > 5
    assert town.answers_to(lost_officer) == {401}
    assert town.answers_to(town.officer("Dewi")) == {200}, "at a position of the lost"
    assert town.differences() == []


def test_projections_refuse_to_go_on_over_another_log_than_theirs_and_health_names_them(
    town: ReplicatedService,
) -> None:
    """Where the log alone was put back, from an older dump or another server.

    No fail-over does that: a standby has the primary's changes up to some moment, and a
    projection's row comes after its events.
    """
    head = town.log.head()
    work(town.api.send, History(), threading.Event(), lives=1)
    await_fed(town.database)
    ahead = town.log.head()
    with psycopg.connect(town.pair.primary.url) as connection:
        connection.execute("DELETE FROM event WHERE position > %s", [head])
    for _ in range(2):  # of a shorter log, and of one with another event in the last one's place
        eventually(lambda: all(each["failure"] for each in town.health()[1]["projections"]), "they step off")
        status, said = town.health()
        assert status == 503
        for each in said["projections"]:
            assert f"was folded up to position {ahead} of another log" in each["failure"]
        while town.log.head() < ahead:
            assert town.try_once(History().begin("file")) is None, "the log itself goes on"

    rebuilt = town.service.command("rebuild")
    assert rebuilt.returncode == 0, rebuilt.stderr
    eventually(lambda: town.health()[0] == 200, "they go on")
    assert town.differences() == []
