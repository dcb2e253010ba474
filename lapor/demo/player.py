"""The run of the simulation: every act at its moment, in the order of time, through the real application."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from heapq import heappop, heappush
from itertools import count
from random import Random

from lapor.application.application import CommandRequest
from lapor.application.commands.complaints import ComplaintCommands
from lapor.bootstrap import RunningServices
from lapor.demo.cast import DEMO_OPERATOR, Cast, assemble
from lapor.demo.generator import lives
from lapor.demo.life import Aside, Life, Scene, SceneAct, Until
from lapor.demo.scenes.closing import live
from lapor.demo.timing import WorkingHours
from lapor.domain.access import Caller
from lapor.domain.complaint import WORKFLOW

HALF_A_YEAR, A_YEAR = timedelta(days=183), timedelta(days=365)
_FOUNDED = timedelta(days=21)  # before the first complaint
_REACH = 90  # working days after the end that deadlines may need
_USED = timedelta(days=180)  # the demo is used for so long afterwards, with new deadlines
_NO_DECREE = "belum ada SKB (demo)"


@dataclass
class DemoClock:
    """The application's clock, set by the simulation."""

    now: datetime

    def __call__(self) -> datetime:
        return self.now.astimezone(UTC)


@dataclass(frozen=True)
class Play:
    """A run of the simulation: on which services, up to which moment, with how many complaints."""

    running: RunningServices
    complaints: int
    seed: int
    until: datetime
    past: timedelta = HALF_A_YEAR

    def lengthen_calendar(self) -> list[int]:
        """Add the years that the calendar lacks for the demo and half a year of use; return them.

        Their holidays are not decreed yet: they have none, and are provisional.
        """
        calendar = self.running.application.reference_data.rules.calendar
        lacking = list(range(calendar.last.year + 1, (self.until + _USED).year + 1))
        self.running.application.clock = DemoClock(self.until - self.past - _FOUNDED)
        for year in lacking:
            body = {"year": year, "holidays": (), "basis": _NO_DECREE}
            self.running.services.calendars.add_year(body, CommandRequest(DEMO_OPERATOR))
        return lacking

    def begin(self) -> "tuple[Cast, WorkingHours]":
        """Register the agencies and appoint the officers.

        Raises ``BeyondCalendarError`` if the calendar does not cover the simulated time.
        """
        working = self.running.application.timing(self.until).working_time(None)
        rhythm = WorkingHours(working)
        working.due(self.until, _REACH)
        clock = DemoClock(self.until - self.past - _FOUNDED)
        rng = Random(f"{self.seed}/cast")  # noqa: S311 - a simulation

        def tick() -> None:
            clock.now = rhythm.at_work(rng, clock.now, rng.uniform(3, 9))

        self.running.application.clock = clock
        return assemble(self.running, rng, tick), rhythm

    def perform(self, cast: Cast, rhythm: WorkingHours, progress: Callable[[int], None]) -> list[Life]:
        """Perform all acts up to the end. ``progress`` is called with the number of complaints filed."""
        clock = DemoClock(self.until - self.past)
        self.running.application.clock = clock
        played = lives(cast, rhythm, seed=self.seed, count=self.complaints, start=clock.now, until=self.until)
        agenda = Agenda(self.until)
        for life in played:
            agenda.enter(life, live(life))
        filed = 0
        for clock.now, life, act in agenda.acts():
            self.do(life, act)
            if act.verb == "file":
                filed += 1
                progress(filed)
        return played

    def do(self, life: Life, act: SceneAct) -> None:
        """Perform one act; the clock shows its moment."""
        does = _file if act.verb == "file" else _act
        does(self.running.services.complaints, life, act)


class Agenda:
    """The steps of many scenes, in the order of time up to an end."""

    def __init__(self, until: datetime) -> None:
        self._until = until
        self._due: list[tuple[datetime, int, SceneAct | Until, Life, Scene[None]]] = []
        self._entered = count()  # of two at one moment, the first entered goes first

    def enter(self, life: Life, scene: Scene[None]) -> None:
        """Advance a scene to its next step, unless that is after the end."""
        for step in scene:
            if isinstance(step, Aside):
                self.enter(step.life, step.scene)
                continue
            if step.at <= self._until:
                heappush(self._due, (step.at, next(self._entered), step, life, scene))
            return

    def acts(self) -> Iterator[tuple[datetime, Life, SceneAct]]:
        """Yield each act with its moment and its life; its scene advances when the next act is taken."""
        while self._due:
            at, _, step, life, scene = heappop(self._due)
            if isinstance(step, SceneAct):
                yield at, life, step
            self.enter(life, scene)


def _file(complaints: ComplaintCommands, life: Life, act: SceneAct) -> None:
    life.keep(complaints.file(act.body, CommandRequest(act.by or Caller()), life.channel).body)


def _act(complaints: ComplaintCommands, life: Life, act: SceneAct) -> None:
    assert life.id is not None, "a life begins with its filing"  # noqa: S101
    if act.by is None:
        command = CommandRequest(Caller(channel=life.channel), any_version=True, receipt=life.receipt)
    else:
        command = CommandRequest(act.by, any_version=True)
    life.keep(complaints.act(WORKFLOW[act.verb], life.id, act.body, command).body)
