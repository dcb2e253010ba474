"""Calls have a deadline that works against any server, and succeed again as soon as the server is back."""

import math
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import psycopg
import pytest
from eventsourcing.persistence import StoredEvent

from lapor.domain.errors import BusyError, UnreachableError
from lapor.store.database import Database, set_task_limit
from lapor.store.embedded_postgres import EmbeddedPostgres
from lapor.store.event_log import AlreadyDone, Request, SideWrites
from lapor.store.postgres_event_log import PostgresEventLog

from ..faults.slack import slack
from .proxy import Mode, Proxy, proxy_before

LONGEST = 5.0  # seconds a caller may wait for a 503
HEALED = 2.0  # seconds until calls succeed again


@pytest.fixture
def proxy(url: str) -> Iterator[tuple[Proxy, str]]:
    with proxy_before(url) as found:
        yield found


@pytest.fixture
def through(proxy: tuple[Proxy, str]) -> Iterator[Database]:
    it = Database(proxy[1], connections=4)
    yield it
    it.close()


def command(database: Database, slowly: float = 0.0) -> int:
    with database.connection() as connection:
        (answer,) = connection.execute("SELECT 1 FROM pg_sleep(%s)", [slowly]).fetchone() or (0,)
    return int(answer)


def fill(database: Database, connections: int) -> None:
    """Leave that many connections open and idle."""
    assert at_once(connections, lambda: command(database, 0.1)) == [1] * connections


def timed(call: Callable[[], Any]) -> float:
    """Return the seconds until the call is refused as unreachable."""
    began = time.monotonic()
    with pytest.raises(UnreachableError):
        call()
    return time.monotonic() - began


def at_once(count: int, call: Callable[[], Any]) -> list[Any]:
    """Return the results of ``count`` threads; an exception is a result too."""
    got: list[Any] = []

    def one() -> None:
        try:
            got.append(call())
        except Exception as error:  # noqa: BLE001 - the exception is the result
            got.append(error)

    threads = [threading.Thread(target=one) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return got


def seconds_until_back(database: Database) -> float:
    began = time.monotonic()
    while True:
        try:
            command(database)
        except UnreachableError:
            time.sleep(0.01)
        else:
            return time.monotonic() - began


def test_every_call_to_a_silent_server_ends_in_time_even_one_that_waits_for_a_connection(
    proxy: tuple[Proxy, str], through: Database
) -> None:
    fill(through, 4)
    proxy[0].be(Mode.SILENT)

    began = time.monotonic()
    refused = at_once(12, lambda: command(through))

    assert time.monotonic() - began < LONGEST * slack()
    assert {type(each) for each in refused} == {
        UnreachableError,
        BusyError,
    }  # those that waited stored nothing
    proxy[0].be(Mode.PASS)
    assert seconds_until_back(through) < HEALED * slack()


def test_a_new_connection_to_a_silent_server_is_refused_in_time(
    proxy: tuple[Proxy, str], through: Database
) -> None:
    proxy[0].be(Mode.SILENT)

    assert timed(lambda: command(through)) < LONGEST * slack()

    proxy[0].be(Mode.PASS)
    assert seconds_until_back(through) < HEALED * slack()


def test_a_server_that_refuses_for_long_is_found_again_at_once(
    proxy: tuple[Proxy, str], through: Database
) -> None:
    fill(through, 4)
    proxy[0].be(Mode.REFUSE)

    until = time.monotonic() + 3.2  # as long as a fail-over: back-offs of a pool would have grown
    while time.monotonic() < until:
        assert timed(lambda: command(through)) < LONGEST * slack()
        time.sleep(0.05)

    proxy[0].be(Mode.PASS)
    assert seconds_until_back(through) < HEALED * slack()


def test_a_cut_in_the_middle_of_a_call_is_reported_at_once(
    proxy: tuple[Proxy, str], through: Database
) -> None:
    def sleep() -> None:
        with through.connection() as connection:
            connection.execute("SELECT pg_sleep(3)")

    command(through)
    threading.Timer(0.2, proxy[0].cut).start()

    assert timed(sleep) < min(1.0 * slack(), 2.5)
    assert seconds_until_back(through) < HEALED * slack()


def test_a_slow_statement_is_ended_by_the_server_and_nothing_was_stored(url: str) -> None:
    hasty = Database(url, connections=1)
    with hasty.connection() as connection:
        connection.execute("SET statement_timeout = '50ms'")

    with pytest.raises(BusyError):
        command(hasty, 3.0)

    hasty.close()


def test_when_the_answer_to_an_append_is_lost_the_retry_finds_it_done_once(
    proxy: tuple[Proxy, str], through: Database, database: Database
) -> None:
    log, stream = PostgresEventLog(through), uuid4()
    request = SideWrites(Request("citizen", uuid4(), b"digest"))
    events = [StoredEvent(stream, version, "lapor.complaint.x", b"{}") for version in (1, 2)]
    assert log.head() == 0
    proxy[0].be(Mode.SWALLOW)

    assert timed(lambda: log.append(events, request)) < LONGEST * slack()
    assert proxy[0].swallowed == 1
    with pytest.raises(AlreadyDone) as again:
        log.append(events, request)

    done = again.value.done
    assert (done.stream, done.version, done.position, done.digest) == (stream, 2, 2, b"digest")
    assert [row[:3] for row in PostgresEventLog(database).page(0, 9)] == [(1, stream, 1), (2, stream, 2)]


def test_connections_left_open_by_a_restarted_server_are_replaced(tmp_path: Path) -> None:
    tmp_path.chmod(0o711)
    with EmbeddedPostgres(tmp_path / "data", settings={"fsync": "off"}) as server:
        with psycopg.connect(server.url, autocommit=True) as connection:
            connection.execute("CREATE ROLE lapor_app")
        database = Database(server.url, connections=6)
        fill(database, 6)
        assert server.pid is not None
        os.kill(server.pid, signal.SIGINT)  # a fast stop: it says so on every connection
        while not server.ensure_running():
            time.sleep(0.02)

        began = time.monotonic()
        assert command(database) == 1
        assert at_once(6, lambda: command(database, 0.1)) == [1] * 6
        assert time.monotonic() - began < 0.5 * slack()
        database.close()


def test_all_calls_of_a_request_together_have_one_deadline(url: str) -> None:
    database = Database(url, connections=1)
    set_task_limit(0.5)
    began = time.monotonic()
    try:
        with pytest.raises((BusyError, UnreachableError)):  # noqa: PT012 - any of the calls may exceed the limit
            for _ in range(5):
                with database.connection() as connection:
                    connection.execute("SELECT pg_sleep(0.2)")
    finally:
        set_task_limit(math.inf)
        database.close()

    assert time.monotonic() - began < 1.5 * slack()


def test_a_silent_server_is_noticed_at_a_statement_however_long_all_of_them_may_take(
    proxy: tuple[Proxy, str], through: Database
) -> None:
    def batch() -> None:
        with through.connection(60) as connection:
            connection.execute("SELECT 1")
            proxy[0].be(Mode.SILENT)
            connection.execute("SELECT 1")

    assert timed(batch) < (LONGEST + 1.5) * slack()


@pytest.mark.parametrize("silent_first", [True, False])
def test_the_server_that_takes_writes_is_found_next_to_a_silent_one(
    url: str, proxy: tuple[Proxy, str], silent_first: bool
) -> None:
    proxy[0].be(Mode.SILENT)
    several = Database(hosts(proxy[1] if silent_first else url, url if silent_first else proxy[1]))

    began = time.monotonic()
    assert command(several) == 1

    assert time.monotonic() - began < LONGEST * slack()
    several.close()


def test_calls_to_two_silent_servers_end_in_time(proxy: tuple[Proxy, str]) -> None:
    proxy[0].be(Mode.SILENT)
    several = Database(hosts(proxy[1], proxy[1]))

    assert timed(lambda: command(several)) < LONGEST * slack()
    several.close()


def hosts(*urls: str) -> str:
    """Return one URL that names the servers of several."""
    folders = [str(psycopg.conninfo.conninfo_to_dict(each)["host"]) for each in urls]
    named = {"host": ",".join(folders), "port": ",".join(["5432"] * len(urls))}
    return psycopg.conninfo.make_conninfo(urls[0], **named, target_session_attrs="read-write")
