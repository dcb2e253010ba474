"""Does what a moment has come for: one leader, after a restart or an outage in the order of the moments."""

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
"""Timers in an append: more are not faster, and make whoever else writes wait longer."""
IDLE = 0.5  # seconds between looks at a log and a clock that had no more than a batch
_BEAT = 1.0
_WORTH_TELLING = timedelta(seconds=10)


class Scheduler:
    """Follows the log and fires timers. ``database`` should be its own, of 2 connections or more."""

    def __init__(self, database: Database, application: KeylessApplication, *, batch: int = BATCH) -> None:
        self._database = database
        self._timers = Timers(database)
        self._reacting = ReminderService(application, self._timers)
        self._batch = batch
        self._follower = Follower(database, self._reacting)
        self._beaten = float("-inf")
        self._fired_at: datetime | None = None

    def step(self) -> int:
        """Follow the log to its head, then fire at most a batch; how many events and timers that were.

        Two at once do no harm: the complaint itself knows what was done about it.
        """
        followed = events = self._follower.step()
        while events >= BATCH_OF_EVENTS:
            events = self._follower.step()
            followed += events
        return followed + self._fire()

    def _fire(self) -> int:
        now, due = self._reacting.due(self._batch)
        if due:
            reached = self._reacting.reach(due)
            # The log speaks of what was done, and is followed; of the others it says nothing new.
            self._follower.set_right({timer.stream for timer in due} - reached.done, reached.failures)
            self._fired_at = now
        self._beat(now - due[0].mark.at if due else timedelta())
        return len(due)

    def _beat(self, late: timedelta) -> None:
        """Give a sign of life, at most once a second unless something is late."""
        if late > _WORTH_TELLING or time.monotonic() - self._beaten >= _BEAT:
            self._timers.beat(late, self._fired_at)
            self._beaten = time.monotonic()

    def run(self, stop: threading.Event) -> None:
        """React until ``stop`` is set, while no other process does."""
        Leader(self._database, "reactor", describe).run(self._react, stop)

    def _react(self, _: Connection, stop: threading.Event) -> None:
        self._follower.look_at_failed()
        while not stop.is_set():
            if self.step() < self._batch:  # a few together cost hardly more than one
                stop.wait(IDLE)
