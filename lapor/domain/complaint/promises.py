"""The promised moments of one complaint: the clocks that run, wait, or have ended."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime
from uuid import UUID

from lapor.domain.context import CommandContext
from lapor.domain.deadlines.clock import Clock, Running, Stop, StopOutcome
from lapor.domain.vocabulary import Kind, Step


@dataclass(slots=True)
class Promises:
    """An aggregate's memory of its clocks. Events change it by ``turn``; verbs ask for stops and starts."""

    running: dict[tuple[Step, int], Running] = field(default_factory=dict)
    moved: list[Running] = field(default_factory=list)
    """Clocks that were stopped to be carried on, and have not been yet."""
    started: dict[Step, int] = field(default_factory=dict)
    """How many clocks of a step have started."""
    missed: dict[tuple[Step, int], UUID | None] = field(default_factory=dict)
    """Promises that ended after their moment, and the agency that made them. Running ones are not here."""
    excused: set[tuple[Step, int]] = field(default_factory=set)
    extended: frozenset[tuple[Step, UUID | None]] = frozenset()
    """Steps and agencies whose deadline was extended, also where it was handed over since."""
    reached: set[tuple[Step, int, int]] = field(default_factory=set)
    """The shares of running clocks' time that are known to have passed: step, n, per cent."""
    reporter_reminded: dict[Step, tuple[datetime, ...]] = field(default_factory=dict)
    """When the reporter was reminded of a step that is theirs, since its clock began."""

    def turn(self, starts: Iterable[Clock], stops: Iterable[Stop], at: datetime) -> None:
        """Stop and start clocks, as an event says that happened at ``at``."""
        for stop in stops:
            ended = self.running.pop((stop.step, stop.n), None)
            if self.reached:
                self.reached = {share for share in self.reached if share[:2] != (stop.step, stop.n)}
            if ended is not None and at > ended.clock.due_at:
                self.missed[stop.step, stop.n] = stop.agency
            if ended is not None and stop.outcome is StopOutcome.MOVED:
                self.moved.append(ended.stopped(at, stop.working_minutes))
        for clock in starts:
            moved = self._carried_by(clock)
            if moved is None:
                self.reporter_reminded.pop(clock.step, None)
            self.running[clock.step, clock.n] = Running.starting(clock, at, moved)
            self.started[clock.step] = clock.n
            if moved and (clock.step, moved.clock.agency) in self.extended:
                self.extended |= {(clock.step, clock.agency)}

    def _carried_by(self, clock: Clock) -> Running | None:
        """Return the stopped clock that this one carries on: its agency's own, or the one handed to it."""
        of_step = [running for running in self.moved if running.clock.step is clock.step]
        if not of_step:
            return None
        own = (running for running in of_step if running.clock.agency == clock.agency)
        carried = next(own, of_step[0])
        self.moved.remove(carried)
        return carried

    def next_number(self, step: Step) -> int:
        """Return the number that the next clock of this step will have."""
        return self.started.get(step, 0) + 1

    def owed(self, *steps: Step) -> list[Running]:
        """Return the running clocks of these steps."""
        return [running for (step, _), running in self.running.items() if step in steps]

    def owed_by(self, agency: UUID | None, *steps: Step) -> list[Running]:
        """Return the running clocks of an agency; None: those of the coordinating office."""
        return [running for running in self.owed(*steps) if running.clock.agency == agency]

    def in_time(self, context: CommandContext, *steps: Step) -> list[Running]:
        """Return the running clocks of these steps that are not overdue: only they can be moved."""
        return [running for running in self.owed(*steps) if running.clock.due_at > context.at]

    def start(
        self, context: CommandContext, *steps: Step, kind: Kind | None, agency: UUID | None
    ) -> tuple[Clock, ...]:
        """Return new clocks for these steps, as far as the policy limits them."""
        clocks = (
            context.timing.promise(step, self.next_number(step), kind=kind, agency=agency, at=context.at)
            for step in steps
        )
        return tuple(clock for clock in clocks if clock is not None)

    def resume(self, context: CommandContext, kind: Kind | None) -> tuple[Clock, ...]:
        """Return the clocks that carry on those which waited for the reporter."""
        ahead: Counter[Step] = Counter()
        resumed = []
        for moved in self.moved:
            step = moved.clock.step
            n = self.next_number(step) + ahead[step]
            ahead[step] += 1
            resumed.append(context.timing.resume(moved, n, kind=kind, at=context.at))
        return tuple(resumed)

    def stop(
        self, context: CommandContext, outcome: StopOutcome, clocks: Iterable[Running]
    ) -> tuple[Stop, ...]:
        """Return the stops that end these clocks."""
        return tuple(context.timing.stop(running, outcome, context.at) for running in clocks)

    def kept(self, context: CommandContext, *steps: Step) -> tuple[Stop, ...]:
        """Return the stops that fulfil the running clocks of these steps."""
        return self.stop(context, StopOutcome.MET, self.owed(*steps))

    def void(self, context: CommandContext, *steps: Step) -> tuple[Stop, ...]:
        """Return the stops that end running clocks as no longer owed; without steps: all of them."""
        return self.stop(context, StopOutcome.VOID, self.owed(*(steps or Step)))

    def hand_over(
        self, context: CommandContext, *steps: Step, lead: UUID | None, agency: UUID | None
    ) -> tuple[tuple[Stop, ...], tuple[Clock, ...]]:
        """Return the stops and starts by which ``agency`` goes on with the lead's clocks, due when they were.

        A promise already broken stays with the lead that broke it, and is not handed over. Without a lead the
        clocks are the coordinating office's.
        """
        owed = self.owed_by(lead, *steps)
        movable = [running for running in owed if running.clock.due_at > context.at]
        broken = [running for running in owed if running not in movable]
        carried = tuple(
            replace(running.clock, agency=agency, n=self.next_number(running.clock.step))
            for running in movable
        )
        ended = (
            *self.stop(context, StopOutcome.MOVED, movable),
            *self.stop(context, StopOutcome.VOID, broken),
        )
        return ended, carried
