"""Commitments (komitmen): dates that an agency commits itself to, next to the policy's deadlines."""

from datetime import date
from uuid import UUID
from zoneinfo import ZoneInfo

from lapor.domain.access import Scope
from lapor.domain.command_fields import LongText, Whole
from lapor.domain.complaint.complaint_event import ComplaintEvent
from lapor.domain.complaint.state import ComplaintState
from lapor.domain.complaint.workflow import verb
from lapor.domain.context import CommandContext
from lapor.domain.errors import InvalidFieldError, LimitReachedError
from lapor.domain.vocabulary import Role, Sealed, Stage

_MOST_COMMITMENTS = 20


class CommitmentMade(ComplaintEvent):
    """The agency committed itself to a date (komitmen); ``n`` counts the complaint's commitments from 1."""

    TOPIC = "lapor.complaint.commitment_made"

    agency: UUID
    n: int
    promised_on: date
    text: Sealed

    def change(self, complaint: ComplaintState) -> None:
        complaint.commitments_made = self.n
        complaint.open_commitments |= {self.n: self.promised_on}


class CommitmentKept(ComplaintEvent):
    """A commitment was fulfilled (komitmen dipenuhi), in time or ``late``."""

    TOPIC = "lapor.complaint.commitment_kept"

    agency: UUID
    n: int
    text: Sealed
    late: bool

    def change(self, complaint: ComplaintState) -> None:
        complaint.open_commitments = {
            n: promised_on for n, promised_on in complaint.open_commitments.items() if n != self.n
        }


class Commitments(ComplaintState):
    """Dates promised to the reporter next to the policy's deadlines."""

    @verb(
        stages={Stage.ROUTED, Stage.IN_PROGRESS, Stage.RESPONDED},
        records=(CommitmentMade,),
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
            CommitmentMade,
            context,
            agency=agency,
            n=self.commitments_made + 1,
            promised_on=promised_on,
            text=text,
            reason=context.reason,
        )

    @verb(
        stages={Stage.ROUTED, Stage.IN_PROGRESS, Stage.RESPONDED, Stage.CLOSED},
        records=(CommitmentKept,),
        grants={Role.HEAD: Scope.AGENCY, Role.LIAISON: Scope.AGENCY, Role.INSPECTOR: Scope.OVERSIGHT},
    )
    def keep_commitment(self, context: CommandContext, *, text: LongText, n: Whole | None = None) -> None:
        """Say that a commitment is fulfilled; without ``n`` the first one that is open."""
        if not self.open_commitments:
            raise LimitReachedError("There is no commitment that is still to be kept.")
        n = min(self.open_commitments) if n is None else n
        if n not in self.open_commitments:
            still = ", ".join(map(str, sorted(self.open_commitments)))
            raise InvalidFieldError("n", f"Commitment {n} is not open; open are {still}.")
        agency = self._committing(context)
        late = self._today(context, agency) > self.open_commitments[n]
        self.record(CommitmentKept, context, agency=agency, n=n, text=text, late=late, reason=context.reason)

    def _today(self, context: CommandContext, agency: UUID) -> date:
        """The agency's day."""
        return context.at.astimezone(ZoneInfo(context.timing.hours(agency).zone)).date()

    def _committing(self, context: CommandContext) -> UUID:
        own = context.by.agency
        agency = own if own is not None and own in self.agencies else self.lead
        assert agency is not None, "a complaint at these stages has been routed"  # noqa: S101
        return agency
