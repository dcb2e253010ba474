"""Handling by an agency: accept or decline, follow up (tindak lanjut), answer."""

from typing import Any
from uuid import UUID

from lapor.domain.access import Scope
from lapor.domain.command_fields import AgencyRef, LongText
from lapor.domain.complaint.complaint_event import ComplaintEvent
from lapor.domain.complaint.state import MOST_REFUSALS, ComplaintState
from lapor.domain.complaint.values import Draft
from lapor.domain.complaint.workflow import verb
from lapor.domain.context import CommandContext
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


class Accepted(ComplaintEvent):
    """The agency said that it is competent and has begun (diterima)."""

    TOPIC = "lapor.complaint.accepted"
    STAGE = Stage.IN_PROGRESS

    agency: UUID


class Declined(ComplaintEvent):
    """The lead said that it is not competent, and named the agency that is (bukan wewenang)."""

    TOPIC = "lapor.complaint.declined"
    STAGE = Stage.DISPUTED

    agency: UUID
    suggested_agency: UUID

    def lead_after(self, _: UUID | None) -> UUID | None:
        return None

    def change(self, complaint: ComplaintState) -> None:
        complaint.times_declined += 1
        complaint.draft = None


class FollowedUp(ComplaintEvent):
    """The agency did something about it and wrote it down (tindak lanjut)."""

    TOPIC = "lapor.complaint.followed_up"

    agency: UUID
    text: Sealed
    public: bool

    @property
    def internal(self) -> bool:
        return not self.public


class ResponseDrafted(ComplaintEvent):
    """An answer was written that another person has to approve (konsep tanggapan)."""

    TOPIC = "lapor.complaint.response_drafted"
    INTERNAL = True

    agency: UUID
    text: Sealed
    outcome: Outcome

    def change(self, complaint: ComplaintState) -> None:
        complaint.draft = Draft(self.by, self.text, self.outcome)


class ResponseApproved(ComplaintEvent):
    """Another person than its author approved the draft; the answer follows at once (persetujuan)."""

    TOPIC = "lapor.complaint.response_approved"
    INTERNAL = True

    agency: UUID


class ResponseReturned(ComplaintEvent):
    """The draft was sent back to be rewritten; ``reason`` says why (dikembalikan)."""

    TOPIC = "lapor.complaint.response_returned"
    INTERNAL = True

    agency: UUID

    def change(self, complaint: ComplaintState) -> None:
        complaint.draft = None


class Responded(ComplaintEvent):
    """The agency gave its answer; now it is the reporter's turn (tanggapan)."""

    TOPIC = "lapor.complaint.responded"
    STAGE = Stage.RESPONDED

    agency: UUID
    text: Sealed
    outcome: Outcome

    def change(self, complaint: ComplaintState) -> None:
        complaint.draft = None


class Noted(ComplaintEvent):
    """An officer wrote something down for other officers (catatan)."""

    TOPIC = "lapor.complaint.noted"
    COUNTS_AS_HANDLING = False
    INTERNAL = True

    text: Sealed


class Handling(ComplaintState):
    """The agencies' part."""

    @verb(stages={Stage.ROUTED}, leads_to={Stage.IN_PROGRESS}, records=(Accepted,), grants=LEAD)
    def accept(self, context: CommandContext) -> None:
        """Say that the agency is competent and has begun."""
        self._accept(context, reason=context.reason)

    @verb(
        stages={Stage.ROUTED},
        leads_to={Stage.DISPUTED},
        records=(Declined,),
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
        stops, starts = self.promises.hand_over(context, *_ANSWERED, lead=self.lead, agency=None)
        self.record(
            Declined,
            context,
            agency=agency,
            suggested_agency=suggested_agency,
            reason=context.reason,
            stops=(*self.promises.kept(context, Step.ACCEPT), *stops),
            starts=starts or self.promises.start(context, Step.VERIFY, kind=self.kind, agency=None),
        )

    @verb(
        stages={Stage.ROUTED, Stage.IN_PROGRESS},
        leads_to={Stage.IN_PROGRESS},
        records=(Accepted, FollowedUp),
        grants={**_AGENCY, Role.COORDINATOR: Scope.ALL},
    )
    def follow_up(self, context: CommandContext, *, text: LongText, public: bool = False) -> None:
        """Record a step taken; ``public`` shows it to the reporter. By the lead it accepts, too."""
        agency = self._speaking(context)
        if agency == self.lead:
            self._accept_if_routed(context)
        self.record(
            FollowedUp,
            context,
            agency=agency,
            text=text,
            public=public,
            reason=context.reason,
            stops=self.promises.stop(context, StopOutcome.MET, self.promises.owed_by(agency, Step.FOLLOW_UP)),
        )

    @verb(
        stages={Stage.ROUTED, Stage.IN_PROGRESS},
        leads_to={Stage.RESPONDED},
        records=(Accepted, Responded),
        grants=LEAD,
    )
    def respond(self, context: CommandContext, *, text: LongText, outcome: Outcome) -> None:
        """Answer the reporter, who then replies. Accepts a routed complaint too."""
        if self.lead in context.offices.approving:
            raise ApprovalRequiredError
        self._accept_if_routed(context)
        self._respond(context, text, outcome)

    @verb(
        stages={Stage.ROUTED, Stage.IN_PROGRESS},
        leads_to={Stage.IN_PROGRESS},
        records=(Accepted, ResponseDrafted),
        grants=LEAD,
    )
    def draft_response(self, context: CommandContext, *, text: LongText, outcome: Outcome) -> None:
        """Write an answer that somebody else has to approve; it takes the place of an earlier draft."""
        self._accept_if_routed(context)
        self.record(
            ResponseDrafted,
            context,
            agency=self._lead(),
            text=text,
            outcome=outcome,
            reason=context.reason,
        )

    @verb(
        stages={Stage.IN_PROGRESS},
        leads_to={Stage.RESPONDED},
        records=(ResponseApproved, Responded),
        grants={Role.HEAD: Scope.LEAD, **_INSPECTOR},
    )
    def approve_response(self, context: CommandContext) -> None:
        """Give the answer that another officer has drafted; its author cannot approve it."""
        draft = self._drafted()
        if draft.author == context.by.id:
            raise NotAllowedError("You wrote this draft; somebody else has to approve it.")
        self.record(ResponseApproved, context, agency=self._lead(), reason=context.reason)
        self._respond(context, draft.text, draft.outcome)

    @verb(
        stages={Stage.IN_PROGRESS},
        records=(ResponseReturned,),
        grants={Role.HEAD: Scope.LEAD, **_INSPECTOR},
        needs_reason=True,
    )
    def return_response(self, context: CommandContext) -> None:
        """Send a draft back to be rewritten, and say why."""
        self._drafted()
        self.record(ResponseReturned, context, agency=self._lead(), reason=context.reason)

    @verb(stages=set(Stage), records=(Noted,), grants=_WRITERS, needs_version=False)
    def note(self, context: CommandContext, *, text: LongText) -> None:
        """Write something down for other officers; the reporter does not read it."""
        self.record(Noted, context, text=text, reason=context.reason)

    def _respond(self, context: CommandContext, text: Sealed, outcome: Outcome) -> None:
        """Record the lead's answer; other agencies owe nothing any more."""
        answered = self.promises.owed_by(self.lead, *_ANSWERED)
        others = [each for each in self.promises.owed(*_ANSWERED) if each not in answered]
        self.record(
            Responded,
            context,
            agency=self._lead(),
            text=text,
            outcome=outcome,
            reason=context.reason,
            stops=(
                *self.promises.stop(context, StopOutcome.MET, answered),
                *self.promises.stop(context, StopOutcome.VOID, others),
            ),
            starts=self.promises.start(context, Step.REPORTER_REPLY, kind=self.kind, agency=None),
        )

    def _drafted(self) -> Draft:
        if self.draft is None:
            raise LimitReachedError(
                "There is no draft that waits for approval; write one with draft-response."
            )
        return self.draft

    def _accept_if_routed(self, context: CommandContext) -> None:
        if self.stage is Stage.ROUTED:
            self._accept(context)

    def _accept(self, context: CommandContext, **events_: Any) -> None:
        stops = self.promises.kept(context, Step.ACCEPT)
        self.record(Accepted, context, agency=self._lead(), stops=stops, **events_)

    def _lead(self) -> UUID:
        assert self.lead is not None, "a complaint at this stage has been routed"  # noqa: S101
        return self.lead

    def _speaking(self, context: CommandContext) -> UUID:
        """Return the agency that the actor speaks for: their own if it has a part, otherwise the lead."""
        own = context.by.agency
        return own if own is not None and own in self.agencies else self._lead()
