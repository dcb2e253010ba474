"""Facts of an agency's work on a complaint."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

from lapor.domain.complaint.facts.base import ComplaintFact
from lapor.domain.terms import Outcome, Sealed, Stage

if TYPE_CHECKING:
    from lapor.domain.complaint.state import ComplaintState


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


class Declined(ComplaintFact):
    """The agency said that it is not competent, and who is (bukan wewenang)."""

    TOPIC = "lapor.complaint.declined"
    STAGE = Stage.DISPUTED

    agency: UUID
    suggested_agency: UUID

    def change(self, complaint: ComplaintState) -> None:
        complaint.lead = None
        complaint.agencies = ()
        complaint.times_declined += 1


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


class Noted(ComplaintFact):
    """An officer wrote something down for other officers (catatan)."""

    TOPIC = "lapor.complaint.noted"

    text: Sealed
