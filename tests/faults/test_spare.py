"""Two workers run, one leads; when it is killed the other leads within seconds, and nothing is missing."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest
from psycopg.conninfo import make_conninfo

from lapor.store.database import Database
from projections.catalogue import PROJECTIONS, status

from ..projections.histories import BEGINNING, history
from ..projections.stores import everything, expected, store
from .service import environment
from .slack import slack

pytestmark = pytest.mark.faults
LONGEST = 3.0  # seconds until the spare has fed all, on a machine that has nothing else to do
_LOCK = f".lapor_feeder.{' '.join(sorted(projection.table for projection in PROJECTIONS))}"
_LEADERS = f"""
    SELECT application_name FROM pg_locks JOIN pg_stat_activity USING (pid)
     WHERE locktype = 'advisory' AND granted AND application_name = ANY(%s)
       AND (classid::bigint << 32 | objid::bigint) = hashtextextended(current_schema() || '{_LOCK}', 0)
       AND pg_locks.database = (SELECT oid FROM pg_database WHERE datname = current_database())
"""


@pytest.fixture
def workers(url: str, tmp_path: Path) -> Iterator[dict[str, subprocess.Popen[bytes]]]:
    """Two workers on the test's database, by the name under which they are known there."""
    running = {}
    for name in ("one", "other"):
        env = environment() | {
            "LAPOR_DATABASE_URL": make_conninfo(url, application_name=name),
            "LAPOR_DATA": str(tmp_path),
            "LAPOR_CLOCK": BEGINNING.isoformat(),  # nothing is due yet: workers add no events to the test's
        }
        running[name] = subprocess.Popen([sys.executable, "-m", "lapor", "work"], env=env)
    yield running
    for process in running.values():
        process.kill()
        process.wait()


def await_that(true: Callable[[], bool], seconds: float = 30.0) -> float:
    """Wait until something is true; how many seconds that took."""
    began = time.monotonic()
    while not true():
        assert time.monotonic() - began < seconds * slack()
        time.sleep(0.01)
    return time.monotonic() - began


def test_when_the_leading_worker_is_killed_the_spare_leads_within_three_seconds(
    url: str, database: Database, workers: dict[str, subprocess.Popen[bytes]]
) -> None:
    events = history(1, 30)
    with psycopg.connect(url, autocommit=True) as watching:

        def leaders() -> set[str]:
            return {name for (name,) in watching.execute(_LEADERS.encode(), [list(workers)])}

        def connected() -> set[str]:
            found = watching.execute("SELECT application_name FROM pg_stat_activity")
            return {name for (name,) in found}

        await_that(lambda: set(workers) <= connected() and bool(leaders()))
        (leader,) = leaders()
        store(database, events[:40])
        await_that(lambda: everything(database) == expected(events[:40]))

        os.kill(workers[leader].pid, signal.SIGKILL)
        store(database, events[40:])
        seconds = await_that(lambda: not any(each.lag for each in status(database)))

    assert everything(database) == expected(events)
    print(f"\nthe spare had fed all after {seconds:.2f} s")  # noqa: T201
    assert seconds < LONGEST * slack()
