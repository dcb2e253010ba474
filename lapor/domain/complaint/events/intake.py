"""Events of taking a complaint in."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING
from uuid import UUID

from lapor.domain.complaint.events.base import ComplaintEvent, Location, Reporter
from lapor.domain.vocabulary import ArchiveReason, Kind, Privacy, Sealed, Stage

if TYPE_CHECKING:
    from lapor.domain.complaint.state import ComplaintState


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

    def change(self, complaint: ComplaintState) -> None:
        complaint.addressed_to = self.agency
        complaint.code = self.code
        complaint.know_as(self.kind)
        complaint.category = self.category
        complaint.privacy = self.privacy
        complaint.has_title = self.title is not None
        if self.reporter is not None:
            complaint.reporter_fields = self.reporter.fields_given


class Verified(ComplaintEvent):
    """A coordinator found it clear and complete, and classified it (verifikasi)."""

    TOPIC = "lapor.complaint.verified"
    STAGE = Stage.VERIFIED

    kind: Kind
    category: str
    title: Sealed | None  # None: the title that it was filed with stands

    def change(self, complaint: ComplaintState) -> None:
        complaint.know_as(self.kind)
        complaint.category = self.category
        complaint.has_title = complaint.has_title or self.title is not None


class Reclassified(ComplaintEvent):
    """It turned out to be of another kind or category (klasifikasi ulang).

    ``stage`` is there where it was with an agency and proved to be about that agency's own conduct: then
    it is taken from all that have a part in it, and goes on as verified, whatever the arbiter decided.
    """

    TOPIC = "lapor.complaint.reclassified"

    kind: Kind
    category: str
    title: Sealed | None  # None: the earlier title stands
    stage: Stage | None

    def change(self, complaint: ComplaintState) -> None:
        complaint.know_as(self.kind)
        complaint.category = self.category
        if self.stage is not None:
            complaint.lead, complaint.agencies, complaint.draft = None, (), None
            complaint.bound = False


class CompletionAsked(ComplaintEvent):
    """The reporter was asked for what is missing (perlu dilengkapi); the other clocks wait for him."""

    TOPIC = "lapor.complaint.completion_asked"
    STAGE = Stage.AWAITING_REPORTER

    questions: tuple[Sealed, ...]
    returns_to: Stage

    def change(self, complaint: ComplaintState) -> None:
        complaint.returns_to = self.returns_to
        complaint.times_asked += 1


class Completed(ComplaintEvent):
    """The reporter gave what was missing (dilengkapi); ``stage`` is where it goes on."""

    TOPIC = "lapor.complaint.completed"

    text: Sealed
    stage: Stage


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
