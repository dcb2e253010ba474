"""Events that nobody causes: the time that was promised passes, and somebody has to know."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

from lapor.domain.complaint.events.base import ComplaintEvent
from lapor.domain.vocabulary import OF_REPORTER, Stage, Step

if TYPE_CHECKING:
    from lapor.domain.complaint.state import ComplaintState


class Reminded(ComplaintEvent):
    """So much of a promised time has passed, and those concerned are told (pengingat).

    ``step`` and ``n`` name the clock, ``agency`` is whose it is (None: the coordinating office's, or the
    reporter's own time), ``share`` the per cent that have passed: from 100 on the promise is broken.
    """

    TOPIC = "lapor.complaint.reminded"
    HANDLES = False

    step: Step
    n: int
    share: int
    agency: UUID | None

    def change(self, complaint: ComplaintState) -> None:
        complaint.reached.add((self.step, self.n, self.share))
        if self.step in OF_REPORTER:
            complaint.reporter_told[self.step] = (*complaint.reporter_told.get(self.step, ()), self.at)


class DeemedWithdrawn(ComplaintEvent):
    """The reporter did not give what was missing, though reminded (dianggap dicabut).

    An oversight complaint goes on without him: ``stage`` says so.
    """

    TOPIC = "lapor.complaint.deemed_withdrawn"
    HANDLES = False

    stage: Stage
