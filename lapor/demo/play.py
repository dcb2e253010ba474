"""Plays the regency: every act at its moment, in the order of time, through the real application."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from heapq import heappop, heappush
from random import Random

from lapor.application.complaints import Complaints
from lapor.application.desk import Ask
from lapor.bootstrap import House
from lapor.demo.cast import Cast, assemble
from lapor.demo.casting import lives
from lapor.demo.life import Act, Life, Scene
from lapor.demo.rhythm import Rhythm
from lapor.demo.settling import live
from lapor.domain.access import Caller
from lapor.domain.complaint import WORKFLOW

HALF_A_YEAR, A_YEAR = timedelta(days=183), timedelta(days=365)
_FOUNDED = timedelta(days=21)  # before the first complaint
_REACH = 90  # working days after the end that deadlines may need


@dataclass
class Clock:
    """The application's clock, set by whoever plays."""

    now: datetime

    def __call__(self) -> datetime:
        return self.now.astimezone(UTC)


@dataclass(frozen=True)
class Play:
    """A play that is about to begin: on which house, until when, with how many complaints."""

    house: House
    complaints: int
    seed: int
    until: datetime
    past: timedelta = HALF_A_YEAR

    def begin(self) -> "tuple[Cast, Rhythm]":
        """Let the agencies and officers take their places.

        Raises ``BeyondCalendarError`` where the calendar does not hold the time that is played.
        """
        working = self.house.desk.timing(self.until).working_time(None)
        rhythm = Rhythm(working)
        working.due(self.until, _REACH)
        clock = Clock(self.until - self.past - _FOUNDED)
        rng = Random(f"{self.seed}/cast")  # noqa: S311 - a play

        def tick() -> None:
            clock.now = rhythm.at_work(rng, clock.now, rng.uniform(3, 9))

        self.house.desk.clock = clock
        return assemble(self.house, rng, tick), rhythm

    def perform(self, cast: Cast, rhythm: Rhythm, progress: Callable[[int], None]) -> list[Life]:
        """Let everything happen that happens until the end. ``progress`` hears how many were filed."""
        clock = Clock(self.until - self.past)
        self.house.desk.clock = clock
        played = lives(cast, rhythm, seed=self.seed, count=self.complaints, start=clock.now, until=self.until)
        scenes = [live(life) for life in played]
        due: list[tuple[datetime, int, Act]] = []
        for n, scene in enumerate(scenes):
            self._await_next(due, n, scene)
        filed = 0
        while due:
            clock.now, n, act = heappop(due)
            if act.verb == "file":
                _file(self.house.services.complaints, played[n], act)
                filed += 1
                progress(filed)
            else:
                _act(self.house.services.complaints, played[n], act)
            self._await_next(due, n, scenes[n])
        return played

    def _await_next(self, due: list[tuple[datetime, int, Act]], n: int, scene: Scene[None]) -> None:
        """Enter a life's next act, if it has one before the end."""
        act = next(scene, None)
        if act is not None and act.at <= self.until:
            heappush(due, (act.at, n, act))


def _file(complaints: Complaints, life: Life, act: Act) -> None:
    filed = complaints.file(act.body, Ask(act.by or Caller()), life.channel).body
    life.id, life.code, life.receipt = filed["id"], filed["code"], filed["receipt"]
    life.stage, life.version = filed["stage"], filed["version"]


def _act(complaints: Complaints, life: Life, act: Act) -> None:
    assert life.id is not None, "a life begins with its filing"  # noqa: S101
    if act.by is None:
        ask = Ask(Caller(channel=life.channel), seen=life.version, receipt=life.receipt)
    else:
        ask = Ask(act.by, seen=life.version)
    answer = complaints.act(WORKFLOW[act.verb], life.id, act.body, ask)
    life.stage, life.version = answer.body["stage"], answer.version
