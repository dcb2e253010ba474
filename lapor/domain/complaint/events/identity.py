"""Events of who came to know what about a person: each un-masking, and each copy that leaves the office."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

from lapor.domain.complaint.events.base import ComplaintEvent, IdentityRequest
from lapor.domain.vocabulary import IdentityReason, Recipient

if TYPE_CHECKING:
    from lapor.domain.complaint.state import ComplaintState


class AccessEvent(ComplaintEvent):
    """What changes nothing about the complaint itself: who has not seen it decides by no less."""

    HANDLES = False
    SILENT = True


class IdentityRequested(AccessEvent):
    """Somebody asked to know who an anonymous reporter is (permintaan membuka identitas).

    Another person has to grant it; ``reference`` is the letter or order that it rests on.
    """

    TOPIC = "lapor.complaint.identity_requested"

    reason_code: IdentityReason
    reference: str
    agency: UUID | None

    def change(self, complaint: ComplaintState) -> None:
        complaint.identity_asked = IdentityRequest(self.by, self.reason_code, self.originator_version)


class IdentityGranted(AccessEvent):
    """A second person let ``requester`` see who the anonymous reporter is (persetujuan membuka identitas).

    ``request`` is the version of the event by which he had asked for it.
    """

    TOPIC = "lapor.complaint.identity_granted"

    request: int
    requester: str
    reason_code: IdentityReason

    def change(self, complaint: ComplaintState) -> None:
        complaint.identity_asked = None
        complaint.identity_open_to = (self.requester, self.at)


class IdentityViewed(AccessEvent):
    """Somebody was shown in full who the reporter is (identitas dibuka).

    ``fields`` are those that he saw, ``agency`` is for whom he acted, ``break_glass``: it was anonymous.
    """

    TOPIC = "lapor.complaint.identity_viewed"

    reason_code: IdentityReason
    fields: tuple[str, ...]
    agency: UUID | None
    break_glass: bool


class PersonalDataExported(AccessEvent):
    """A copy of what is held left the office in an officer's hands (salinan data pribadi diserahkan)."""

    TOPIC = "lapor.complaint.personal_data_exported"

    recipient: Recipient
    fields: tuple[str, ...]
    agency: UUID | None
