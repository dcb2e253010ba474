"""What a complaint remembers: only what a verb's guard asks, and the clocks that run."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

from lapor.domain.aggregate import Aggregate, Fact, Occasion
from lapor.domain.clocks import Clock, Running, Stop, StopOutcome
from lapor.domain.terms import Kind, Privacy, Stage, Step


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
        self.running: dict[tuple[Step, int], Running] = {}
        self.started: dict[Step, int] = {}

    def turn_clocks(self, starts: Iterable[Clock], stops: Iterable[Stop], at: datetime) -> None:
        for stop in stops:
            self.running.pop((stop.step, stop.n), None)
        for clock in starts:
            self.running[clock.step, clock.n] = Running(clock, at)
            self.started[clock.step] = clock.n

    def record(self, fact: type[Fact], occasion: Occasion, **facts: Any) -> None:
        super().record(fact, occasion, **{"reason": None, "starts": (), "stops": (), **facts})

    def promises(self, occasion: Occasion, *steps: Step, agency: UUID | None) -> tuple[Clock, ...]:
        """New clocks for these steps, as far as the policy limits them."""
        made = (
            occasion.timing.promise(
                step, self.started.get(step, 0) + 1, kind=self.kind, agency=agency, at=occasion.at
            )
            for step in steps
        )
        return tuple(clock for clock in made if clock is not None)

    def stops(self, occasion: Occasion, outcome: StopOutcome, *steps: Step) -> tuple[Stop, ...]:
        """The end of the running clocks of these steps."""
        return tuple(
            occasion.timing.stop(running, outcome, occasion.at)
            for (step, _), running in self.running.items()
            if step in steps
        )

    def kept(self, occasion: Occasion, *steps: Step) -> tuple[Stop, ...]:
        return self.stops(occasion, StopOutcome.MET, *steps)

    def void(self, occasion: Occasion) -> tuple[Stop, ...]:
        """The end of everything still owed: it no longer is."""
        return self.stops(occasion, StopOutcome.VOID, *Step)
