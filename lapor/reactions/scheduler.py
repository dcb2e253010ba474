"""The scheduler: one leader fires due timers, in the order of their times even after an outage."""

import threading
import time
from datetime import datetime, timedelta

from lapor.application.application import KeylessApplication
from lapor.logs import describe
from lapor.reactions.follower import BATCH as BATCH_OF_EVENTS
from lapor.reactions.follower import Follower
from lapor.reactions.reminders import ReminderService
from lapor.reactions.timers import Timers
from lapor.store.database import Connection, Database
from lapor.store.leader_election import Leader

BATCH = 200
"""Timers in an append: more are not faster, and make other writers wait longer."""
IDLE = 0.5  # seconds between steps that had no more than a batch
_BEAT_SECONDS = 1.0
_REPORTED_DELAY = timedelta(seconds=10)


class Scheduler:
    """Follows the log and fires timers. ``database`` should be its own, of 2 connections or more."""

    def __init__(self, database: Database, application: KeylessApplication, *, batch: int = BATCH) -> None:
        self._database = database
        self._timers = Timers(database)
        self._reminders = ReminderService(application, self._timers)
        self._batch = batch
        self._follower = Follower(database, self._reminders)
        self._beat_at = float("-inf")
        self._fired_at: datetime | None = None

    def step(self) -> int:
        """Follow the log to its head, then fire at most a batch; return the number of events and timers.

        Two schedulers at once do no harm: a complaint knows which of its actions were executed.
        """
        followed = events = self._follower.step()
        while events >= BATCH_OF_EVENTS:
            events = self._follower.step()
            followed += events
        return followed + self._fire()

    def _fire(self) -> int:
        now, due = self._reminders.due(self._batch)
        if due:
            fired = self._reminders.fire(due)
            # Complaints with new events are refreshed by the follower; the others have to be refreshed here.
            self._follower.refresh({timer.stream for timer in due} - fired.done, fired.failures)
            self._fired_at = now
        self._beat(now - due[0].action.at if due else timedelta())
        return len(due)

    def _beat(self, late: timedelta) -> None:
        """Record a heartbeat, at most once a second unless a timer is late."""
        if late > _REPORTED_DELAY or time.monotonic() - self._beat_at >= _BEAT_SECONDS:
            self._timers.beat(late, self._fired_at)
            self._beat_at = time.monotonic()

    def run(self, stop: threading.Event) -> None:
        """Follow and fire until ``stop`` is set, as the leader among all processes.

        The lock and the log lines have the name "reactor", by which older releases know them.
        """
        Leader(self._database, "reactor", describe).run(self._work, stop)

    def _work(self, _: Connection, stop: threading.Event) -> None:
        self._follower.retry_failed()
        while not stop.is_set():
            if self.step() < self._batch:  # a few together cost hardly more than one
                stop.wait(IDLE)
