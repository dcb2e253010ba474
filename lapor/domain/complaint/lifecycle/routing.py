"""Routing (disposisi): making an agency answerable, and involving others."""

from uuid import UUID

from lapor.domain.access import Scope
from lapor.domain.command_fields import AgencyRef, Slug, Title
from lapor.domain.complaint.complaint_event import ComplaintEvent
from lapor.domain.complaint.lifecycle.publication import PrivacySet, Unpublished, tighten
from lapor.domain.complaint.lifecycle.triage import CARRIED, COORDINATORS, Reclassified, Verified, classify
from lapor.domain.complaint.standing import Agencies
from lapor.domain.complaint.state import MOST_REFUSALS, ComplaintState
from lapor.domain.complaint.workflow import verb
from lapor.domain.context import CommandContext
from lapor.domain.deadlines.clock import StopOutcome
from lapor.domain.errors import InvalidFieldError, LimitReachedError
from lapor.domain.vocabulary import Kind, Role, Stage, Step

_MOST_AGENCIES = 10


class Routed(ComplaintEvent):
    """An agency became answerable (disposisi), by moments promised to the citizen.

    Where the arbiter has routed it (``role``), the decision binds: the agency cannot decline.
    """

    TOPIC = "lapor.complaint.routed"
    STAGE = Stage.ROUTED

    agency: UUID

    def lead_after(self, _: UUID | None) -> UUID | None:
        return self.agency

    def involved_after(self, involved: Agencies) -> Agencies:
        return tuple(agency for agency in involved if agency != self.agency)

    def change(self, complaint: ComplaintState) -> None:
        complaint.bound = complaint.bound or self.role is Role.ARBITER
        complaint.draft = None


class AgencyInvolved(ComplaintEvent):
    """Another agency has a part in it, next to the lead and with a deadline of its own (pelibatan)."""

    TOPIC = "lapor.complaint.agency_involved"

    agency: UUID

    def involved_after(self, involved: Agencies) -> Agencies:
        return involved if self.agency in involved else (*involved, self.agency)


class Routing(ComplaintState):
    """Which agencies answer for it."""

    @verb(
        stages={Stage.FILED, Stage.VERIFIED, Stage.ROUTED, Stage.DISPUTED, Stage.IN_PROGRESS},
        leads_to={Stage.ROUTED},
        records=(Verified, Reclassified, PrivacySet, Unpublished, Routed),
        grants={**COORDINATORS, Role.ARBITER: Scope.ALL},
        only={Role.ARBITER: {Stage.ROUTED, Stage.DISPUTED, Stage.IN_PROGRESS}},
    )
    def route(
        self,
        context: CommandContext,
        *,
        agency: AgencyRef,
        kind: Kind | None = None,
        category: Slug | None = None,
        title: Title | None = None,
    ) -> None:
        """Make an agency answerable. A complaint that is only filed is verified too.

        A complaint that was with another agency brings its deadlines along: rerouting restarts no clock, not
        even one that the agency already owed as an involved one. After two refusals only the arbiter may
        route it, and that decision binds. An oversight complaint goes to an inspectorate, and never to the
        agency that it is about.
        """
        if agency == self.lead:
            raise InvalidFieldError("agency", "It is with this agency already.")
        self._check_arbitrated(context)
        classify(self, context, kind, category, title)
        self._check_impartial(context, agency)
        tighten(self, context, None)
        stops, carried = self.promises.hand_over(context, *CARRIED, lead=self.lead, agency=agency)
        brought = {clock.step for clock in carried}
        own = self.promises.owed_by(agency, *CARRIED)  # as one that was only involved
        replaced = [each for each in own if each.clock.step in brought]
        fresh = [step for step in CARRIED if step not in brought | {each.clock.step for each in own}]
        self.record(
            Routed,
            context,
            agency=agency,
            reason=context.reason,
            stops=(
                *self.promises.kept(context, Step.VERIFY),
                *self.promises.void(context, Step.ACCEPT),
                *stops,
                *self.promises.stop(context, StopOutcome.VOID, replaced),
            ),
            starts=(
                *self.promises.start(context, Step.ACCEPT, *fresh, kind=self.kind, agency=agency),
                *carried,
            ),
        )

    @verb(stages={Stage.ROUTED, Stage.IN_PROGRESS}, records=(AgencyInvolved,), grants=COORDINATORS)
    def involve(self, context: CommandContext, *, agency: AgencyRef) -> None:
        """Give another agency a part in it, with a deadline of its own; the lead goes on answering for it."""
        if agency in self.agencies:
            raise InvalidFieldError("agency", "This agency has a part in it already.")
        if len(self.agencies) >= _MOST_AGENCIES:
            raise LimitReachedError(f"{_MOST_AGENCIES} agencies have a part in it; more cannot be involved.")
        self._check_impartial(context, agency)
        self.record(
            AgencyInvolved,
            context,
            agency=agency,
            reason=context.reason,
            starts=self.promises.start(context, Step.FOLLOW_UP, kind=self.kind, agency=agency),
        )

    def _check_arbitrated(self, context: CommandContext) -> None:
        if context.by.role is Role.ARBITER:
            return
        if self.bound:
            raise LimitReachedError(
                "The arbiter has decided which agency answers for it; only the arbiter can route it again."
            )
        if self.stage is Stage.DISPUTED and self.times_declined >= MOST_REFUSALS:
            raise LimitReachedError(
                f"It was declined {MOST_REFUSALS} times; now the arbiter decides which agency answers for it."
            )

    def _check_impartial(self, context: CommandContext, agency: UUID) -> None:
        """Refuse an agency that an oversight complaint is about, and any but an inspectorate if there is one.

        An inspectorate is not accused because it was addressed or began with it: it hears all of them.
        """
        inspectorates = context.offices.inspectorates
        if self.kind is not Kind.OVERSIGHT or agency in inspectorates:
            return
        if agency in self.accused:
            raise InvalidFieldError("agency", "It is about this agency, which never sees it; name another.")
        if inspectorates:
            raise InvalidFieldError("agency", "An oversight complaint goes to an inspectorate; name one.")
