"""What a complaint remembers: only what a verb's guard asks, and the clocks that run."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

from lapor.domain.aggregate import Aggregate, Fact, Occasion
from lapor.domain.clocks import Clock, Running, Stop, StopOutcome
from lapor.domain.terms import Kind, Privacy, Stage, Step

ENDED = frozenset({Stage.CLOSED, Stage.ARCHIVED, Stage.TRANSFERRED, Stage.WITHDRAWN, Stage.MERGED})


class ComplaintState(Aggregate):
    """The memory that the verbs share."""

    def begin(self) -> None:
        self.stage = Stage.FILED
        self.code = ""
        self.kind: Kind | None = None
        self.category: str | None = None
        self.privacy = Privacy.OPEN
        self.has_title = False
        self.lead: UUID | None = None
        self.agencies: tuple[UUID, ...] = ()
        self.returns_to = Stage.FILED
        self.ended_at: datetime | None = None
        self.times_asked = self.times_declined = self.times_rejected = self.times_reopened = 0
        self.running: dict[tuple[Step, int], Running] = {}
        self.moved: dict[Step, Running] = {}
        """Clocks that were stopped to be carried on, and have not been yet."""
        self.started: dict[Step, int] = {}

    def enter(self, stage: Stage, at: datetime) -> None:
        self.stage = stage
        self.ended_at = at if stage in ENDED else None
        if self.ended_at is not None:
            self.moved.clear()

    def turn_clocks(self, starts: Iterable[Clock], stops: Iterable[Stop], at: datetime) -> None:
        for stop in stops:
            ended = self.running.pop((stop.step, stop.n), None)
            if ended is not None and stop.outcome is StopOutcome.MOVED:
                self.moved[stop.step] = ended.stopped(at, stop.working_minutes)
        for clock in starts:
            self.running[clock.step, clock.n] = Running.starting(clock, at, self.moved.pop(clock.step, None))
            self.started[clock.step] = clock.n

    def record(self, fact: type[Fact], occasion: Occasion, **facts: Any) -> None:
        super().record(fact, occasion, **{"reason": None, "starts": (), "stops": (), **facts})

    def next_of(self, step: Step) -> int:
        """The number that the next clock of this step will have."""
        return self.started.get(step, 0) + 1

    def promises(self, occasion: Occasion, *steps: Step, agency: UUID | None) -> tuple[Clock, ...]:
        """New clocks for these steps, as far as the policy limits them."""
        made = (
            occasion.timing.promise(step, self.next_of(step), kind=self.kind, agency=agency, at=occasion.at)
            for step in steps
        )
        return tuple(clock for clock in made if clock is not None)

    def resumed(self, occasion: Occasion) -> tuple[Clock, ...]:
        """The clocks that waited for the reporter, going on."""
        return tuple(
            occasion.timing.resume(moved, self.next_of(step), kind=self.kind, at=occasion.at)
            for step, moved in self.moved.items()
        )

    def stops(self, occasion: Occasion, outcome: StopOutcome, *steps: Step) -> tuple[Stop, ...]:
        """The end of the running clocks of these steps."""
        return tuple(
            occasion.timing.stop(running, outcome, occasion.at)
            for (step, _), running in self.running.items()
            if step in steps
        )

    def kept(self, occasion: Occasion, *steps: Step) -> tuple[Stop, ...]:
        return self.stops(occasion, StopOutcome.MET, *steps)

    def void(self, occasion: Occasion, *steps: Step) -> tuple[Stop, ...]:
        """The end of what is still owed, of these steps or of all: it no longer is."""
        return self.stops(occasion, StopOutcome.VOID, *(steps or Step))

    def in_time(self, occasion: Occasion, *steps: Step) -> list[Running]:
        """The running clocks of these steps whose moment has not passed: only they can be moved."""
        return [
            running
            for (step, _), running in self.running.items()
            if step in steps and running.clock.due_at > occasion.at
        ]

    def hand_over(
        self, occasion: Occasion, *steps: Step, agency: UUID | None
    ) -> tuple[tuple[Stop, ...], tuple[Clock, ...]]:
        """Let somebody else go on with these clocks, due when they were: rerouting restarts nothing.

        A promise already broken stays where it was broken, and is not handed on.
        """
        movable = self.in_time(occasion, *steps)
        ended = tuple(
            occasion.timing.stop(
                running, StopOutcome.MOVED if running in movable else StopOutcome.VOID, occasion.at
            )
            for (step, _), running in self.running.items()
            if step in steps
        )
        carried = tuple(
            replace(running.clock, agency=agency, n=self.next_of(running.clock.step)) for running in movable
        )
        return ended, carried
