"""Events that carry a complaint further up, or outside."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lapor.domain.complaint.events.base import ComplaintEvent

if TYPE_CHECKING:
    from lapor.domain.complaint.state import ComplaintState


class Escalated(ComplaintEvent):
    """Somebody higher up has to look at it (eskalasi): 1 the coordinator, 2 the agency's head, 3 the top."""

    TOPIC = "lapor.complaint.escalated"

    level: int

    def change(self, complaint: ComplaintState) -> None:
        complaint.level = self.level


class ReferredToOmbudsman(ComplaintEvent):
    """The reporter takes it to the Ombudsman, and agreed that it is handed over."""

    TOPIC = "lapor.complaint.referred_to_ombudsman"

    consent: bool
    reference: str | None


class Sp4nLinked(ComplaintEvent):
    """It is known to SP4N-LAPOR! under this number."""

    TOPIC = "lapor.complaint.sp4n_linked"

    tracking_id: str

    def change(self, complaint: ComplaintState) -> None:
        complaint.sp4n = self.tracking_id
