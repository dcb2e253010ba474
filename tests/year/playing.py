"""A year of the demo's regency in which the service reacts: a clock that goes from event to event.

People act at their moments, through the application; what the service does by itself it does at its own.
The reactor looks every so often in opening time and at closing, and each thing that it finds due is done with
the clock at that thing's moment. Before anybody acts on a complaint that may have had such a moment since, it
looks again: so a complaint sees everything in the order of time, while many of them share a transaction.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import cast
from uuid import UUID
from zoneinfo import ZoneInfo

import psycopg
from psycopg.conninfo import make_conninfo

from lapor.bootstrap import RunningServices
from lapor.demo.life import Life, SceneAct
from lapor.demo.player import DemoClock, Play
from lapor.domain.aggregate import Event
from lapor.domain.complaint import ScheduledAction
from lapor.domain.deadlines.working_time import WorkingTime
from lapor.domain.errors import Refusal
from lapor.reactions.reminders import LoadedComplaint, ReminderService
from lapor.reactions.scheduler import Scheduler
from lapor.store.database import Database

BEGINS = datetime.fromisoformat("2026-01-01T00:00:00+07:00")
ENDS = datetime.fromisoformat("2026-12-31T23:59:59+07:00")
_MANY = 2_000  # complaints, of which some share every look
_NEVER = datetime.max.replace(tzinfo=UTC)
_SOON = "SELECT stream, min(fire_at) FROM timer WHERE fire_at <= %s GROUP BY stream"


def without_waiting(url: str) -> str:
    """Connections that do not wait for the disk: a year that a crash takes is played again."""
    return make_conninfo(url, options="-c synchronous_commit=off")


def looks(working: WorkingTime, every: timedelta) -> Iterator[datetime]:
    """The moments of the year at which the reactor looks: so often while it is open, and before closing."""
    zone = ZoneInfo(working.hours.zone)
    for n in range(365):
        day = date(2026, 1, 1) + timedelta(days=n)
        hours = working.hours.week[day.weekday()]
        if hours is None:
            continue
        at, closing = (datetime.combine(day, each, zone) for each in hours)
        if working.is_open(at):
            while at < closing:
                yield at
                at += every
            yield closing - timedelta(microseconds=1)
    yield _NEVER


class Punctual(ReminderService):
    """Does each thing with the clock at its moment."""

    def _fire_one(self, loaded: LoadedComplaint, action: ScheduledAction) -> Sequence[Event]:
        cast("DemoClock", self._application.clock).now = action.at
        return super()._fire_one(loaded, action)


class Reactions:
    """The reactor, and when it looks."""

    def __init__(self, running: RunningServices, every: timedelta) -> None:
        self._running = running
        self._database = Database(without_waiting(running.database.url), connections=2)
        self._scheduler = Scheduler(self._database, running.application)
        self._scheduler._reminders = Punctual(running.application, self._scheduler._timers)
        self._looks = looks(running.application.timing(ENDS).working_time(None), every)
        self._next = next(self._looks)
        self._acted: set[UUID | None] = set()
        self._soon: dict[UUID | None, datetime] = {}
        self._month = 0

    def until(self, at: datetime, *complaints: UUID | None) -> None:
        """Do what is to be done before somebody acts at this moment, on these complaints."""
        while self._next <= at:
            self._look(self._next)
            self._next = next(self._looks)
            self._acted.clear()
            with self._database.connection() as connection:
                self._soon = dict(connection.execute(_SOON, [self._next], binary=True).fetchall())
        if any(self._soon.get(each, _NEVER) <= at or self._has_come(each, at) for each in complaints):
            self._look(at)
        self._acted.update(complaints)
        cast("DemoClock", self._running.application.clock).now = at

    def _has_come(self, complaint: UUID | None, at: datetime) -> bool:
        """Whether a clock that was started since the last look has come to a mark."""
        if complaint is None or complaint not in self._acted:
            return False
        timers = self._scheduler._reminders.pending([complaint]).timers
        return any(timer.action.at <= at for timer in timers)

    def _look(self, at: datetime) -> None:
        if at.month != self._month:
            self._month = at.month
            self._analyze()
        clock = cast("DemoClock", self._running.application.clock)
        clock.now = at
        while self._scheduler.step():
            clock.now = at

    def _analyze(self) -> None:
        """Do the work of autovacuum: a month is over before it wakes up."""
        with psycopg.connect(self._running.database.url, autocommit=True) as connection:
            connection.execute("ANALYZE")

    def end(self) -> None:
        """Look a last time, when the year is over."""
        self.until(ENDS)
        self._look(ENDS)
        self._database.close()


@dataclass(frozen=True)
class Year(Play):
    """The play of 2026, with reactions."""

    until: datetime = ENDS
    past: timedelta = ENDS - BEGINS
    overtaken: list[tuple[UUID | None, str, datetime]] = field(default_factory=list)
    """Acts that were refused because another came first: complaint, verb and moment."""
    reactions: list[Reactions] = field(default_factory=list)

    def do(self, life: Life, act: SceneAct) -> None:
        (reactions,) = self.reactions
        merged_into = life.repeats.id if life.repeats and act.verb == "merge" else None
        reactions.until(act.at, life.id, *([merged_into] if merged_into else []))
        try:
            super().do(life, act)
        except Refusal:
            self.overtaken.append((life.id, act.verb, act.at))

    def play(self) -> None:
        """The whole year."""
        cast_, rhythm = self.begin()
        every = timedelta(minutes=30) if self.complaints > _MANY else timedelta(hours=5)
        self.reactions.append(Reactions(self.running, every))
        self.perform(cast_, rhythm, lambda _: None)
        self.reactions[0].end()
