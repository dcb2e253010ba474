"""Filing: how a complaint begins (pengaduan masuk)."""

from datetime import date
from typing import Annotated, Self
from uuid import UUID

from lapor.domain.command_fields import AgencyRef, Derived, Line, LongText, MustBeTrue, Slug, Title
from lapor.domain.complaint.complaint_event import ComplaintEvent
from lapor.domain.complaint.state import ComplaintState
from lapor.domain.complaint.values import Location, Reporter
from lapor.domain.context import CommandContext
from lapor.domain.vocabulary import Kind, Privacy, Sealed, Stage, Step


class Filed(ComplaintEvent):
    """A citizen reported something (pengaduan masuk)."""

    TOPIC = "lapor.complaint.filed"
    STAGE = Stage.FILED

    code: str
    privacy: Privacy
    consent: bool
    on_behalf: bool
    text: Sealed
    title: Sealed | None
    kind: Kind | None
    category: str | None
    service: str | None
    agency: UUID | None
    place: Location | None
    happened_on: date | None
    application_no: Sealed | None
    reporter: Reporter | None
    split_from: UUID | None  # the complaint of which it was a part; its receipt opens this one too

    def kind_after(self, _: Kind | None) -> Kind | None:
        return self.kind

    def change(self, complaint: ComplaintState) -> None:
        complaint.addressed_to = self.agency
        complaint.code = self.code
        complaint.category = self.category
        complaint.privacy = self.privacy
        complaint.has_title = self.title is not None
        if self.reporter is not None:
            complaint.reporter_fields = self.reporter.fields_given


class Filing(ComplaintState):
    """The beginning of a complaint."""

    @classmethod
    def file(
        cls,
        context: CommandContext,
        *,
        stream: Annotated[UUID, Derived()],
        code: Annotated[str, Derived()],
        split_from: Annotated[UUID | None, Derived()] = None,
        text: LongText,
        consent: Annotated[bool, MustBeTrue()],
        title: Title | None = None,
        kind: Kind | None = None,
        category: Slug | None = None,
        service: Slug | None = None,
        agency: AgencyRef | None = None,
        place: Location | None = None,
        happened_on: date | None = None,
        application_no: Line | None = None,
        reporter: Reporter | None = None,
        privacy: Privacy = Privacy.OPEN,
        on_behalf: bool = False,
    ) -> Self:
        """File a report. ``stream`` and ``code`` (the public tracking number) are drawn at random."""
        verify = context.timing.promise(Step.VERIFY, 1, kind=kind, agency=None, at=context.at)
        return cls.found(
            Filed,
            context,
            stream=stream,
            code=code,
            text=text,
            consent=consent,
            title=title,
            kind=kind,
            category=category,
            service=service,
            agency=agency,
            place=place,
            happened_on=happened_on,
            application_no=application_no,
            reporter=reporter,
            privacy=Privacy.CONFIDENTIAL if kind is Kind.OVERSIGHT else privacy,
            on_behalf=on_behalf,
            split_from=split_from,
            reason=context.reason,
            starts=(verify,) if verify else (),
            stops=(),
        )
