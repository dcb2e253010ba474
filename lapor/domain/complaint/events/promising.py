"""Events about promised moments: one that was extended, and dates that an agency committed itself to."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING
from uuid import UUID

from lapor.domain.complaint.events.base import ComplaintEvent
from lapor.domain.vocabulary import Sealed, Step

if TYPE_CHECKING:
    from lapor.domain.complaint.state import ComplaintState


class DeadlineExtended(ComplaintEvent):
    """A deadline that was still to be kept was put off, once, for a reason (perpanjangan)."""

    TOPIC = "lapor.complaint.deadline_extended"

    agency: UUID | None
    step: Step
    working_days: int

    def change(self, complaint: ComplaintState) -> None:
        complaint.extended |= {(self.step, self.agency)}


class CommitmentMade(ComplaintEvent):
    """The agency committed itself to a date (komitmen); ``n`` counts the complaint's commitments from 1."""

    TOPIC = "lapor.complaint.commitment_made"

    agency: UUID
    n: int
    promised_on: date
    text: Sealed

    def change(self, complaint: ComplaintState) -> None:
        complaint.commitments_made = self.n
        complaint.open_commitments |= {self.n: self.promised_on}


class CommitmentKept(ComplaintEvent):
    """What the agency had committed itself to is done (komitmen dipenuhi), in time or ``late``."""

    TOPIC = "lapor.complaint.commitment_kept"

    agency: UUID
    n: int
    text: Sealed
    late: bool

    def change(self, complaint: ComplaintState) -> None:
        complaint.open_commitments = {
            n: promised_on for n, promised_on in complaint.open_commitments.items() if n != self.n
        }
