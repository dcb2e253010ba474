"""What an agency does with a complaint: accept or decline it, follow it up (tindak lanjut), answer."""

from typing import Any
from uuid import UUID

from lapor.domain.access import Scope
from lapor.domain.aggregate import Occasion
from lapor.domain.complaint import facts
from lapor.domain.complaint.state import ComplaintState
from lapor.domain.complaint.workflow import verb
from lapor.domain.errors import InvalidFieldError, LimitReachedError
from lapor.domain.forms import AgencyRef, LongText
from lapor.domain.terms import Outcome, Role, Stage, Step

_AGENCY = {Role.LIAISON: Scope.AGENCY, Role.HEAD: Scope.AGENCY, Role.INSPECTOR: Scope.OVERSIGHT}
_AGENCY_OR_COORDINATOR = {**_AGENCY, Role.COORDINATOR: Scope.ALL}
_WRITERS = {**_AGENCY_OR_COORDINATOR, Role.NATIONAL: Scope.ALL, Role.ARBITER: Scope.ALL}
_MOST_REFUSALS = 2


class Handling(ComplaintState):
    """The agency's part."""

    @verb(stages={Stage.ROUTED}, leads_to={Stage.IN_PROGRESS}, grants=_AGENCY)
    def accept(self, occasion: Occasion) -> None:
        """Say that the agency is competent and has begun."""
        self._accept(occasion, reason=occasion.reason)

    @verb(
        stages={Stage.ROUTED},
        leads_to={Stage.DISPUTED},
        grants={Role.LIAISON: Scope.AGENCY, Role.HEAD: Scope.AGENCY},
        needs_reason=True,
    )
    def decline(self, occasion: Occasion, *, suggested_agency: AgencyRef) -> None:
        """Say that the agency is not competent, why, and which one is.

        The citizen's deadlines run on with the coordinating office, which has to route it again; where
        none is left to keep, it owes that as if the complaint had come today.
        """
        agency = self._answerable(occasion)
        if suggested_agency == agency:
            raise InvalidFieldError("suggested_agency", "Suggest another agency than your own.")
        if self.times_declined >= _MOST_REFUSALS:
            raise LimitReachedError(
                f"It was declined {_MOST_REFUSALS} times already; handle it, or let the coordinator decide."
            )
        stops, starts = self.hand_over(occasion, Step.FOLLOW_UP, Step.RESOLVE, Step.LEGAL_LIMIT, agency=None)
        self.record(
            facts.Declined,
            occasion,
            agency=agency,
            suggested_agency=suggested_agency,
            reason=occasion.reason,
            stops=(*self.kept(occasion, Step.ACCEPT), *stops),
            starts=starts or self.promises(occasion, Step.VERIFY, agency=None),
        )

    @verb(
        stages={Stage.ROUTED, Stage.IN_PROGRESS}, leads_to={Stage.IN_PROGRESS}, grants=_AGENCY_OR_COORDINATOR
    )
    def follow_up(self, occasion: Occasion, *, text: LongText, public: bool = False) -> None:
        """Write down what was done; ``public`` shows it to the reporter. Accepts a routed complaint too."""
        self._accept_if_routed(occasion)
        self.record(
            facts.FollowedUp,
            occasion,
            agency=self._answerable(occasion),
            text=text,
            public=public,
            reason=occasion.reason,
            stops=self.kept(occasion, Step.FOLLOW_UP),
        )

    @verb(stages={Stage.ROUTED, Stage.IN_PROGRESS}, leads_to={Stage.RESPONDED}, grants=_AGENCY)
    def respond(self, occasion: Occasion, *, text: LongText, outcome: Outcome) -> None:
        """Answer the reporter, whose turn it then is. Accepts a routed complaint too."""
        self._accept_if_routed(occasion)
        self.record(
            facts.Responded,
            occasion,
            agency=self._answerable(occasion),
            text=text,
            outcome=outcome,
            reason=occasion.reason,
            stops=self.kept(occasion, Step.FOLLOW_UP, Step.RESOLVE, Step.LEGAL_LIMIT),
            starts=self.promises(occasion, Step.REPORTER_REPLY, agency=None),
        )

    @verb(stages=set(Stage), grants=_WRITERS, needs_version=False)
    def note(self, occasion: Occasion, *, text: LongText) -> None:
        """Write something down for other officers; the reporter does not read it."""
        self.record(facts.Noted, occasion, text=text, reason=occasion.reason)

    def _accept_if_routed(self, occasion: Occasion) -> None:
        if self.stage is Stage.ROUTED:
            self._accept(occasion)

    def _accept(self, occasion: Occasion, **facts_: Any) -> None:
        agency = self._answerable(occasion)
        self.record(facts.Accepted, occasion, agency=agency, stops=self.kept(occasion, Step.ACCEPT), **facts_)

    def _answerable(self, occasion: Occasion) -> UUID:
        """The agency for which the actor speaks: his own where it is assigned, otherwise the lead."""
        own = occasion.by.agency
        agency = own if own in self.agencies else self.lead
        assert agency is not None, "a complaint at this stage has been routed"  # noqa: S101
        return agency
