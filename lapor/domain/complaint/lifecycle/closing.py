"""Closing (penyelesaian): how a complaint ends, is reopened, and is objected to."""

from datetime import timedelta
from uuid import UUID

from lapor.domain.access import Scope
from lapor.domain.command_fields import LongText, Rating, Reason
from lapor.domain.complaint.complaint_event import ComplaintEvent
from lapor.domain.complaint.lifecycle.publication import Unpublished, hide
from lapor.domain.complaint.standing import Agencies
from lapor.domain.complaint.state import ComplaintState
from lapor.domain.complaint.workflow import verb
from lapor.domain.context import CommandContext
from lapor.domain.errors import LimitReachedError, NotAllowedError
from lapor.domain.vocabulary import Ground, Kind, Role, Sealed, Stage, Step

_REPORTER = {Role.REPORTER: Scope.OWN}
_MOST_REJECTIONS = _MOST_REOPENINGS = _MOST_OBJECTIONS = 2
_REOPENED_WITHIN = timedelta(days=30)


class ResponseAccepted(ComplaintEvent):
    """The reporter agreed with the answer (diterima pelapor)."""

    TOPIC = "lapor.complaint.response_accepted"

    comment: Sealed | None


class ResponseRejected(ComplaintEvent):
    """The reporter did not agree with the answer; the agency goes on (ditolak pelapor)."""

    TOPIC = "lapor.complaint.response_rejected"
    STAGE = Stage.IN_PROGRESS

    agency: UUID

    def change(self, complaint: ComplaintState) -> None:
        complaint.times_rejected += 1


class Rated(ComplaintEvent):
    """The reporter gave 1 to 5 stars (penilaian). Silence never writes one."""

    TOPIC = "lapor.complaint.rated"

    rating: int
    comment: Sealed | None


class Closed(ComplaintEvent):
    """It is settled (selesai): the reporter agreed, stayed silent, or an officer decided."""

    TOPIC = "lapor.complaint.closed"
    STAGE = Stage.CLOSED

    ground: Ground


class Reopened(ComplaintEvent):
    """It was not settled after all (dibuka kembali); ``stage`` and ``agency`` are where it goes on."""

    TOPIC = "lapor.complaint.reopened"

    stage: Stage
    agency: UUID | None

    def involved_after(self, involved: Agencies) -> Agencies:
        return () if self.agency is None else involved

    def change(self, complaint: ComplaintState) -> None:
        complaint.times_reopened += 1


class Withdrawn(ComplaintEvent):
    """The reporter took it back (dicabut). An oversight complaint goes on: ``stage`` says where."""

    TOPIC = "lapor.complaint.withdrawn"

    stage: Stage


class Objected(ComplaintEvent):
    """The reporter does not accept how it ended; an officer who did not handle it decides (keberatan)."""

    TOPIC = "lapor.complaint.objected"

    def change(self, complaint: ComplaintState) -> None:
        complaint.objection_open = True
        complaint.times_objected += 1


class ObjectionDecided(ComplaintEvent):
    """The objection was upheld, and it goes on at ``stage``; or it was dismissed."""

    TOPIC = "lapor.complaint.objection_decided"

    upheld: bool
    text: Sealed
    stage: Stage | None
    agency: UUID | None

    def change(self, complaint: ComplaintState) -> None:
        complaint.objection_open = False


class Closing(ComplaintState):
    """The reporter's word on the answer, and the end."""

    @verb(
        stages={Stage.RESPONDED},
        leads_to={Stage.CLOSED},
        records=(ResponseAccepted, Rated, Closed),
        grants=_REPORTER,
    )
    def accept_response(
        self, context: CommandContext, *, rating: Rating | None = None, comment: Reason | None = None
    ) -> None:
        """Agree with the answer, with a rating if you like. The complaint is closed."""
        self.record(
            ResponseAccepted,
            context,
            comment=comment if rating is None else None,
            reason=context.reason,
            stops=self.promises.kept(context, Step.REPORTER_REPLY),
        )
        if rating is not None:
            self.record(Rated, context, rating=rating, comment=comment)
        self.record(Closed, context, ground=Ground.ACCEPTED, stops=self.promises.void(context))

    @verb(
        stages={Stage.RESPONDED},
        leads_to={Stage.IN_PROGRESS},
        records=(ResponseRejected,),
        grants=_REPORTER,
        needs_reason=True,
    )
    def reject_response(self, context: CommandContext) -> None:
        """Disagree with the answer and say why. The agency goes on, with a new deadline."""
        if self.times_rejected >= _MOST_REJECTIONS:
            raise LimitReachedError(
                f"You have rejected {_MOST_REJECTIONS} answers; accept this one, or object to it."
            )
        self.record(
            ResponseRejected,
            context,
            agency=self.lead,
            reason=context.reason,
            stops=self.promises.kept(context, Step.REPORTER_REPLY),
            starts=self.promises.start(context, Step.RESOLVE, kind=self.kind, agency=self.lead),
        )

    @verb(stages={Stage.CLOSED}, records=(Rated,), grants=_REPORTER, needs_version=False)
    def rate(self, context: CommandContext, *, rating: Rating, comment: Reason | None = None) -> None:
        """Give 1 to 5 stars to a complaint that is closed; a later rating replaces an earlier one."""
        self.record(Rated, context, rating=rating, comment=comment, reason=context.reason)

    @verb(
        stages={Stage.RESPONDED},
        leads_to={Stage.CLOSED},
        records=(Closed,),
        grants={Role.COORDINATOR: Scope.ALL, Role.INSPECTOR: Scope.OVERSIGHT},
        needs_reason=True,
    )
    def close(self, context: CommandContext) -> None:
        """Close an answered complaint without the reporter's agreement, for a reason; no rating is given."""
        if self.objection_open:
            raise LimitReachedError("The reporter has objected; the objection is decided first.")
        self.record(
            Closed,
            context,
            ground=Ground.DECISION,
            reason=context.reason,
            stops=self.promises.void(context),
        )

    @verb(
        stages={Stage.CLOSED, Stage.ARCHIVED, Stage.WITHDRAWN},
        leads_to={Stage.IN_PROGRESS, Stage.FILED},
        records=(Reopened,),
        grants={**_REPORTER, Role.COORDINATOR: Scope.ALL, Role.NATIONAL: Scope.ALL},
        needs_reason=True,
    )
    def reopen(self, context: CommandContext) -> None:
        """Take it up again, within 30 days of its end and twice at most."""
        if self.times_reopened >= _MOST_REOPENINGS:
            raise LimitReachedError(
                f"It was reopened {_MOST_REOPENINGS} times already; file a new complaint."
            )
        if self.ended_at is not None and context.at > self.ended_at + _REOPENED_WITHIN:
            raise LimitReachedError(
                f"It ended over {_REOPENED_WITHIN.days} days ago; file a new complaint that names this one."
            )
        again = Step.RESOLVE if self.lead else Step.VERIFY
        self.record(
            Reopened,
            context,
            stage=Stage.IN_PROGRESS if self.lead else Stage.FILED,
            agency=self.lead,
            reason=context.reason,
            starts=self.promises.start(context, again, kind=self.kind, agency=self.lead),
        )

    @verb(
        stages={Stage.RESPONDED, Stage.CLOSED, Stage.ARCHIVED},
        records=(Objected,),
        grants=_REPORTER,
        needs_reason=True,
    )
    def object(self, context: CommandContext) -> None:
        """Object to how it was answered or ended; an officer who did not handle it decides."""
        if self.objection_open:
            raise LimitReachedError("Your objection waits for its decision already.")
        if self.times_objected >= _MOST_OBJECTIONS:
            raise LimitReachedError(
                f"Your {_MOST_OBJECTIONS} objections were decided; you can take it to the Ombudsman."
            )
        if self.ended_at is not None and context.at > self.ended_at + _REOPENED_WITHIN:
            raise LimitReachedError(
                f"It ended over {_REOPENED_WITHIN.days} days ago; you can take it to the Ombudsman."
            )
        self.record(Objected, context, reason=context.reason)

    @verb(
        stages={Stage.RESPONDED, Stage.CLOSED, Stage.ARCHIVED},
        leads_to={Stage.IN_PROGRESS, Stage.FILED},
        records=(ObjectionDecided,),
        grants={Role.ARBITER: Scope.ALL, Role.NATIONAL: Scope.ALL, Role.INSPECTOR: Scope.OVERSIGHT},
    )
    def decide_objection(self, context: CommandContext, *, upheld: bool, text: LongText) -> None:
        """Decide an objection, having had no part in the complaint. Upheld, it is taken up again."""
        if not self.objection_open:
            raise LimitReachedError("There is no objection that waits for a decision.")
        if context.by.id in self.handlers:
            raise NotAllowedError(
                "You have handled this complaint; somebody else has to decide the objection."
            )
        again = Step.RESOLVE if self.lead else Step.VERIFY
        self.record(
            ObjectionDecided,
            context,
            upheld=upheld,
            text=text,
            stage=(Stage.IN_PROGRESS if self.lead else Stage.FILED) if upheld else None,
            agency=self.lead if upheld else None,
            reason=context.reason,
            stops=self.promises.kept(context, Step.REPORTER_REPLY) if upheld else (),
            starts=self.promises.start(context, again, kind=self.kind, agency=self.lead) if upheld else (),
        )

    @verb(
        stages={
            Stage.FILED,
            Stage.AWAITING_REPORTER,
            Stage.VERIFIED,
            Stage.ROUTED,
            Stage.DISPUTED,
            Stage.IN_PROGRESS,
            Stage.RESPONDED,
        },
        leads_to={Stage.WITHDRAWN, Stage.FILED, Stage.VERIFIED, Stage.IN_PROGRESS},
        records=(Withdrawn, Unpublished),
        grants=_REPORTER,
    )
    def withdraw(self, context: CommandContext) -> None:
        """Take the complaint back: it is no longer public.

        An oversight complaint is then pursued without its reporter.
        """
        if self.kind is not Kind.OVERSIGHT:
            stops = self.promises.void(context)
            self.record(Withdrawn, context, stage=Stage.WITHDRAWN, reason=context.reason, stops=stops)
            hide(self, context)
            return
        self.record(
            Withdrawn,
            context,
            stage=self.returns_to if self.stage is Stage.AWAITING_REPORTER else self.stage,
            reason=context.reason,
            stops=self.promises.void(context, Step.REPORTER_COMPLETION),
            starts=self.promises.resume(context, self.kind),
        )
