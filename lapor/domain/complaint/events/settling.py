"""Events of how a complaint ends, and begins again."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

from lapor.domain.complaint.events.base import ComplaintEvent
from lapor.domain.vocabulary import Ground, Sealed, Stage

if TYPE_CHECKING:
    from lapor.domain.complaint.state import ComplaintState


class ResponseAccepted(ComplaintEvent):
    """The reporter agreed with the answer (diterima pelapor)."""

    TOPIC = "lapor.complaint.response_accepted"

    comment: Sealed | None


class ResponseRejected(ComplaintEvent):
    """The reporter did not agree with the answer; the agency goes on (ditolak pelapor)."""

    TOPIC = "lapor.complaint.response_rejected"
    STAGE = Stage.IN_PROGRESS

    agency: UUID

    def change(self, complaint: ComplaintState) -> None:
        complaint.times_rejected += 1


class Rated(ComplaintEvent):
    """The reporter gave 1 to 5 stars (penilaian). Silence never writes one."""

    TOPIC = "lapor.complaint.rated"

    rating: int
    comment: Sealed | None


class Closed(ComplaintEvent):
    """It is settled (selesai): the reporter agreed, stayed silent, or an officer decided."""

    TOPIC = "lapor.complaint.closed"
    STAGE = Stage.CLOSED

    ground: Ground


class Reopened(ComplaintEvent):
    """It was not settled after all (dibuka kembali); ``stage`` and ``agency`` are where it goes on."""

    TOPIC = "lapor.complaint.reopened"

    stage: Stage
    agency: UUID | None

    def change(self, complaint: ComplaintState) -> None:
        complaint.times_reopened += 1
        if self.agency is None:
            complaint.agencies = ()


class Withdrawn(ComplaintEvent):
    """The reporter took it back (dicabut). An oversight complaint goes on without him: ``stage`` says so."""

    TOPIC = "lapor.complaint.withdrawn"

    stage: Stage


class Objected(ComplaintEvent):
    """The reporter does not accept how it ended; somebody who had no part in it decides (keberatan)."""

    TOPIC = "lapor.complaint.objected"

    def change(self, complaint: ComplaintState) -> None:
        complaint.objection_open = True
        complaint.times_objected += 1


class ObjectionDecided(ComplaintEvent):
    """The objection was upheld, and it goes on at ``stage``; or it was not, and the end stands."""

    TOPIC = "lapor.complaint.objection_decided"

    upheld: bool
    text: Sealed
    stage: Stage | None
    agency: UUID | None

    def change(self, complaint: ComplaintState) -> None:
        complaint.objection_open = False
