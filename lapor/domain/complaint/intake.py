"""Taking a complaint in: verification (verifikasi) and routing (disposisi)."""

from lapor.domain.access import Scope
from lapor.domain.aggregate import Occasion
from lapor.domain.complaint import facts
from lapor.domain.complaint.state import ComplaintState
from lapor.domain.complaint.workflow import verb
from lapor.domain.errors import InvalidFieldError
from lapor.domain.forms import AgencyRef, Slug, Title
from lapor.domain.terms import Kind, Privacy, Role, Stage, Step

_COORDINATORS = {Role.COORDINATOR: Scope.ALL, Role.NATIONAL: Scope.ALL, Role.INSPECTOR: Scope.OVERSIGHT}
_AGENCY_CLOCKS = (Step.ACCEPT, Step.FOLLOW_UP, Step.RESOLVE, Step.LEGAL_LIMIT)


class Intake(ComplaintState):
    """What a coordinating office does with a complaint."""

    @verb(stages={Stage.FILED}, leads_to={Stage.VERIFIED}, grants=_COORDINATORS)
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

    @verb(stages={Stage.FILED, Stage.VERIFIED}, leads_to={Stage.ROUTED}, grants=_COORDINATORS)
    def route(
        self,
        occasion: Occasion,
        *,
        agency: AgencyRef,
        kind: Kind | None = None,
        category: Slug | None = None,
        title: Title | None = None,
    ) -> None:
        """Make an agency answerable; a complaint that is only filed is verified by it too."""
        kind, category = kind or self.kind, category or self.category
        if kind is None:
            raise InvalidFieldError("kind", "Say what kind of report this is: it was filed without one.")
        if category is None:
            raise InvalidFieldError("category", "Say which category this is: it was filed without one.")
        if title is None and not self.has_title:
            raise InvalidFieldError("title", "Give it a title: it was filed without one.")
        if self.stage is Stage.FILED or (kind, category) != (self.kind, self.category) or title is not None:
            self.record(facts.Verified, occasion, kind=kind, category=category, title=title)
        self._tighten(occasion, None)
        self.record(
            facts.Routed,
            occasion,
            agency=agency,
            reason=occasion.reason,
            stops=self.kept(occasion, Step.VERIFY),
            starts=self.promises(occasion, *_AGENCY_CLOCKS, agency=agency),
        )

    def _tighten(self, occasion: Occasion, wanted: Privacy | None) -> None:
        """Privacy as wanted, and oversight complaints always confidential. Officers never loosen it."""
        if wanted is not None and self.privacy.tighter_than(wanted):
            raise InvalidFieldError(
                "privacy", f"It is {self.privacy}; only the reporter may make it less private than that."
            )
        privacy = Privacy.CONFIDENTIAL if self.kind is Kind.OVERSIGHT else wanted or self.privacy
        if privacy is not self.privacy:
            self.record(facts.PrivacySet, occasion, privacy=privacy)
