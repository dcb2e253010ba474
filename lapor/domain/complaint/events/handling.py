"""Events of an agency's work on a complaint."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

from lapor.domain.complaint.events.base import ComplaintEvent, Draft
from lapor.domain.vocabulary import Outcome, Role, Sealed, Stage

if TYPE_CHECKING:
    from lapor.domain.complaint.state import ComplaintState


class Routed(ComplaintEvent):
    """An agency became answerable (disposisi), by moments promised to the citizen.

    Where the arbiter has routed it (``role``), the decision binds: the agency cannot decline.
    """

    TOPIC = "lapor.complaint.routed"
    STAGE = Stage.ROUTED

    agency: UUID

    def change(self, complaint: ComplaintState) -> None:
        others = (each for each in complaint.agencies if each not in {complaint.lead, self.agency})
        complaint.lead, complaint.agencies = self.agency, (self.agency, *others)
        complaint.bound = complaint.bound or self.role is Role.ARBITER
        complaint.draft = None


class Accepted(ComplaintEvent):
    """The agency said that it is competent and has begun (diterima)."""

    TOPIC = "lapor.complaint.accepted"
    STAGE = Stage.IN_PROGRESS

    agency: UUID


class Declined(ComplaintEvent):
    """The lead said that it is not competent, and who is (bukan wewenang)."""

    TOPIC = "lapor.complaint.declined"
    STAGE = Stage.DISPUTED

    agency: UUID
    suggested_agency: UUID

    def change(self, complaint: ComplaintState) -> None:
        complaint.lead = None
        complaint.agencies = tuple(each for each in complaint.agencies if each != self.agency)
        complaint.times_declined += 1
        complaint.draft = None


class FollowedUp(ComplaintEvent):
    """The agency did something about it and wrote it down (tindak lanjut)."""

    TOPIC = "lapor.complaint.followed_up"

    agency: UUID
    text: Sealed
    public: bool


class Responded(ComplaintEvent):
    """The agency gave its answer; now it is the reporter's turn (tanggapan)."""

    TOPIC = "lapor.complaint.responded"
    STAGE = Stage.RESPONDED

    agency: UUID
    text: Sealed
    outcome: Outcome

    def change(self, complaint: ComplaintState) -> None:
        complaint.draft = None


class Noted(ComplaintEvent):
    """An officer wrote something down for other officers (catatan)."""

    TOPIC = "lapor.complaint.noted"
    HANDLES = False

    text: Sealed


class AgencyInvolved(ComplaintEvent):
    """Another agency has a part in it, beside the lead and with a deadline of its own (pelibatan)."""

    TOPIC = "lapor.complaint.agency_involved"

    agency: UUID

    def change(self, complaint: ComplaintState) -> None:
        complaint.agencies = (*complaint.agencies, self.agency)


class ResponseDrafted(ComplaintEvent):
    """An answer was written that another person has to approve (konsep tanggapan)."""

    TOPIC = "lapor.complaint.response_drafted"

    agency: UUID
    text: Sealed
    outcome: Outcome

    def change(self, complaint: ComplaintState) -> None:
        complaint.draft = Draft(self.by, self.text, self.outcome)


class ResponseApproved(ComplaintEvent):
    """Another person than its author approved the draft; the answer follows at once (persetujuan)."""

    TOPIC = "lapor.complaint.response_approved"

    agency: UUID


class ResponseReturned(ComplaintEvent):
    """The draft was sent back to be written anew; ``reason`` says why (dikembalikan)."""

    TOPIC = "lapor.complaint.response_returned"

    agency: UUID

    def change(self, complaint: ComplaintState) -> None:
        complaint.draft = None
