"""The complaint itself: how it begins; its verbs are in the modules beside this one."""

from datetime import date
from typing import Annotated, Self
from uuid import UUID

from lapor.domain.aggregate import Occasion
from lapor.domain.command_fields import AgencyRef, Derived, Line, LongText, MustBeTrue, Slug, Title
from lapor.domain.complaint import facts
from lapor.domain.complaint.lifecycle.clarification import Waiting
from lapor.domain.complaint.lifecycle.closing import Settling
from lapor.domain.complaint.lifecycle.commitments import Promising
from lapor.domain.complaint.lifecycle.deadlines import Deadlines
from lapor.domain.complaint.lifecycle.erasure import Erasing
from lapor.domain.complaint.lifecycle.escalation import Outward
from lapor.domain.complaint.lifecycle.handling import Handling
from lapor.domain.complaint.lifecycle.identity_access import Identity
from lapor.domain.complaint.lifecycle.merging import Joining
from lapor.domain.complaint.lifecycle.triage import Intake
from lapor.domain.complaint.reminders import Reacting
from lapor.domain.vocabulary import Kind, Privacy, Step


class Complaint(
    Intake, Waiting, Handling, Promising, Settling, Joining, Outward, Identity, Deadlines, Erasing, Reacting
):
    """A citizen's report (pengaduan), from filing until it is settled."""

    @classmethod
    def file(
        cls,
        occasion: Occasion,
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
        place: facts.Place | None = None,
        happened_on: date | None = None,
        application_no: Line | None = None,
        reporter: facts.Reporter | None = None,
        privacy: Privacy = Privacy.OPEN,
        on_behalf: bool = False,
    ) -> Self:
        """Report something. ``stream`` and ``code`` (the public tracking number) were drawn at random."""
        verify = occasion.timing.promise(Step.VERIFY, 1, kind=kind, agency=None, at=occasion.at)
        return cls.found(
            facts.Filed,
            occasion,
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
            reason=occasion.reason,
            starts=(verify,) if verify else (),
            stops=(),
        )


facts.Filed.FOUNDS = Complaint
