"""Deadlines (tenggat): extended once, moved when rules change, excused when missed for a good reason."""

from dataclasses import replace
from datetime import datetime
from typing import Annotated
from uuid import UUID

from lapor.domain.access import Scope
from lapor.domain.command_fields import AgencyRef, Number, Whole
from lapor.domain.complaint.complaint_event import ComplaintEvent
from lapor.domain.complaint.state import ComplaintState
from lapor.domain.complaint.workflow import verb
from lapor.domain.context import CommandContext
from lapor.domain.deadlines.clock import Clock, Running, StopOutcome
from lapor.domain.deadlines.timing import Timing
from lapor.domain.errors import BeyondCalendarError, InvalidFieldError, LimitReachedError, NotAllowedError
from lapor.domain.vocabulary import MoveGround, Role, Stage, Step

_EXTENSIBLE = (Step.FOLLOW_UP, Step.RESOLVE)
_EXCUSABLE = (Step.VERIFY, Step.ACCEPT, Step.FOLLOW_UP, Step.RESOLVE)
"""No officer can excuse a limit that the law sets, and a reporter owes nothing."""


class DeadlineExtended(ComplaintEvent):
    """A deadline that was still to be kept was put off, once, for a reason (perpanjangan)."""

    TOPIC = "lapor.complaint.deadline_extended"

    agency: UUID | None
    step: Step
    working_days: int

    def change(self, complaint: ComplaintState) -> None:
        complaint.promises.extended |= {(self.step, self.agency)}


class DeadlineMoved(ComplaintEvent):
    """An open promise was put to another moment (tenggat dipindahkan); ``basis`` is the decree or policy."""

    TOPIC = "lapor.complaint.deadline_moved"

    ground: MoveGround
    basis: str


class DeadlineExcused(ComplaintEvent):
    """A missed promise was excused (dimaafkan). It stays missed, and is counted as excused too."""

    TOPIC = "lapor.complaint.deadline_excused"

    step: Step
    n: int
    agency: UUID | None

    def change(self, complaint: ComplaintState) -> None:
        complaint.promises.excused.add((self.step, self.n))


class Deadlines(ComplaintState):
    """Deadlines that move, and missed ones."""

    def follow(self, context: CommandContext, *, ground: MoveGround, basis: str) -> int:
        """Move open promises to where today's calendar or policy puts them; return how many moved.

        A promise that was missed is never moved. Each that is says so in an event of its own.
        """
        now = replace(context, at=max(context.at, self.modified_on))
        moved = self.would_follow(now.timing, ground, now.at)
        for running, clock in moved:
            stop = now.timing.stop(running, StopOutcome.MOVED, now.at)
            self.record(DeadlineMoved, now, ground=ground, basis=basis, stops=(stop,), starts=(clock,))
        return len(moved)

    def would_follow(self, timing: Timing, ground: MoveGround, at: datetime) -> list[tuple[Running, Clock]]:
        """The promises that would move now, each with the clock that would carry it on.

        One that would leave the calendar stays where it is: that is never guessed. And a policy moves none
        that somebody has put off: that was decided for this complaint.
        """
        found: list[tuple[Running, Clock]] = []
        for (step, _), running in self.promises.running.items():
            put_off = ground is MoveGround.POLICY and (step, running.clock.agency) in self.promises.extended
            if running.clock.due_at <= at or put_off:
                continue
            n = self.promises.next_number(step) + sum(clock.step is step for _, clock in found)
            try:
                if ground is MoveGround.CALENDAR:
                    clock = timing.by_calendar(running, n, kind=self.kind)
                else:
                    clock = timing.by_policy(running, n, kind=self.kind, at=at)
            except BeyondCalendarError:
                continue
            if clock is not None:
                found.append((running, clock))
        return found

    @verb(
        stages={Stage.ROUTED, Stage.IN_PROGRESS},
        records=(DeadlineExtended,),
        grants={Role.COORDINATOR: Scope.ALL, Role.ARBITER: Scope.ALL, Role.INSPECTOR: Scope.OVERSIGHT},
        needs_reason=True,
    )
    def extend(
        self, context: CommandContext, *, step: Step, working_days: Whole, agency: AgencyRef | None = None
    ) -> None:
        """Put off a deadline that is still to be kept: once, for a reason, never past the legal limit.

        It is the lead's, unless another agency that has a part in it is named. At most as many days as the
        policy gave for the step.
        """
        if step not in _EXTENSIBLE:
            raise InvalidFieldError("step", f"Only {' and '.join(_EXTENSIBLE)} can be extended.")
        running = self._extensible(context, step, agency or self.lead)
        clock = context.timing.extend(
            running, self.promises.next_number(step), kind=self.kind, working_days=working_days
        )
        for legal in self.promises.owed(Step.LEGAL_LIMIT):
            if clock.due_at > legal.clock.due_at:
                raise LimitReachedError(
                    f"It would be due after the legal limit, {legal.clock.due_at:%Y-%m-%d}; ask for less."
                )
        self.record(
            DeadlineExtended,
            context,
            agency=clock.agency,
            step=step,
            working_days=working_days,
            reason=context.reason,
            stops=self.promises.stop(context, StopOutcome.MOVED, [running]),
            starts=(clock,),
        )

    def _extensible(self, context: CommandContext, step: Step, agency: UUID | None) -> Running:
        """The running clock. Raises ``LimitReachedError`` where it cannot be extended (any more)."""
        if (step, agency) in self.promises.extended:
            raise LimitReachedError(f"The deadline of {step} was extended before; the rule allows it once.")
        owed = self.promises.owed_by(agency, step)
        if not owed:
            raise LimitReachedError(f"This agency has no deadline of {step} that is still to be kept.")
        (running,) = owed
        if running.clock.due_at <= context.at:
            raise LimitReachedError(
                f"The deadline of {step} has passed; a promise that is broken is not moved. Answer, "
                "or commit to a date."
            )
        return running

    @verb(
        stages=set(Stage),
        records=(DeadlineExcused,),
        grants={Role.COORDINATOR: Scope.ALL, Role.ARBITER: Scope.ALL, Role.INSPECTOR: Scope.OVERSIGHT},
        needs_reason=True,
    )
    def excuse(
        self, context: CommandContext, *, step: Step, n: Annotated[int, Number(1, 10_000)] | None = None
    ) -> None:
        """Excuse a missed promise, for a reason; without ``n`` the last missed one of the step.

        It stays missed. No office excuses its own promise: those of the coordinating office are the
        arbiter's to excuse.
        """
        if step not in _EXCUSABLE:
            can = ", ".join(_EXCUSABLE)
            raise InvalidFieldError("step", f"A promise of {step} cannot be excused; possible: {can}.")
        missed = self._not_excused(step, context.at)
        number = max(missed, default=None) if n is None else n
        if number not in missed:
            raise InvalidFieldError("step", f"No such promise of {step} was missed, or it is excused.")
        if missed[number] is None and context.by.role is Role.COORDINATOR:
            raise NotAllowedError("The coordinating office made this promise: the arbiter may excuse it.")
        self.record(
            DeadlineExcused,
            context,
            step=step,
            n=number,
            agency=missed[number],
            reason=context.reason,
        )

    def _not_excused(self, step: Step, at: datetime) -> dict[int, UUID | None]:
        """Return a step's missed promises that were not excused: number and agency."""
        overdue = {
            key: each.clock.agency for key, each in self.promises.running.items() if at > each.clock.due_at
        }
        missed = {**self.promises.missed, **overdue}
        return {
            n: agency
            for (of, n), agency in missed.items()
            if of is step and (of, n) not in self.promises.excused
        }
