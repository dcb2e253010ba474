"""What becomes of promises when rules change, or when one was missed for a good reason (tenggat)."""

from dataclasses import replace
from datetime import datetime
from typing import Annotated
from uuid import UUID

from lapor.domain.access import Scope
from lapor.domain.aggregate import CommandContext
from lapor.domain.command_fields import Number
from lapor.domain.complaint import events
from lapor.domain.complaint.state import ComplaintState
from lapor.domain.complaint.workflow import verb
from lapor.domain.deadlines.clock import Clock, Running, StopOutcome
from lapor.domain.deadlines.policy import Timing
from lapor.domain.errors import BeyondCalendarError, InvalidFieldError, NotAllowedError
from lapor.domain.vocabulary import MoveGround, Role, Stage, Step

_EXCUSABLE = (Step.VERIFY, Step.ACCEPT, Step.FOLLOW_UP, Step.RESOLVE)
"""Nobody in office can excuse what the law sets, and a reporter owes nothing."""


class Deadlines(ComplaintState):
    """Deadlines that move, and missed ones."""

    def follow(self, context: CommandContext, *, ground: MoveGround, basis: str) -> int:
        """Put what is still to be kept where the calendar or the policy of now puts it; how many moved.

        A promise that was missed is never moved. Each that is says so in an event of its own.
        """
        now = replace(context, at=max(context.at, self.modified_on))
        moved = self.would_follow(now.timing, ground, now.at)
        for running, clock in moved:
            stop = now.timing.stop(running, StopOutcome.MOVED, now.at)
            self.record(events.DeadlineMoved, now, ground=ground, basis=basis, stops=(stop,), starts=(clock,))
        return len(moved)

    def would_follow(self, timing: Timing, ground: MoveGround, at: datetime) -> list[tuple[Running, Clock]]:
        """The promises that would move now, each with the clock that would carry it on.

        One that would leave the calendar stays where it is: that is never guessed. And a policy moves none
        that somebody has put off: that was decided for this complaint.
        """
        found: list[tuple[Running, Clock]] = []
        for (step, _), running in self.running.items():
            put_off = ground is MoveGround.POLICY and (step, running.clock.agency) in self.extended
            if running.clock.due_at <= at or put_off:
                continue
            n = self.next_of(step) + sum(clock.step is step for _, clock in found)
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
        stages=set(Stage),
        grants={Role.COORDINATOR: Scope.ALL, Role.ARBITER: Scope.ALL, Role.INSPECTOR: Scope.OVERSIGHT},
        needs_reason=True,
    )
    def excuse(
        self, context: CommandContext, *, step: Step, n: Annotated[int, Number(1, 10_000)] | None = None
    ) -> None:
        """Excuse a missed promise, for a reason; without ``n`` the last missed one of the step.

        It stays missed. Who made a promise does not excuse it: the coordinating office's own are the
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
            events.DeadlineExcused,
            context,
            step=step,
            n=number,
            agency=missed[number],
            reason=context.reason,
        )

    def _not_excused(self, step: Step, at: datetime) -> dict[int, UUID | None]:
        """The numbers of the missed promises of a step that were not excused, and who had made them."""
        overdue = {key: each.clock.agency for key, each in self.running.items() if at > each.clock.due_at}
        missed = {**self.missed, **overdue}
        return {n: agency for (of, n), agency in missed.items() if of is step and (of, n) not in self.excused}
