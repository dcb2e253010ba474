"""Taking a complaint in: verification (verifikasi), routing (disposisi), what leads elsewhere."""

from dataclasses import replace
from typing import Any
from uuid import UUID

from lapor.domain.access import Scope
from lapor.domain.aggregate import CommandContext
from lapor.domain.command_fields import AgencyRef, LongText, PublicName, Slug, Title
from lapor.domain.complaint import events
from lapor.domain.complaint.lifecycle.publication import Publication
from lapor.domain.complaint.state import MOST_REFUSALS
from lapor.domain.complaint.workflow import verb
from lapor.domain.deadlines.clock import Clock, Stop, StopOutcome
from lapor.domain.errors import InvalidFieldError, LimitReachedError
from lapor.domain.vocabulary import ArchiveReason, Kind, Privacy, Role, Stage, Step

COORDINATORS = {Role.COORDINATOR: Scope.ALL, Role.NATIONAL: Scope.ALL, Role.INSPECTOR: Scope.OVERSIGHT}
_CARRIED = (Step.FOLLOW_UP, Step.RESOLVE, Step.LEGAL_LIMIT)
_OF_KIND = (Step.RESOLVE, Step.LEGAL_LIMIT)
_MOST_AGENCIES = 10


class Triage(Publication):
    """What a coordinating office does with a complaint."""

    @verb(stages={Stage.FILED}, leads_to={Stage.VERIFIED}, grants=COORDINATORS)
    def verify(
        self,
        context: CommandContext,
        *,
        kind: Kind,
        category: Slug,
        title: Title,
        privacy: Privacy | None = None,
    ) -> None:
        """Find it clear and complete; say what it is.

        The clock of verification runs on until the complaint is routed: the promise is "verified
        and forwarded within three working days".
        """
        self.record(
            events.Verified, context, kind=kind, category=category, title=title, reason=context.reason
        )
        self.tighten(context, privacy)

    @verb(
        stages={Stage.VERIFIED, Stage.ROUTED, Stage.IN_PROGRESS},
        leads_to={Stage.VERIFIED},
        grants=COORDINATORS,
    )
    def reclassify(
        self,
        context: CommandContext,
        *,
        kind: Kind,
        category: Slug | None = None,
        title: Title | None = None,
    ) -> None:
        """Say that it is of another kind or category; promises that depend on it are reckoned anew.

        What proves to be about an agency's own conduct is taken from that agency, not from an inspectorate.
        """
        if (kind, category or self.category, title) == (self.kind, self.category, None):
            raise InvalidFieldError("kind", "It is of this kind and category already.")
        self._reclassify(context, kind, category or self.category, title, reason=context.reason)
        self.tighten(context, None)

    def _reclassify(
        self, context: CommandContext, kind: Kind, category: str | None, title: Title | None, **said: Any
    ) -> None:
        known = {"kind": kind, "category": category, "title": title, **said}
        becomes_oversight = kind is Kind.OVERSIGHT and self.kind is not kind
        if becomes_oversight and not context.offices.inspectorates.issuperset(self.agencies):
            self._take_away(context, known)
            return
        stops, starts = self._replanned(context, kind)
        self.record(events.Reclassified, context, stage=None, **known, stops=stops, starts=starts)

    def _take_away(self, context: CommandContext, known: dict[str, Any]) -> None:
        """Take it from all that have a part in it: it is about one of them. Their promises end."""
        replanned = {
            each.clock.step: context.timing.replan(
                each, self.next_of(each.clock.step), kind=Kind.OVERSIGHT, at=context.at
            )
            for each in self.in_time(context, *_OF_KIND)
        }
        carried = [replace(clock, agency=None) for clock in replanned.values() if clock]
        moved = [each for each in self.owed(*_OF_KIND) if replanned.get(each.clock.step)]
        others = [each for each in self.owed(*Step) if each not in moved]
        self.record(
            events.Reclassified,
            context,
            stage=Stage.VERIFIED,
            **known,
            stops=(
                *self.end(context, StopOutcome.MOVED, moved),
                *self.end(context, StopOutcome.VOID, others),
            ),
            starts=(*self.promises(context, Step.VERIFY, agency=None), *carried),
        )

    def _replanned(self, context: CommandContext, kind: Kind) -> tuple[tuple[Stop, ...], tuple[Clock, ...]]:
        """What happens to the promises that depend on the kind, those still to be kept."""
        if kind is self.kind:
            return (), ()
        stops, starts = [], []
        for running in self.in_time(context, *_OF_KIND):
            step = running.clock.step
            clock = context.timing.replan(running, self.next_of(step), kind=kind, at=context.at)
            outcome = StopOutcome.MOVED if clock else StopOutcome.VOID
            stops.append(context.timing.stop(running, outcome, context.at))
            starts += [clock] if clock else []
        limited = {step for step, _ in self.running}
        if Step.RESOLVE in limited and Step.LEGAL_LIMIT not in limited:
            resolve = next(running for (step, _), running in self.running.items() if step is Step.RESOLVE)
            clock = context.timing.promise(
                Step.LEGAL_LIMIT,
                self.next_of(Step.LEGAL_LIMIT),
                kind=kind,
                agency=resolve.clock.agency,
                at=context.at,
            )
            starts += [clock] if clock else []
        return tuple(stops), tuple(starts)

    @verb(
        stages={Stage.FILED, Stage.VERIFIED, Stage.ROUTED, Stage.DISPUTED, Stage.IN_PROGRESS},
        leads_to={Stage.ROUTED},
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
        """Make an agency answerable; a complaint that is only filed is verified by it too.

        One that was with another agency already brings its deadlines along: rerouting restarts nothing, nor
        what the agency owed already as one that was only involved.
        What was declined twice is the arbiter's to route, and his decision binds. An oversight complaint
        goes to an inspectorate, and never to whom it is about.
        """
        if agency == self.lead:
            raise InvalidFieldError("agency", "It is with this agency already.")
        self._check_arbitrated(context)
        self._classify(context, kind, category, title)
        self._check_impartial(context, agency)
        self.tighten(context, None)
        stops, carried = self.hand_over(context, *_CARRIED, agency=agency)
        brought = {clock.step for clock in carried}
        own = self.owed(*_CARRIED, by=agency)  # as one that was only involved
        replaced = [each for each in own if each.clock.step in brought]
        fresh = [step for step in _CARRIED if step not in brought | {each.clock.step for each in own}]
        self.record(
            events.Routed,
            context,
            agency=agency,
            reason=context.reason,
            stops=(
                *self.kept(context, Step.VERIFY),
                *self.void(context, Step.ACCEPT),
                *stops,
                *self.end(context, StopOutcome.VOID, replaced),
            ),
            starts=(*self.promises(context, Step.ACCEPT, *fresh, agency=agency), *carried),
        )

    @verb(stages={Stage.ROUTED, Stage.IN_PROGRESS}, grants=COORDINATORS)
    def involve(self, context: CommandContext, *, agency: AgencyRef) -> None:
        """Give another agency a part in it, with a deadline of its own; the lead goes on answering for it."""
        if agency in self.agencies:
            raise InvalidFieldError("agency", "This agency has a part in it already.")
        if len(self.agencies) >= _MOST_AGENCIES:
            raise LimitReachedError(f"{_MOST_AGENCIES} agencies have a part in it; more cannot be involved.")
        self._check_impartial(context, agency)
        self.record(
            events.AgencyInvolved,
            context,
            agency=agency,
            reason=context.reason,
            starts=self.promises(context, Step.FOLLOW_UP, agency=agency),
        )

    def _check_arbitrated(self, context: CommandContext) -> None:
        if context.by.role is Role.ARBITER:
            return
        if self.bound:
            raise LimitReachedError(
                "The arbiter has decided whose it is; only the arbiter can route it again."
            )
        if self.stage is Stage.DISPUTED and self.times_declined >= MOST_REFUSALS:
            raise LimitReachedError(
                f"It was declined {MOST_REFUSALS} times; the arbiter decides now whose it is."
            )

    def _check_impartial(self, context: CommandContext, agency: UUID) -> None:
        """An oversight complaint goes to an inspectorate, if there is one, never to whom it is about.

        It is not about an inspectorate because it was addressed to it, or begun by it: it hears them all.
        """
        inspectorates = context.offices.inspectorates
        if self.kind is not Kind.OVERSIGHT or agency in inspectorates:
            return
        if agency in self.accused:
            raise InvalidFieldError("agency", "It is about this agency, which never sees it; name another.")
        if inspectorates:
            raise InvalidFieldError("agency", "An oversight complaint goes to an inspectorate; name one.")

    def _classify(
        self, context: CommandContext, kind: Kind | None, category: str | None, title: Title | None
    ) -> None:
        """Know what it is before anybody is made answerable for it."""
        new_kind, new_category = kind or self.kind, category or self.category
        if new_kind is None:
            raise InvalidFieldError("kind", "Say what kind of report this is: it was filed without one.")
        if new_category is None:
            raise InvalidFieldError("category", "Say which category this is: it was filed without one.")
        if title is None and not self.has_title:
            raise InvalidFieldError("title", "Give it a title: it was filed without one.")
        known = {"kind": new_kind, "category": new_category, "title": title}
        if self.stage is Stage.FILED:
            self.record(events.Verified, context, **known)
        elif (new_kind, new_category) != (self.kind, self.category) or title is not None:
            self._reclassify(context, new_kind, new_category, title)

    @verb(
        stages={Stage.FILED, Stage.VERIFIED},
        leads_to={Stage.ARCHIVED},
        grants={
            Role.COORDINATOR: Scope.ORDINARY,
            Role.NATIONAL: Scope.ORDINARY,
            Role.INSPECTOR: Scope.OVERSIGHT,
        },
    )
    def archive(self, context: CommandContext, *, reason_code: ArchiveReason, text: LongText) -> None:
        """Put it aside because it cannot be processed, and tell the reporter why. It never counts as done."""
        self.record(
            events.Archived,
            context,
            reason_code=reason_code,
            text=text,
            reason=context.reason,
            stops=(*self.kept(context, Step.VERIFY), *self.void(context, *_CARRIED)),
        )

    @verb(
        stages={Stage.FILED, Stage.VERIFIED, Stage.DISPUTED},
        leads_to={Stage.TRANSFERRED},
        grants=COORDINATORS,
    )
    def transfer(
        self,
        context: CommandContext,
        *,
        receiver: PublicName,
        reference: Slug | None = None,
    ) -> None:
        """Hand it over to an institution outside, under the reference that it gave."""
        self.record(
            events.Transferred,
            context,
            receiver=receiver,
            reference=reference,
            reason=context.reason,
            stops=(*self.kept(context, Step.VERIFY), *self.void(context, *_CARRIED)),
        )
