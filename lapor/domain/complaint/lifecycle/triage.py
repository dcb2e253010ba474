"""Triage: verification (verifikasi), classification, archiving (arsip), transfer (pelimpahan)."""

from dataclasses import replace
from typing import Any
from uuid import UUID

from lapor.domain.access import Scope
from lapor.domain.command_fields import LongText, PublicName, Slug, Title
from lapor.domain.complaint.complaint_event import ComplaintEvent
from lapor.domain.complaint.lifecycle.publication import PrivacySet, Unpublished, tighten
from lapor.domain.complaint.standing import Agencies
from lapor.domain.complaint.state import ComplaintState
from lapor.domain.complaint.workflow import verb
from lapor.domain.context import CommandContext
from lapor.domain.deadlines.clock import Clock, Stop, StopOutcome
from lapor.domain.errors import InvalidFieldError
from lapor.domain.vocabulary import ArchiveReason, Kind, Privacy, Role, Sealed, Stage, Step

COORDINATORS = {Role.COORDINATOR: Scope.ALL, Role.NATIONAL: Scope.ALL, Role.INSPECTOR: Scope.OVERSIGHT}
CARRIED = (Step.FOLLOW_UP, Step.RESOLVE, Step.LEGAL_LIMIT)
_OF_KIND = (Step.RESOLVE, Step.LEGAL_LIMIT)


class Verified(ComplaintEvent):
    """A coordinator found it clear and complete, and classified it (verifikasi)."""

    TOPIC = "lapor.complaint.verified"
    STAGE = Stage.VERIFIED

    kind: Kind
    category: str
    title: Sealed | None  # None: the title that it was filed with stands

    def kind_after(self, _: Kind | None) -> Kind | None:
        return self.kind

    def change(self, complaint: ComplaintState) -> None:
        complaint.category = self.category
        complaint.has_title = complaint.has_title or self.title is not None


class Reclassified(ComplaintEvent):
    """It turned out to be of another kind or category (klasifikasi ulang).

    ``stage`` is there where it was with an agency and proved to be about that agency's own conduct: then
    it is taken from all agencies that have a part in it and goes on as verified, even after an arbiter's
    decision.
    """

    TOPIC = "lapor.complaint.reclassified"

    kind: Kind
    category: str
    title: Sealed | None  # None: the earlier title stands
    stage: Stage | None

    @property
    def takes_away(self) -> bool:
        """Whether it is taken from all agencies that have a part in it."""
        return self.stage is not None

    def kind_after(self, _: Kind | None) -> Kind | None:
        return self.kind

    def lead_after(self, lead: UUID | None) -> UUID | None:
        return None if self.takes_away else lead

    def involved_after(self, involved: Agencies) -> Agencies:
        return () if self.takes_away else involved

    def change(self, complaint: ComplaintState) -> None:
        complaint.category = self.category
        if self.takes_away:
            complaint.draft = None
            complaint.bound = False


class Archived(ComplaintEvent):
    """It cannot be processed, and the reporter was told why (diarsipkan). It never counts as done."""

    TOPIC = "lapor.complaint.archived"
    STAGE = Stage.ARCHIVED

    reason_code: ArchiveReason
    text: Sealed


class Transferred(ComplaintEvent):
    """It was handed over to somebody outside (dilimpahkan)."""

    TOPIC = "lapor.complaint.transferred"
    STAGE = Stage.TRANSFERRED

    receiver: str
    reference: str | None


class Triage(ComplaintState):
    """The coordinating office's decisions on what a complaint is."""

    @verb(
        stages={Stage.FILED},
        leads_to={Stage.VERIFIED},
        records=(Verified, PrivacySet),
        grants=COORDINATORS,
    )
    def verify(
        self,
        context: CommandContext,
        *,
        kind: Kind,
        category: Slug,
        title: Title,
        privacy: Privacy | None = None,
    ) -> None:
        """Find it clear and complete, and classify it.

        The clock of verification runs on until the complaint is routed: the promise is "verified
        and forwarded within three working days".
        """
        self.record(Verified, context, kind=kind, category=category, title=title, reason=context.reason)
        tighten(self, context, privacy)

    @verb(
        stages={Stage.VERIFIED, Stage.ROUTED, Stage.IN_PROGRESS},
        leads_to={Stage.VERIFIED},
        records=(Reclassified, PrivacySet, Unpublished),
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
        """Change its kind or category; promises that depend on it are recalculated.

        A complaint about an agency's own conduct is taken from that agency, but not from an inspectorate.
        """
        if (kind, category or self.category, title) == (self.kind, self.category, None):
            raise InvalidFieldError("kind", "It is of this kind and category already.")
        _reclassify(self, context, kind, category or self.category, title, reason=context.reason)
        tighten(self, context, None)

    @verb(
        stages={Stage.FILED, Stage.VERIFIED},
        leads_to={Stage.ARCHIVED},
        records=(Archived,),
        grants={
            Role.COORDINATOR: Scope.ORDINARY,
            Role.NATIONAL: Scope.ORDINARY,
            Role.INSPECTOR: Scope.OVERSIGHT,
        },
    )
    def archive(self, context: CommandContext, *, reason_code: ArchiveReason, text: LongText) -> None:
        """Archive it because it cannot be processed, and tell the reporter why. It never counts as done."""
        self.record(
            Archived,
            context,
            reason_code=reason_code,
            text=text,
            reason=context.reason,
            stops=(*self.promises.kept(context, Step.VERIFY), *self.promises.void(context, *CARRIED)),
        )

    @verb(
        stages={Stage.FILED, Stage.VERIFIED, Stage.DISPUTED},
        leads_to={Stage.TRANSFERRED},
        records=(Transferred,),
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
            Transferred,
            context,
            receiver=receiver,
            reference=reference,
            reason=context.reason,
            stops=(*self.promises.kept(context, Step.VERIFY), *self.promises.void(context, *CARRIED)),
        )


def classify(
    complaint: ComplaintState,
    context: CommandContext,
    kind: Kind | None,
    category: str | None,
    title: Title | None,
) -> None:
    """Classify it before an agency is made answerable. Raise ``InvalidFieldError`` if it cannot be."""
    new_kind, new_category = kind or complaint.kind, category or complaint.category
    if new_kind is None:
        raise InvalidFieldError("kind", "Say which kind of report this is: it was filed without one.")
    if new_category is None:
        raise InvalidFieldError("category", "Say which category this is: it was filed without one.")
    if title is None and not complaint.has_title:
        raise InvalidFieldError("title", "Give it a title: it was filed without one.")
    known = {"kind": new_kind, "category": new_category, "title": title}
    if complaint.stage is Stage.FILED:
        complaint.record(Verified, context, **known)
    elif (new_kind, new_category) != (complaint.kind, complaint.category) or title is not None:
        _reclassify(complaint, context, new_kind, new_category, title)


def _reclassify(
    complaint: ComplaintState,
    context: CommandContext,
    kind: Kind,
    category: str | None,
    title: Title | None,
    **said: Any,
) -> None:
    known = {"kind": kind, "category": category, "title": title, **said}
    becomes_oversight = kind is Kind.OVERSIGHT and complaint.kind is not kind
    if becomes_oversight and not context.offices.inspectorates.issuperset(complaint.agencies):
        _take_away(complaint, context, known)
        return
    stops, starts = _replanned(complaint, context, kind)
    complaint.record(Reclassified, context, stage=None, **known, stops=stops, starts=starts)


def _take_away(complaint: ComplaintState, context: CommandContext, known: dict[str, Any]) -> None:
    """Take it from all agencies that have a part in it: it is about one of them. Their promises end."""
    replanned = {
        each.clock.step: context.timing.replan(
            each, complaint.promises.next_number(each.clock.step), kind=Kind.OVERSIGHT, at=context.at
        )
        for each in complaint.promises.in_time(context, *_OF_KIND)
    }
    carried = [replace(clock, agency=None) for clock in replanned.values() if clock]
    moved = [each for each in complaint.promises.owed(*_OF_KIND) if replanned.get(each.clock.step)]
    others = [each for each in complaint.promises.owed(*Step) if each not in moved]
    complaint.record(
        Reclassified,
        context,
        stage=Stage.VERIFIED,
        **known,
        stops=(
            *complaint.promises.stop(context, StopOutcome.MOVED, moved),
            *complaint.promises.stop(context, StopOutcome.VOID, others),
        ),
        starts=(*complaint.promises.start(context, Step.VERIFY, kind=complaint.kind, agency=None), *carried),
    )


def _replanned(
    complaint: ComplaintState, context: CommandContext, kind: Kind
) -> tuple[tuple[Stop, ...], tuple[Clock, ...]]:
    """Return the stops and starts of the open promises that depend on the kind."""
    if kind is complaint.kind:
        return (), ()
    stops, starts = [], []
    for running in complaint.promises.in_time(context, *_OF_KIND):
        step = running.clock.step
        clock = context.timing.replan(running, complaint.promises.next_number(step), kind=kind, at=context.at)
        outcome = StopOutcome.MOVED if clock else StopOutcome.VOID
        stops.append(context.timing.stop(running, outcome, context.at))
        starts += [clock] if clock else []
    limited = {step for step, _ in complaint.promises.running}
    if Step.RESOLVE in limited and Step.LEGAL_LIMIT not in limited:
        resolve = next(
            running for (step, _), running in complaint.promises.running.items() if step is Step.RESOLVE
        )
        clock = context.timing.promise(
            Step.LEGAL_LIMIT,
            complaint.promises.next_number(Step.LEGAL_LIMIT),
            kind=kind,
            agency=resolve.clock.agency,
            at=context.at,
        )
        starts += [clock] if clock else []
    return tuple(stops), tuple(starts)
