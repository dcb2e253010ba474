"""Taking a complaint in: verification (verifikasi), routing (disposisi), what leads elsewhere."""

from lapor.domain.access import Scope
from lapor.domain.aggregate import Occasion
from lapor.domain.clocks import Clock, Stop, StopOutcome
from lapor.domain.complaint import facts
from lapor.domain.complaint.state import ComplaintState
from lapor.domain.complaint.workflow import verb
from lapor.domain.errors import InvalidFieldError
from lapor.domain.forms import AgencyRef, LongText, PublicName, Slug, Title
from lapor.domain.terms import ArchiveReason, Kind, Privacy, Role, Stage, Step

COORDINATORS = {Role.COORDINATOR: Scope.ALL, Role.NATIONAL: Scope.ALL, Role.INSPECTOR: Scope.OVERSIGHT}
_CARRIED = (Step.FOLLOW_UP, Step.RESOLVE, Step.LEGAL_LIMIT)
_OF_KIND = (Step.RESOLVE, Step.LEGAL_LIMIT)


class Intake(ComplaintState):
    """What a coordinating office does with a complaint."""

    @verb(stages={Stage.FILED}, leads_to={Stage.VERIFIED}, grants=COORDINATORS)
    def verify(
        self, occasion: Occasion, *, kind: Kind, category: Slug, title: Title, privacy: Privacy | None = None
    ) -> None:
        """Find it clear and complete; say what it is.

        The clock of verification runs on until the complaint is routed: the promise is "verified
        and forwarded within three working days".
        """
        self.record(
            facts.Verified, occasion, kind=kind, category=category, title=title, reason=occasion.reason
        )
        self._tighten(occasion, privacy)

    @verb(
        stages={Stage.VERIFIED, Stage.ROUTED, Stage.IN_PROGRESS},
        grants=COORDINATORS,
    )
    def reclassify(
        self, occasion: Occasion, *, kind: Kind, category: Slug | None = None, title: Title | None = None
    ) -> None:
        """Say that it is of another kind or category; promises that depend on it are reckoned anew."""
        if (kind, category or self.category, title) == (self.kind, self.category, None):
            raise InvalidFieldError("kind", "It is of this kind and category already.")
        stops, starts = self._replanned(occasion, kind)
        self.record(
            facts.Reclassified,
            occasion,
            kind=kind,
            category=category or self.category,
            title=title,
            reason=occasion.reason,
            stops=stops,
            starts=starts,
        )
        self._tighten(occasion, None)

    def _replanned(self, occasion: Occasion, kind: Kind) -> tuple[tuple[Stop, ...], tuple[Clock, ...]]:
        """What happens to the promises that depend on the kind, those still to be kept."""
        if kind is self.kind:
            return (), ()
        stops, starts = [], []
        for running in self.in_time(occasion, *_OF_KIND):
            step = running.clock.step
            clock = occasion.timing.replan(running, self.next_of(step), kind=kind, at=occasion.at)
            outcome = StopOutcome.MOVED if clock else StopOutcome.VOID
            stops.append(occasion.timing.stop(running, outcome, occasion.at))
            starts += [clock] if clock else []
        limited = {step for step, _ in self.running}
        if Step.RESOLVE in limited and Step.LEGAL_LIMIT not in limited:
            resolve = next(running for (step, _), running in self.running.items() if step is Step.RESOLVE)
            clock = occasion.timing.promise(
                Step.LEGAL_LIMIT,
                self.next_of(Step.LEGAL_LIMIT),
                kind=kind,
                agency=resolve.clock.agency,
                at=occasion.at,
            )
            starts += [clock] if clock else []
        return tuple(stops), tuple(starts)

    @verb(
        stages={Stage.FILED, Stage.VERIFIED, Stage.ROUTED, Stage.DISPUTED, Stage.IN_PROGRESS},
        leads_to={Stage.ROUTED},
        grants=COORDINATORS,
    )
    def route(
        self,
        occasion: Occasion,
        *,
        agency: AgencyRef,
        kind: Kind | None = None,
        category: Slug | None = None,
        title: Title | None = None,
    ) -> None:
        """Make an agency answerable; a complaint that is only filed is verified by it too.

        One that was with another agency already brings its deadlines along: rerouting restarts nothing.
        """
        if agency == self.lead:
            raise InvalidFieldError("agency", "It is with this agency already.")
        self._classify(occasion, kind, category, title)
        self._tighten(occasion, None)
        stops, carried = self.hand_over(occasion, *_CARRIED, agency=agency)
        fresh = [step for step in _CARRIED if step not in {clock.step for clock in carried}]
        self.record(
            facts.Routed,
            occasion,
            agency=agency,
            reason=occasion.reason,
            stops=(*self.kept(occasion, Step.VERIFY), *self.void(occasion, Step.ACCEPT), *stops),
            starts=(*self.promises(occasion, Step.ACCEPT, *fresh, agency=agency), *carried),
        )

    def _classify(
        self, occasion: Occasion, kind: Kind | None, category: str | None, title: Title | None
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
            self.record(facts.Verified, occasion, **known)
        elif (new_kind, new_category) != (self.kind, self.category) or title is not None:
            stops, starts = self._replanned(occasion, new_kind)
            self.record(facts.Reclassified, occasion, **known, stops=stops, starts=starts)

    def _tighten(self, occasion: Occasion, wanted: Privacy | None) -> None:
        """Privacy as wanted, and oversight complaints always confidential. Officers never loosen it."""
        if wanted is not None and self.privacy.tighter_than(wanted):
            raise InvalidFieldError(
                "privacy", f"It is {self.privacy}; only the reporter may make it less private than that."
            )
        privacy = Privacy.CONFIDENTIAL if self.kind is Kind.OVERSIGHT else wanted or self.privacy
        if privacy is not self.privacy:
            self.record(facts.PrivacySet, occasion, privacy=privacy)

    @verb(
        stages={Stage.FILED, Stage.VERIFIED},
        leads_to={Stage.ARCHIVED},
        grants={
            Role.COORDINATOR: Scope.ORDINARY,
            Role.NATIONAL: Scope.ORDINARY,
            Role.INSPECTOR: Scope.OVERSIGHT,
        },
    )
    def archive(self, occasion: Occasion, *, reason_code: ArchiveReason, text: LongText) -> None:
        """Put it aside because it cannot be processed, and tell the reporter why. It never counts as done."""
        self.record(
            facts.Archived,
            occasion,
            reason_code=reason_code,
            text=text,
            reason=occasion.reason,
            stops=self.kept(occasion, Step.VERIFY),
        )

    @verb(
        stages={Stage.FILED, Stage.VERIFIED, Stage.DISPUTED},
        leads_to={Stage.TRANSFERRED},
        grants=COORDINATORS,
    )
    def transfer(
        self,
        occasion: Occasion,
        *,
        receiver: PublicName,
        reference: Slug | None = None,
    ) -> None:
        """Hand it over to an institution outside, under the reference that it gave."""
        self.record(
            facts.Transferred,
            occasion,
            receiver=receiver,
            reference=reference,
            reason=occasion.reason,
            stops=(*self.kept(occasion, Step.VERIFY), *self.void(occasion, *_CARRIED)),
        )
