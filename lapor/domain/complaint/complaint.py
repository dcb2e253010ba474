"""The complaint itself: how it begins; its verbs are in the modules beside this one."""

from datetime import date
from typing import Annotated, Self
from uuid import UUID

from lapor.domain.aggregate import CommandContext
from lapor.domain.command_fields import AgencyRef, Derived, Line, LongText, MustBeTrue, Slug, Title
from lapor.domain.complaint import events
from lapor.domain.complaint.lifecycle.clarification import Clarification
from lapor.domain.complaint.lifecycle.closing import Closing
from lapor.domain.complaint.lifecycle.commitments import Commitments
from lapor.domain.complaint.lifecycle.deadlines import Deadlines
from lapor.domain.complaint.lifecycle.erasure import PersonalDataErasure
from lapor.domain.complaint.lifecycle.escalation import Escalation
from lapor.domain.complaint.lifecycle.handling import Handling
from lapor.domain.complaint.lifecycle.identity_access import IdentityAccess
from lapor.domain.complaint.lifecycle.merging import Merging
from lapor.domain.complaint.lifecycle.triage import Triage
from lapor.domain.complaint.reminders import Reminders
from lapor.domain.vocabulary import Kind, Privacy, Step


class Complaint(
    Triage,
    Clarification,
    Handling,
    Commitments,
    Closing,
    Merging,
    Escalation,
    IdentityAccess,
    Deadlines,
    PersonalDataErasure,
    Reminders,
):
    """A citizen's report (pengaduan), from filing until it is settled."""

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
        place: events.Location | None = None,
        happened_on: date | None = None,
        application_no: Line | None = None,
        reporter: events.Reporter | None = None,
        privacy: Privacy = Privacy.OPEN,
        on_behalf: bool = False,
    ) -> Self:
        """Report something. ``stream`` and ``code`` (the public tracking number) were drawn at random."""
        verify = context.timing.promise(Step.VERIFY, 1, kind=kind, agency=None, at=context.at)
        return cls.found(
            events.Filed,
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


events.Filed.FOUNDS = Complaint
