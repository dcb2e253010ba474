"""Promised moments beyond the policy's: a deadline put off once, and dates an agency commits itself to."""

from datetime import date
from uuid import UUID
from zoneinfo import ZoneInfo

from lapor.domain.access import Scope
from lapor.domain.aggregate import CommandContext
from lapor.domain.command_fields import AgencyRef, LongText, Whole
from lapor.domain.complaint import events
from lapor.domain.complaint.state import ComplaintState
from lapor.domain.complaint.workflow import verb
from lapor.domain.deadlines.clock import Running, StopOutcome
from lapor.domain.errors import InvalidFieldError, LimitReachedError
from lapor.domain.vocabulary import Role, Stage, Step

_EXTENSIBLE = (Step.FOLLOW_UP, Step.RESOLVE)
_MOST_COMMITMENTS = 20


class Commitments(ComplaintState):
    """What is promised to the reporter beside the policy."""

    @verb(
        stages={Stage.ROUTED, Stage.IN_PROGRESS},
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
        clock = context.timing.extend(running, self.next_of(step), kind=self.kind, working_days=working_days)
        for legal in self.owed(Step.LEGAL_LIMIT):
            if clock.due_at > legal.clock.due_at:
                raise LimitReachedError(
                    f"It would be due after the legal limit, {legal.clock.due_at:%Y-%m-%d}; ask for less."
                )
        self.record(
            events.DeadlineExtended,
            context,
            agency=clock.agency,
            step=step,
            working_days=working_days,
            reason=context.reason,
            stops=self.end(context, StopOutcome.MOVED, [running]),
            starts=(clock,),
        )

    def _extensible(self, context: CommandContext, step: Step, agency: UUID | None) -> Running:
        """The running clock. Raises ``LimitReachedError`` where it cannot be extended (any more)."""
        if (step, agency) in self.extended:
            raise LimitReachedError(
                f"The deadline of {step} was extended before; once is what the rule allows."
            )
        owed = self.owed(step, by=agency)
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
        stages={Stage.ROUTED, Stage.IN_PROGRESS, Stage.RESPONDED},
        grants={Role.HEAD: Scope.AGENCY, Role.INSPECTOR: Scope.OVERSIGHT},
    )
    def commit(self, context: CommandContext, *, promised_on: date, text: LongText) -> None:
        """Commit the agency to a date, which stays visible until it is kept, also when it is closed."""
        agency = self._committing(context)
        if promised_on < self._today(context, agency):
            raise InvalidFieldError("promised_on", "This day is over; name one that is still to come.")
        if self.commitments_made >= _MOST_COMMITMENTS:
            raise LimitReachedError(f"There are {_MOST_COMMITMENTS} commitments already; keep those first.")
        self.record(
            events.CommitmentMade,
            context,
            agency=agency,
            n=self.commitments_made + 1,
            promised_on=promised_on,
            text=text,
            reason=context.reason,
        )

    @verb(
        stages={Stage.ROUTED, Stage.IN_PROGRESS, Stage.RESPONDED, Stage.CLOSED},
        grants={Role.HEAD: Scope.AGENCY, Role.LIAISON: Scope.AGENCY, Role.INSPECTOR: Scope.OVERSIGHT},
    )
    def keep_commitment(self, context: CommandContext, *, text: LongText, n: Whole | None = None) -> None:
        """Say that what was committed is done; without ``n`` it is the first commitment still open."""
        if not self.open_commitments:
            raise LimitReachedError("There is no commitment that is still to be kept.")
        n = min(self.open_commitments) if n is None else n
        if n not in self.open_commitments:
            still = ", ".join(map(str, sorted(self.open_commitments)))
            raise InvalidFieldError("n", f"Commitment {n} is not open; open are {still}.")
        agency = self._committing(context)
        late = self._today(context, agency) > self.open_commitments[n]
        self.record(
            events.CommitmentKept, context, agency=agency, n=n, text=text, late=late, reason=context.reason
        )

    def _today(self, context: CommandContext, agency: UUID) -> date:
        """The agency's day."""
        return context.at.astimezone(ZoneInfo(context.timing.hours(agency).zone)).date()

    def _committing(self, context: CommandContext) -> UUID:
        own = context.by.agency
        agency = own if own is not None and own in self.agencies else self.lead
        assert agency is not None, "a complaint at these stages has been routed"  # noqa: S101
        return agency
