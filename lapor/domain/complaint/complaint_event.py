"""The base of all events of a complaint."""

from typing import ClassVar
from uuid import UUID

from lapor.domain.aggregate import Event
from lapor.domain.complaint.standing import Agencies
from lapor.domain.complaint.state import ComplaintState
from lapor.domain.deadlines.clock import Clock, Stop
from lapor.domain.vocabulary import Kind, Role, Sealed, Stage


class ComplaintEvent(Event):
    """An event of a complaint: its reason (if one was given), and which clocks it starts and stops.

    An event says itself what it does to the complaint's standing (``…_after``) and to what else the aggregate
    remembers (``change``). It never refuses, reads no clock and knows no policy.
    """

    STAGE: ClassVar[Stage | None] = None
    """The stage that it brings the complaint to; None: the stage stays, or the event itself says which."""

    AUDIT_ONLY: ClassVar[bool] = False
    """True if clients that have not seen this event still count as up to date."""

    COUNTS_AS_HANDLING: ClassVar[bool] = True
    """Whether an officer who causes it has handled the complaint, and may not decide an objection later."""

    INTERNAL: ClassVar[bool] = False
    """True if the reporter does not read its texts: the offices write them for each other."""

    reason: Sealed | None
    starts: tuple[Clock, ...]
    stops: tuple[Stop, ...]

    @property
    def stage_after(self) -> Stage | None:
        """The stage that this event brings the complaint to; None: it stays."""
        stage: Stage | None = vars(self).get("stage")
        return stage or self.STAGE

    @property
    def internal(self) -> bool:
        """Whether the reporter does not read its texts."""
        return self.INTERNAL

    def kind_after(self, kind: Kind | None) -> Kind | None:
        """Return the kind that the complaint is known as after this event."""
        return kind

    def lead_after(self, lead: UUID | None) -> UUID | None:
        """Return the agency that answers for it after this event; None: the coordinating office."""
        return lead

    def involved_after(self, involved: Agencies) -> Agencies:
        """Return the other agencies that have a part in it after this event. Twice is the same as once."""
        return involved

    def apply(self, aggregate: ComplaintState) -> None:
        before = aggregate.standing
        if self.starts or self.stops:
            aggregate.promises.turn(self.starts, self.stops, self.at)
        after = before.after(self)
        aggregate.stand(after, self.at if self.stage_after is not None else None)
        self.change(aggregate)
        if after.kind is not before.kind:
            aggregate.note_accused(before)
        if self.COUNTS_AS_HANDLING and self.role is not Role.REPORTER:
            aggregate.handlers.add(self.by)

    def change(self, complaint: ComplaintState) -> None:
        """Let the complaint remember what later verbs ask about."""
