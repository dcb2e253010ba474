"""What a complaint remembers: only what a verb's guard asks, and the clocks that run."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from datetime import date, datetime
from typing import Any
from uuid import UUID

from lapor.domain.aggregate import Aggregate, CommandContext, Event
from lapor.domain.complaint import events
from lapor.domain.complaint.events.base import IdentityRequest
from lapor.domain.deadlines.clock import Clock, Running, Stop, StopOutcome
from lapor.domain.vocabulary import Kind, Privacy, Stage, Step

ENDED = frozenset({Stage.CLOSED, Stage.ARCHIVED, Stage.TRANSFERRED, Stage.WITHDRAWN, Stage.MERGED})

MOST_REFUSALS = 2
"""So often a complaint may be declined; then the arbiter decides."""


class ComplaintState(Aggregate):
    """The memory that the verbs share."""

    def begin(self) -> None:
        self.stage = Stage.FILED
        self.code = ""
        self.kind: Kind | None = None
        self.category: str | None = None
        self.privacy = Privacy.OPEN
        self.has_title = False
        self.addressed_to: UUID | None = None
        self.lead: UUID | None = None
        """Who answers for it."""
        self.agencies: tuple[UUID, ...] = ()
        """All that have a part in it, the lead first."""
        self.accused: frozenset[UUID] = frozenset()
        """Of an oversight complaint: whom it was addressed to, and who had it before it was known as one."""
        self.bound = False
        """Whether the arbiter has decided who answers for it."""
        self.returns_to = Stage.FILED
        self.ended_at: datetime | None = None
        self.times_asked = self.times_declined = self.times_rejected = self.times_reopened = 0
        self.times_objected = self.commitments_made = self.level = 0
        self.objection_open = self.redacted = self.published = False
        self.draft: events.Draft | None = None
        self.extended: frozenset[tuple[Step, UUID | None]] = frozenset()
        """Whose deadlines were put off: their own, or one that was put off before it was handed to them."""
        self.open_commitments: dict[int, date] = {}
        self.erasure_requested = self.held = self.erased = False
        self.sp4n: str | None = None
        self.reporter_fields: tuple[str, ...] = ()
        """What the reporter said of himself, by the fields' names."""
        self.identity_asked: IdentityRequest | None = None
        """What waits for a second person."""
        self.identity_open_to: tuple[str, datetime] | None = None
        """Whom a second person let know it, and since when."""
        self.handlers: set[str] = set()
        """The officers who have had it in hand."""
        self.running: dict[tuple[Step, int], Running] = {}
        self.moved: list[Running] = []
        """Clocks that were stopped to be carried on, and have not been yet."""
        self.started: dict[Step, int] = {}
        self.missed: dict[tuple[Step, int], UUID | None] = {}
        """Promises that ended after their moment, and who had made them; what still runs is not here."""
        self.excused: set[tuple[Step, int]] = set()
        self.reached: set[tuple[Step, int, int]] = set()
        """How much of the running clocks' time is known to have passed: step, n, per cent."""
        self.reporter_told: dict[Step, tuple[datetime, ...]] = {}
        """When the reporter was reminded of what he has time for, since that time began."""

    @property
    def led_by(self) -> UUID | None:
        """What access asks of a complaint by this name."""
        return self.lead

    def enter(self, stage: Stage, at: datetime) -> None:
        self.stage = stage
        self.ended_at = at if stage in ENDED else None
        if self.ended_at is not None:
            self.moved.clear()

    def turn_clocks(self, starts: Iterable[Clock], stops: Iterable[Stop], at: datetime) -> None:
        for stop in stops:
            ended = self.running.pop((stop.step, stop.n), None)
            if self.reached:
                self.reached = {mark for mark in self.reached if mark[:2] != (stop.step, stop.n)}
            if ended is not None and at > ended.clock.due_at:
                self.missed[stop.step, stop.n] = stop.agency
            if ended is not None and stop.outcome is StopOutcome.MOVED:
                self.moved.append(ended.stopped(at, stop.working_minutes))
        for clock in starts:
            moved = self._carried_by(clock)
            if moved is None:
                self.reporter_told.pop(clock.step, None)
            self.running[clock.step, clock.n] = Running.starting(clock, at, moved)
            self.started[clock.step] = clock.n
            if moved and (clock.step, moved.clock.agency) in self.extended:
                self.extended |= {(clock.step, clock.agency)}

    def _carried_by(self, clock: Clock) -> Running | None:
        """The stopped clock that this one carries on: its agency's own, or the one that is handed to it."""
        of_step = [each for each in self.moved if each.clock.step is clock.step]
        if not of_step:
            return None
        carried = next((each for each in of_step if each.clock.agency == clock.agency), of_step[0])
        self.moved.remove(carried)
        return carried

    def know_as(self, kind: Kind | None) -> None:
        """Remember of what kind it is, and when it becomes an oversight complaint, whom it is about."""
        if kind is Kind.OVERSIGHT and self.kind is not Kind.OVERSIGHT:
            self.accused |= {*self.agencies, *([self.addressed_to] if self.addressed_to else [])}
        self.kind = kind

    def record(self, event_class: type[Event], context: CommandContext, **values: Any) -> None:
        super().record(event_class, context, **{"reason": None, "starts": (), "stops": (), **values})

    def hide(self, context: CommandContext) -> None:
        """Show it to everybody no longer, if it was shown."""
        if self.published:
            self.record(events.Unpublished, context)

    def next_of(self, step: Step) -> int:
        """The number that the next clock of this step will have."""
        return self.started.get(step, 0) + 1

    def promises(self, context: CommandContext, *steps: Step, agency: UUID | None) -> tuple[Clock, ...]:
        """New clocks for these steps, as far as the policy limits them."""
        made = (
            context.timing.promise(step, self.next_of(step), kind=self.kind, agency=agency, at=context.at)
            for step in steps
        )
        return tuple(clock for clock in made if clock is not None)

    def resumed(self, context: CommandContext) -> tuple[Clock, ...]:
        """The clocks that waited for the reporter, going on."""
        ahead: Counter[Step] = Counter()
        resumed = []
        for moved in self.moved:
            step = moved.clock.step
            n = self.next_of(step) + ahead[step]
            ahead[step] += 1
            resumed.append(context.timing.resume(moved, n, kind=self.kind, at=context.at))
        return tuple(resumed)

    def owed(self, *steps: Step, by: UUID | None = None, lead: bool = False) -> list[Running]:
        """The running clocks of these steps: all, or those ``by`` an agency, or those that follow the lead.

        What follows the lead is with the coordinating office while nobody leads.
        """
        agency = self.lead if lead else by
        return [
            running
            for (step, _), running in self.running.items()
            if step in steps and (running.clock.agency == agency or not (lead or by))
        ]

    def end(self, context: CommandContext, outcome: StopOutcome, owed: Iterable[Running]) -> tuple[Stop, ...]:
        """The end of running clocks."""
        return tuple(context.timing.stop(running, outcome, context.at) for running in owed)

    def kept(self, context: CommandContext, *steps: Step) -> tuple[Stop, ...]:
        return self.end(context, StopOutcome.MET, self.owed(*steps))

    def void(self, context: CommandContext, *steps: Step) -> tuple[Stop, ...]:
        """The end of what is still owed, of these steps or of all: it no longer is."""
        return self.end(context, StopOutcome.VOID, self.owed(*(steps or Step)))

    def in_time(self, context: CommandContext, *steps: Step) -> list[Running]:
        """The running clocks of these steps whose moment has not passed: only they can be moved."""
        return [running for running in self.owed(*steps) if running.clock.due_at > context.at]

    def hand_over(
        self, context: CommandContext, *steps: Step, agency: UUID | None
    ) -> tuple[tuple[Stop, ...], tuple[Clock, ...]]:
        """Let another one go on with these clocks of the lead, due when they were: nothing restarts.

        A promise already broken stays where it was broken, and is not handed on.
        """
        owed = self.owed(*steps, lead=True)
        movable = [running for running in owed if running.clock.due_at > context.at]
        broken = [running for running in owed if running not in movable]
        carried = tuple(
            replace(running.clock, agency=agency, n=self.next_of(running.clock.step)) for running in movable
        )
        ended = (
            *self.end(context, StopOutcome.MOVED, movable),
            *self.end(context, StopOutcome.VOID, broken),
        )
        return ended, carried
