"""Fail-over to a standby: synchronous loses nothing; what an asynchronous one loses is noticed.

The service finds the new primary by itself: its URL names both hosts and asks for one that takes writes.
"""

import os
import shutil
import signal
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from lapor.bootstrap import database_url, health
from lapor.settings import SettingError, Settings
from lapor.store.database import Database
from lapor.store.log import Row
from lapor.store.postgres_log import PostgresLog
from projections.catalogue import status
from projections.engine import Engine
from projections.failures import OutOfStepError

from .clients import LostError, carry_out, work
from .history import History, faults
from .pair import Pair
from .service import Door, Service
from .test_kill import await_fed, held, open_door

CLIENTS = 4
LONGEST = 10.0  # seconds from the primary's death to the first good answer
MORE_FAIL_OVERS = 60.0  # seconds of --fault-seconds for which one more is done


@contextmanager
def on_a_pair(*, sync: bool) -> Iterator[tuple[Pair, Service]]:
    """The service on a primary with a standby."""
    folder = Path(tempfile.mkdtemp(prefix="lapor-pair-"))
    try:
        with Pair(folder, sync=sync) as pair:
            (folder / "s").mkdir(mode=0o711)
            service = Service(folder / "s", database_url=pair.url)
            service.start()
            try:
                yield pair, service
            finally:
                service.stop()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def facts(url: str) -> list[Row]:
    database = Database(url, connections=1)
    try:
        return PostgresLog(database).page(0, 10**7)
    finally:
        database.close()


def seconds_until_a_good_answer(door: Door, history: History, since: float) -> float:
    """A complaint is taken again, by whoever is asked: each time on a new connection."""
    door.close()
    assert carry_out(door.send, history, "file") is not None
    return time.monotonic() - since


def note_answers(door: Door, until: threading.Event, took: list[float]) -> None:
    """How long each answer takes while there is no primary."""
    while not until.is_set():
        began = time.monotonic()
        with suppress(LostError):
            door.close()
            door.call("GET", "/health/ready")
        took.append(time.monotonic() - began)
        time.sleep(0.05)


def test_a_synchronous_standby_takes_over_and_nothing_is_lost_or_done_twice(
    pytestconfig: pytest.Config,
) -> None:
    times = 1 + int(float(pytestconfig.getoption("--fault-seconds")) // MORE_FAIL_OVERS)
    with on_a_pair(sync=True) as (pair, service):
        door = open_door(service)
        assert standby_of(pair) == "has all"
        history = History(set_up=len(facts(pair.url)))
        stop = threading.Event()
        clients = [threading.Thread(target=work, args=(door.send, history, stop)) for _ in range(CLIENTS)]
        for client in clients:
            client.start()
        away: list[float] = []
        slowest: list[float] = []
        for n in range(times):
            if n:
                pair.replace()
            time.sleep(2.0)
            back = threading.Event()
            watcher = threading.Thread(target=note_answers, args=(door, back, slowest))
            watcher.start()
            died = time.monotonic()
            pair.fail_over()
            away.append(seconds_until_a_good_answer(door, history, died))
            back.set()
            watcher.join()
        assert standby_of(pair) == "is away, or commits do not wait for it"
        time.sleep(1.0)
        stop.set()
        for client in clients:
            client.join()
        database = Database(pair.url, connections=2)
        await_fed(database)
        rows = PostgresLog(database).page(0, 10**7)
        found = faults(history, rows, held(database))
        database.close()
        door.close_all()
        said = f"{len(history.acknowledged)} acknowledged, away {away}, slowest {max(slowest)}"
    print(f"\n{said}")  # noqa: T201
    assert found == [], said
    assert len(history.acknowledged) == len(history.commands) > 50, said
    assert max(away) < LONGEST, said
    assert max(slowest) < 6.0, said


def test_what_an_asynchronous_standby_lost_is_noticed_and_projections_ahead_of_the_log_refuse_to_go_on() -> (
    None
):
    with on_a_pair(sync=False) as (pair, service):
        door = open_door(service)
        history = History(set_up=len(facts(pair.url)))
        for _ in range(5):
            assert carry_out(door.send, history, "file")
        standby_has_all(pair)
        (sender,) = pair.primary.processes("walsender")
        os.kill(sender, signal.SIGSTOP)  # nothing is sent any more, and nobody notices
        for _ in range(5):
            assert carry_out(door.send, history, "file")
        await_marks(pair)
        ahead = pair.primary.ask("SELECT name, version, position, leaf FROM projection")

        pair.fail_over()

        lost = faults(history, facts(pair.url))
        assert sum("was acknowledged and is lost" in each for each in lost) == 5
        # In one database bookmarks and facts come back to the same moment, so the projections agree.
        database = Database(pair.url, connections=2)
        Engine(database).step()
        await_fed(database)
        # Projections that came from elsewhere (a read database, a backup) hold what this log never held.
        for name, version, position, leaf in ahead:
            with database.connection() as connection:
                connection.execute(
                    "UPDATE projection SET position = %s, leaf = %s WHERE (name, version) = (%s, %s)",
                    [position, leaf, name, version],
                )
        for _ in range(2):  # behind the bookmarks, and then beyond them with other facts
            with pytest.raises(OutOfStepError):
                Engine(database).step()
            assert all(each.failure and "log" in each.failure for each in status(database))
            door.close()
            for _ in range(6):
                assert carry_out(door.send, history, "file")
        code, health, _ = door.call("GET", "/health/ready")
        assert code == 503
        assert all(each["failure"] for each in health["projections"])
        database.close()
        door.close_all()


def standby_of(pair: Pair) -> str:
    """What health says of it, where it must be synchronous."""
    database = Database(pair.url, connections=1)
    try:
        return str(health(database, sync=True)["standby"])
    finally:
        database.close()


def test_nothing_starts_where_a_synchronous_standby_is_required_and_commits_do_not_wait(url: str) -> None:
    settings = Settings(database_url=url, require_sync=True)
    with pytest.raises(SettingError, match="synchronous_standby_names"), database_url(settings):
        pass


def standby_has_all(pair: Pair) -> None:
    until = time.monotonic() + 10
    while not pair.primary.ask(
        "SELECT 1 FROM pg_stat_replication WHERE replay_lsn = pg_current_wal_flush_lsn()"
    ):
        assert time.monotonic() < until
        time.sleep(0.05)


def await_marks(pair: Pair) -> None:
    """The projections of the primary hold all of its facts."""
    until = time.monotonic() + 10
    while pair.primary.ask("SELECT 1 FROM projection WHERE position < (SELECT max(position) FROM fact)"):
        assert time.monotonic() < until
        time.sleep(0.05)
