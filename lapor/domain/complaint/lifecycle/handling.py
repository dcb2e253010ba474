"""What an agency does with a complaint: accept or decline it, follow it up (tindak lanjut), answer."""

from typing import Any
from uuid import UUID

from lapor.domain.access import Scope
from lapor.domain.aggregate import CommandContext
from lapor.domain.command_fields import AgencyRef, LongText
from lapor.domain.complaint import events
from lapor.domain.complaint.state import MOST_REFUSALS, ComplaintState
from lapor.domain.complaint.workflow import verb
from lapor.domain.deadlines.clock import StopOutcome
from lapor.domain.errors import (
    ApprovalRequiredError,
    InvalidFieldError,
    LimitReachedError,
    NotAllowedError,
)
from lapor.domain.vocabulary import Outcome, Role, Sealed, Stage, Step

_INSPECTOR = {Role.INSPECTOR: Scope.OVERSIGHT}
LEAD = {Role.LIAISON: Scope.LEAD, Role.HEAD: Scope.LEAD, **_INSPECTOR}
_AGENCY = {Role.LIAISON: Scope.AGENCY, Role.HEAD: Scope.AGENCY, **_INSPECTOR}
_WRITERS = {**_AGENCY, Role.COORDINATOR: Scope.ALL, Role.NATIONAL: Scope.ALL, Role.ARBITER: Scope.ALL}
_ANSWERED = (Step.FOLLOW_UP, Step.RESOLVE, Step.LEGAL_LIMIT)


class Handling(ComplaintState):
    """The agencies' part."""

    @verb(stages={Stage.ROUTED}, leads_to={Stage.IN_PROGRESS}, grants=LEAD)
    def accept(self, context: CommandContext) -> None:
        """Say that the agency is competent and has begun."""
        self._accept(context, reason=context.reason)

    @verb(
        stages={Stage.ROUTED},
        leads_to={Stage.DISPUTED},
        grants={Role.LIAISON: Scope.LEAD, Role.HEAD: Scope.LEAD},
        needs_reason=True,
    )
    def decline(self, context: CommandContext, *, suggested_agency: AgencyRef) -> None:
        """Say that the agency is not competent, why, and which one is.

        After two refusals the arbiter decides. The citizen's deadlines run on with the coordinating office,
        which has to route it again; where none is left to keep, it owes that as if it had come today.
        """
        agency = self._lead()
        if suggested_agency == agency:
            raise InvalidFieldError("suggested_agency", "Suggest another agency than your own.")
        if self.bound:
            raise LimitReachedError(
                "The arbiter has decided that it is yours, and the decision binds; handle it."
            )
        if self.times_declined >= MOST_REFUSALS:
            raise LimitReachedError(f"It was declined {MOST_REFUSALS} times already; handle it.")
        stops, starts = self.hand_over(context, *_ANSWERED, agency=None)
        self.record(
            events.Declined,
            context,
            agency=agency,
            suggested_agency=suggested_agency,
            reason=context.reason,
            stops=(*self.kept(context, Step.ACCEPT), *stops),
            starts=starts or self.promises(context, Step.VERIFY, agency=None),
        )

    @verb(
        stages={Stage.ROUTED, Stage.IN_PROGRESS},
        leads_to={Stage.IN_PROGRESS},
        grants={**_AGENCY, Role.COORDINATOR: Scope.ALL},
    )
    def follow_up(self, context: CommandContext, *, text: LongText, public: bool = False) -> None:
        """Write down what was done; ``public`` shows it to the reporter. By the lead it accepts, too."""
        agency = self._speaking(context)
        if agency == self.lead:
            self._accept_if_routed(context)
        self.record(
            events.FollowedUp,
            context,
            agency=agency,
            text=text,
            public=public,
            reason=context.reason,
            stops=self.end(context, StopOutcome.MET, self.owed(Step.FOLLOW_UP, by=agency)),
        )

    @verb(stages={Stage.ROUTED, Stage.IN_PROGRESS}, leads_to={Stage.RESPONDED}, grants=LEAD)
    def respond(self, context: CommandContext, *, text: LongText, outcome: Outcome) -> None:
        """Answer the reporter, whose turn it then is. Accepts a routed complaint too."""
        if self.lead in context.offices.approving:
            raise ApprovalRequiredError
        self._accept_if_routed(context)
        self._respond(context, text, outcome)

    @verb(stages={Stage.ROUTED, Stage.IN_PROGRESS}, leads_to={Stage.IN_PROGRESS}, grants=LEAD)
    def draft_response(self, context: CommandContext, *, text: LongText, outcome: Outcome) -> None:
        """Write an answer that somebody else has to approve; it takes the place of an earlier draft."""
        self._accept_if_routed(context)
        self.record(
            events.ResponseDrafted,
            context,
            agency=self._lead(),
            text=text,
            outcome=outcome,
            reason=context.reason,
        )

    @verb(
        stages={Stage.IN_PROGRESS},
        leads_to={Stage.RESPONDED},
        grants={Role.HEAD: Scope.LEAD, **_INSPECTOR},
    )
    def approve_response(self, context: CommandContext) -> None:
        """Give the answer that somebody else has drafted; who wrote it cannot approve it."""
        draft = self._drafted()
        if draft.author == context.by.id:
            raise NotAllowedError("You wrote this draft; somebody else has to approve it.")
        self.record(events.ResponseApproved, context, agency=self._lead(), reason=context.reason)
        self._respond(context, draft.text, draft.outcome)

    @verb(
        stages={Stage.IN_PROGRESS},
        grants={Role.HEAD: Scope.LEAD, **_INSPECTOR},
        needs_reason=True,
    )
    def return_response(self, context: CommandContext) -> None:
        """Send a draft back to be written anew, and say why."""
        self._drafted()
        self.record(events.ResponseReturned, context, agency=self._lead(), reason=context.reason)

    @verb(stages=set(Stage), grants=_WRITERS, needs_version=False)
    def note(self, context: CommandContext, *, text: LongText) -> None:
        """Write something down for other officers; the reporter does not read it."""
        self.record(events.Noted, context, text=text, reason=context.reason)

    def _respond(self, context: CommandContext, text: Sealed, outcome: Outcome) -> None:
        """The lead's answer; what others were asked for is no longer owed."""
        answered = self.owed(*_ANSWERED, lead=True)
        others = [each for each in self.owed(*_ANSWERED) if each not in answered]
        self.record(
            events.Responded,
            context,
            agency=self._lead(),
            text=text,
            outcome=outcome,
            reason=context.reason,
            stops=(
                *self.end(context, StopOutcome.MET, answered),
                *self.end(context, StopOutcome.VOID, others),
            ),
            starts=self.promises(context, Step.REPORTER_REPLY, agency=None),
        )

    def _drafted(self) -> events.Draft:
        if self.draft is None:
            raise LimitReachedError(
                "There is no draft that waits for approval; write one with draft-response."
            )
        return self.draft

    def _accept_if_routed(self, context: CommandContext) -> None:
        if self.stage is Stage.ROUTED:
            self._accept(context)

    def _accept(self, context: CommandContext, **events_: Any) -> None:
        stops = self.kept(context, Step.ACCEPT)
        self.record(events.Accepted, context, agency=self._lead(), stops=stops, **events_)

    def _lead(self) -> UUID:
        assert self.lead is not None, "a complaint at this stage has been routed"  # noqa: S101
        return self.lead

    def _speaking(self, context: CommandContext) -> UUID:
        """The agency for which the actor speaks: his own where it has a part, otherwise the lead."""
        own = context.by.agency
        return own if own is not None and own in self.agencies else self._lead()
