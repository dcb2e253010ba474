"""The primary is lost and its standby leads: what was acknowledged is there, or the loss is seen."""

import itertools
import json
import os
import shutil
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from lapor.bootstrap import prepare
from lapor.store.database import Database
from lapor.store.postgres_log import PostgresLog

from .clients import LostError, work
from .history import Command, History, faults
from .pair import Node, Pair, eventually
from .readers import Tail, await_fed, held
from .service import Service, open_door

pytestmark = [pytest.mark.faults, pytest.mark.xdist_group("failover")]
CLIENTS = 4
TOLD = 5.0  # seconds until a client is told
BACK = 10.0  # seconds from the loss until a command is answered again
BESIDES = 45.0  # seconds of --fault-seconds that go to other things


class Town:
    """A service on a pair of servers, and who looks at it."""

    def __init__(self, folder: Path) -> None:
        self.pair = Pair(folder)
        prepare(self.pair.url)
        self.pair.primary.do("GRANT pg_read_all_stats TO lapor_app")
        self.pair.be_synchronous()
        self.service = Service(folder, LAPOR_DATABASE_URL=self.pair.url, LAPOR_REQUIRE_SYNC="on")
        self.service.start()
        self.door = open_door(self.service)
        self.database = Database(self.pair.url, connections=2)
        self.log = PostgresLog(self.database)

    def stop(self) -> int:
        self.door.close_all()
        self.database.close()
        code = self.service.stop()
        self.pair.stop()
        return code

    def health(self) -> tuple[int, dict[str, Any]]:
        """As one of the web workers tells it, whichever."""
        self.door.close()
        status, said, _ = self.door.call("GET", "/health/ready")
        return status, said

    def try_once(self, command: Command) -> float | None:
        """Seconds until a client was told to try again; None where it was done."""
        began = time.monotonic()
        try:
            command.acknowledge(self.door.send(command, None, None))
        except LostError:
            return time.monotonic() - began
        return None

    def doctor(self) -> dict[str, tuple[str, str]]:
        """What it finds, and how bad that is."""
        found = json.loads(self.service.command("doctor", "--json").stdout)
        return {each["what"]: (each["verdict"], each["finding"]) for each in found}


@pytest.fixture(scope="module")
def town() -> Iterator[Town]:
    folder = Path(tempfile.mkdtemp(prefix="lapor-faults-"))  # short: a socket's path has little room
    folder.chmod(0o711)
    it = Town(folder)
    yield it
    assert it.stop() == 0
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(autouse=True)
def whole(town: Town) -> None:
    """Whatever a test before has lost is there again, and commits wait for the standby."""
    if not town.pair.is_synchronous():
        town.pair.mend()
        town.pair.be_synchronous()
    eventually(lambda: town.health()[0] == 200, "the service is ready")


def lose(town: Town, how: Callable[[Node], None], history: History) -> tuple[float, float]:
    """Lose the primary, let the standby lead; seconds until a command is done, and until health is well."""
    began = time.monotonic()
    how(town.pair.primary)
    status, said = town.health()
    away = "takes no writes" if how is Node.die else "does not answer"  # the standby says that it only reads
    assert (status, said) == (503, {"ready": False, "database": away})
    command = history.begin("file")
    told = town.try_once(command)
    assert told is not None
    assert told < TOLD * slack()

    town.pair.promote()
    while town.try_once(command) is not None:
        assert time.monotonic() - began < 3 * BACK * slack(), town.service.output[-3000:]
    back = time.monotonic() - began
    eventually(lambda: town.health()[0] == 200, "health is well")
    return round(back, 1), round(time.monotonic() - began, 1)


def slack() -> float:
    """Others may keep this machine busy."""
    return max(1.0, os.getloadavg()[0] / (os.cpu_count() or 1))


def test_what_was_acknowledged_survives_its_server_where_a_standby_is_synchronous(
    town: Town, pytestconfig: pytest.Config
) -> None:
    until = time.monotonic() + pytestconfig.getoption("--fault-seconds") - BESIDES
    history = History(set_up=town.log.head())
    tail, stop = Tail(town.pair.url), threading.Event()
    clients = [threading.Thread(target=work, args=(town.door.send, history, stop)) for _ in range(CLIENTS)]
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
    print(f"\n{len(history.acknowledged)} acknowledged, {len(rows)} facts; {figures}")  # noqa: T201
    assert faults(history, rows, held(town.database), tail.stop_at(len(rows))) == []
    assert town.door.strange == []
    assert len(history.acknowledged) == len(history.commands) > 50
    assert "no differences" in town.service.command("replay", "--check").stderr
    assert max(backs) < BACK * slack()
