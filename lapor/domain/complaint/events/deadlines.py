"""Events of what was promised: a deadline that was moved, a missed one that was excused."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

from lapor.domain.complaint.events.base import ComplaintEvent
from lapor.domain.vocabulary import MoveGround, Step

if TYPE_CHECKING:
    from lapor.domain.complaint.state import ComplaintState


class DeadlineMoved(ComplaintEvent):
    """An open promise was put to another moment (tenggat dipindahkan); ``basis`` is what that rests on."""

    TOPIC = "lapor.complaint.deadline_moved"

    ground: MoveGround
    basis: str


class DeadlineExcused(ComplaintEvent):
    """A missed promise was excused (dimaafkan). It stays missed, and is counted as excused too."""

    TOPIC = "lapor.complaint.deadline_excused"

    step: Step
    n: int
    agency: UUID | None

    def change(self, complaint: ComplaintState) -> None:
        complaint.excused.add((self.step, self.n))
