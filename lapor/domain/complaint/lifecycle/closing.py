"""How a complaint ends, and begins again: the reporter's word on the answer (penyelesaian)."""

from datetime import timedelta

from lapor.domain.access import Scope
from lapor.domain.aggregate import CommandContext
from lapor.domain.command_fields import LongText, Rating, Reason
from lapor.domain.complaint import events
from lapor.domain.complaint.state import ComplaintState
from lapor.domain.complaint.workflow import verb
from lapor.domain.errors import LimitReachedError, NotAllowedError
from lapor.domain.vocabulary import Ground, Kind, Role, Stage, Step

_REPORTER = {Role.REPORTER: Scope.OWN}
_MOST_REJECTIONS = _MOST_REOPENINGS = _MOST_OBJECTIONS = 2
_REOPENED_WITHIN = timedelta(days=30)


class Closing(ComplaintState):
    """The reporter's part, and the closing."""

    @verb(stages={Stage.RESPONDED}, leads_to={Stage.CLOSED}, grants=_REPORTER)
    def accept_response(
        self, context: CommandContext, *, rating: Rating | None = None, comment: Reason | None = None
    ) -> None:
        """Agree with the answer, and rate it if one likes. The complaint is closed."""
        self.record(
            events.ResponseAccepted,
            context,
            comment=comment if rating is None else None,
            reason=context.reason,
            stops=self.kept(context, Step.REPORTER_REPLY),
        )
        if rating is not None:
            self.record(events.Rated, context, rating=rating, comment=comment)
        self.record(events.Closed, context, ground=Ground.ACCEPTED, stops=self.void(context))

    @verb(stages={Stage.RESPONDED}, leads_to={Stage.IN_PROGRESS}, grants=_REPORTER, needs_reason=True)
    def reject_response(self, context: CommandContext) -> None:
        """Disagree with the answer and say why. The agency goes on, with a new deadline."""
        if self.times_rejected >= _MOST_REJECTIONS:
            raise LimitReachedError(
                f"You have rejected {_MOST_REJECTIONS} answers; accept this one, or object to it."
            )
        self.record(
            events.ResponseRejected,
            context,
            agency=self.lead,
            reason=context.reason,
            stops=self.kept(context, Step.REPORTER_REPLY),
            starts=self.promises(context, Step.RESOLVE, agency=self.lead),
        )

    @verb(stages={Stage.CLOSED}, grants=_REPORTER, needs_version=False)
    def rate(self, context: CommandContext, *, rating: Rating, comment: Reason | None = None) -> None:
        """Give 1 to 5 stars to a complaint that is closed; a later rating replaces an earlier one."""
        self.record(events.Rated, context, rating=rating, comment=comment, reason=context.reason)

    @verb(
        stages={Stage.RESPONDED},
        leads_to={Stage.CLOSED},
        grants={Role.COORDINATOR: Scope.ALL, Role.INSPECTOR: Scope.OVERSIGHT},
        needs_reason=True,
    )
    def close(self, context: CommandContext) -> None:
        """Close an answered complaint without the reporter's word, for a reason. No rating is written."""
        if self.objection_open:
            raise LimitReachedError("The reporter has objected; the objection is decided first.")
        self.record(
            events.Closed,
            context,
            ground=Ground.DECISION,
            reason=context.reason,
            stops=self.void(context),
        )

    @verb(
        stages={Stage.CLOSED, Stage.ARCHIVED, Stage.WITHDRAWN},
        leads_to={Stage.IN_PROGRESS, Stage.FILED},
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
            events.Reopened,
            context,
            stage=Stage.IN_PROGRESS if self.lead else Stage.FILED,
            agency=self.lead,
            reason=context.reason,
            starts=self.promises(context, again, agency=self.lead),
        )

    @verb(
        stages={Stage.RESPONDED, Stage.CLOSED, Stage.ARCHIVED},
        grants=_REPORTER,
        needs_reason=True,
    )
    def object(self, context: CommandContext) -> None:
        """Object to how it was answered or ended; somebody who did not handle it decides."""
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
        self.record(events.Objected, context, reason=context.reason)

    @verb(
        stages={Stage.RESPONDED, Stage.CLOSED, Stage.ARCHIVED},
        leads_to={Stage.IN_PROGRESS, Stage.FILED},
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
            events.ObjectionDecided,
            context,
            upheld=upheld,
            text=text,
            stage=(Stage.IN_PROGRESS if self.lead else Stage.FILED) if upheld else None,
            agency=self.lead if upheld else None,
            reason=context.reason,
            stops=self.kept(context, Step.REPORTER_REPLY) if upheld else (),
            starts=self.promises(context, again, agency=self.lead) if upheld else (),
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
        grants=_REPORTER,
    )
    def withdraw(self, context: CommandContext) -> None:
        """Take the complaint back: it is no longer public.

        An oversight complaint is then pursued without its reporter.
        """
        if self.kind is not Kind.OVERSIGHT:
            stops = self.void(context)
            self.record(events.Withdrawn, context, stage=Stage.WITHDRAWN, reason=context.reason, stops=stops)
            self.hide(context)
            return
        self.record(
            events.Withdrawn,
            context,
            stage=self.returns_to if self.stage is Stage.AWAITING_REPORTER else self.stage,
            reason=context.reason,
            stops=self.void(context, Step.REPORTER_COMPLETION),
            starts=self.resumed(context),
        )
