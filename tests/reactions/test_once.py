"""Each scheduled action of each clock is executed once, after any kill, loss or concurrent work."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg
import pytest

from lapor.bootstrap import build
from lapor.domain.complaint import Complaint, events
from lapor.domain.complaint.reminders import ScheduledAction
from lapor.domain.deadlines.timing import Timing
from lapor.domain.errors import Refusal
from lapor.reactions.notifications import NOTIFIED_TOPICS, notifications
from lapor.reactions.outbox import Notification
from lapor.reactions.scheduler import Scheduler
from lapor.settings import Settings
from lapor.store.database import Database
from lapor.store.event_log import RecordedEvent

from ..dying import Dying, Lost
from ..faults.slack import slack
from .conftest import TUESDAY, StaffedService, settle, wib

AFTERWARDS = "2026-11-27T10:00:00"


def all_events(town: StaffedService) -> list[RecordedEvent]:
    return town.running.application.log.page(0, 100_000)


def reached(town: StaffedService) -> Counter[tuple[Any, ...]]:
    found = (row.event() for row in all_events(town))
    return Counter(
        (event.originator_id, event.step, event.n, event.share)
        for event in found
        if isinstance(event, events.Reminded)
    )


def due_by(town: StaffedService, at: datetime) -> set[tuple[Any, ...]]:
    """Return the actions of all clocks that are due by a time; nothing stops a clock meanwhile."""
    timing = town.running.application.timing(at)
    return {
        (complaint, action.step, action.n, action.share)
        for complaint in {row.stream for row in all_events(town) if row.topic == "lapor.complaint.filed"}
        for action in actions_of(town, complaint, timing)
        if action.at <= at
    }


def actions_of(town: StaffedService, complaint: UUID, timing: Timing) -> list[ScheduledAction]:
    return Complaint.of(town.events(complaint)).scheduled_actions(timing)


def outbox(town: StaffedService) -> Counter[Notification]:
    rows = town.command("SELECT position, message, addressee, agency, stream FROM outbox")
    return Counter(Notification(*row) for row in rows)


def expected_notifications(town: StaffedService) -> Counter[Notification]:
    told = [row for row in all_events(town) if row.topic in NOTIFIED_TOPICS]
    return Counter(notification for row in told for notification in notifications(row.position, row.event()))  # type: ignore[arg-type]


def check(town: StaffedService, due: set[tuple[Any, ...]]) -> None:
    found = reached(town)
    assert set(found) == due
    assert set(found.values()) == {1}
    assert outbox(town) == expected_notifications(town)
    assert town.command("SELECT count(*) FROM timer WHERE fire_at <= '2026-11-27T03:00:00Z'") == [(0,)]


def test_two_concurrent_workers_execute_each_action_once(town: StaffedService, tmp_path: Path) -> None:
    for _ in range(40):
        town.routed()
    due = due_by(town, wib(AFTERWARDS))
    settle(town.scheduler())
    others = [build(Settings(data=tmp_path), town.url) for _ in range(2)]
    for running in others:
        running.application.clock = lambda: wib(AFTERWARDS)
    failed: list[BaseException] = []

    def work(scheduler: Scheduler) -> None:
        quiet = 0
        while quiet < 3 and not failed:
            try:
                quiet = 0 if scheduler.step() else quiet + 1
            except Refusal:
                quiet = 0  # the other one wrote about the same complaints: tried again, as `run` does
            except BaseException as error:  # noqa: BLE001 - the test reports it
                failed.append(error)

    databases = [Database(town.url, connections=2) for _ in others]
    schedulers = [
        Scheduler(database, running.application, batch=5)
        for database, running in zip(databases, others, strict=True)
    ]
    threads = [threading.Thread(target=work, args=[scheduler]) for scheduler in schedulers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for closed in (*databases, *(running.database for running in others)):
        closed.close()

    assert failed == []
    check(town, due)


@pytest.mark.parametrize("before", [True, False], ids=["before", "after"])
def test_a_crash_between_any_two_statements_does_nothing_twice_and_forgets_nothing(
    town: StaffedService, tmp_path: Path, before: bool
) -> None:
    for _ in range(15):
        town.routed()
    settle(town.scheduler())
    due = due_by(town, wib(AFTERWARDS))
    running = build(Settings(data=tmp_path), town.url)
    running.application.clock = lambda: wib(AFTERWARDS)
    database = Dying(town.url, connections=2)
    running.application.log._database = database  # type: ignore[attr-defined]
    database.before, crashes = before, 0
    for place in range(1, 400):
        database.countdown = place
        try:
            settle(Scheduler(database, running.application, batch=1))
            break
        except Lost:
            crashes += 1
    database.close()
    running.database.close()

    assert crashes > 40, "more than all statements of following, firing and following again"
    check(town, due)


@pytest.mark.slow
def test_a_worker_that_is_killed_again_and_again_executes_each_action_once(town: StaffedService) -> None:
    for number in range(150):
        town.goes_on(TUESDAY.replace(minute=number % 60))
        town.routed()
    due = due_by(town, wib(AFTERWARDS))
    env = {
        **os.environ,
        "LAPOR_DATABASE_URL": town.url,
        "LAPOR_DATA": str(town.running.settings.data),
        "LAPOR_CLOCK": f"{AFTERWARDS}+07:00",
    }
    told = "SELECT count(*) FROM event WHERE topic = 'lapor.complaint.reminded'"
    behind = "SELECT position < (SELECT max(position) FROM event) FROM reactor"
    kills = 0
    with psycopg.connect(town.url, autocommit=True) as connection:

        def count() -> int:
            row = connection.execute(told).fetchone()
            return int(row[0]) if row else 0

        def followed() -> bool:
            """Tell whether the outbox holds all that is to be told."""
            return connection.execute(behind).fetchone() == (False,)

        while (so_far := count()) < len(due):
            worker = subprocess.Popen(
                [sys.executable, "-m", "lapor", "work"],
                env=env,
                stderr=subprocess.DEVNULL,
                start_new_session=True,
            )
            deadline = time.monotonic() + 60 * slack()
            while count() == so_far and time.monotonic() < deadline:
                time.sleep(0.002)
            assert time.monotonic() < deadline, "the worker reaches nothing"
            if kills >= 3:
                while not (count() == len(due) and followed()) and time.monotonic() < deadline:
                    time.sleep(0.02)
            os.killpg(worker.pid, signal.SIGKILL)
            worker.wait()
            kills += 1
    town.goes_on(AFTERWARDS)
    settle(town.scheduler())

    assert kills > 1
    check(town, due)
