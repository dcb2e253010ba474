"""What can happen to a complaint. Topics and fields are for ever: ``docs/events.md`` says what each means.

What a person typed is ``Sealed``; everything else is in clear and says nothing personal.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Annotated, ClassVar
from uuid import UUID

from lapor.domain.aggregate import Fact
from lapor.domain.clocks import Clock, Stop
from lapor.domain.forms import Derived, Line, Number, Slug
from lapor.domain.terms import Ground, Kind, Outcome, Privacy, Sealed, Stage

if TYPE_CHECKING:
    from lapor.domain.complaint.state import ComplaintState


@dataclass(frozen=True, slots=True)
class Reporter:
    """Who reports (pelapor). Everything is optional: a receipt is enough to follow a complaint."""

    name: Line | None = None
    phone: Line | None = None
    email: Line | None = None
    national_id: Line | None = None
    address: Line | None = None


@dataclass(frozen=True, slots=True)
class Place:
    """Where it happened; ``village`` is an official code, ``cell`` the point rounded to 0.01° ("lat,lon")."""

    address: Line | None = None
    village: Slug | None = None
    lat: Annotated[Sealed, Number(-90, 90)] | None = None
    lon: Annotated[Sealed, Number(-180, 180)] | None = None
    cell: Annotated[str, Derived()] | None = None


class ComplaintFact(Fact):
    """A fact about a complaint: why (if somebody said so), and which clocks it starts and stops."""

    STAGE: ClassVar[Stage | None] = None
    """The stage that it brings the complaint to; None: the stage stays."""

    reason: Sealed | None
    starts: tuple[Clock, ...]
    stops: tuple[Stop, ...]

    @property
    def stage_after(self) -> Stage | None:
        return self.STAGE

    def apply(self, aggregate: ComplaintState) -> None:
        aggregate.turn_clocks(self.starts, self.stops, self.at)
        aggregate.stage = self.stage_after or aggregate.stage
        self.change(aggregate)

    def change(self, complaint: ComplaintState) -> None:
        """Let the complaint remember what later verbs ask about."""


class Filed(ComplaintFact):
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
    place: Place | None
    happened_on: date | None
    application_no: Sealed | None
    reporter: Reporter | None

    def change(self, complaint: ComplaintState) -> None:
        complaint.code = self.code
        complaint.kind = self.kind
        complaint.category = self.category
        complaint.privacy = self.privacy
        complaint.has_title = self.title is not None


class Verified(ComplaintFact):
    """A coordinator found it clear and complete, and classified it (verifikasi)."""

    TOPIC = "lapor.complaint.verified"
    STAGE = Stage.VERIFIED

    kind: Kind
    category: str
    title: Sealed | None  # None: the title that it was filed with stands

    def change(self, complaint: ComplaintState) -> None:
        complaint.kind = self.kind
        complaint.category = self.category
        complaint.has_title = complaint.has_title or self.title is not None


class PrivacySet(ComplaintFact):
    """Who may know what about it was changed (kerahasiaan)."""

    TOPIC = "lapor.complaint.privacy_set"

    privacy: Privacy

    def change(self, complaint: ComplaintState) -> None:
        complaint.privacy = self.privacy


class Routed(ComplaintFact):
    """An agency became answerable (disposisi), by moments promised to the citizen."""

    TOPIC = "lapor.complaint.routed"
    STAGE = Stage.ROUTED

    agency: UUID

    def change(self, complaint: ComplaintState) -> None:
        complaint.lead = self.agency
        complaint.agencies = (self.agency,)


class Accepted(ComplaintFact):
    """The agency said that it is competent and has begun (diterima)."""

    TOPIC = "lapor.complaint.accepted"
    STAGE = Stage.IN_PROGRESS

    agency: UUID


class FollowedUp(ComplaintFact):
    """The agency did something about it and wrote it down (tindak lanjut)."""

    TOPIC = "lapor.complaint.followed_up"

    agency: UUID
    text: Sealed
    public: bool


class Responded(ComplaintFact):
    """The agency gave its answer; now it is the reporter's turn (tanggapan)."""

    TOPIC = "lapor.complaint.responded"
    STAGE = Stage.RESPONDED

    agency: UUID
    text: Sealed
    outcome: Outcome


class ResponseAccepted(ComplaintFact):
    """The reporter agreed with the answer (diterima pelapor)."""

    TOPIC = "lapor.complaint.response_accepted"

    comment: Sealed | None


class Rated(ComplaintFact):
    """The reporter gave 1 to 5 stars (penilaian). Silence never writes one."""

    TOPIC = "lapor.complaint.rated"

    rating: int
    comment: Sealed | None


class Closed(ComplaintFact):
    """It is settled (selesai): the reporter agreed, stayed silent, or an officer decided."""

    TOPIC = "lapor.complaint.closed"
    STAGE = Stage.CLOSED

    ground: Ground
