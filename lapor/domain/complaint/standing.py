"""How a complaint stands: its stage, its kind, and the agencies that answer for it, after each event.

The aggregate and every projection ask the same methods of ``ComplaintEvent``: the meaning of an event is told
once, next to the event. A projection that keeps only a part of this asks for that part alone.
"""

from typing import NamedTuple, Protocol
from uuid import UUID

from lapor.domain.vocabulary import Kind, Stage

Agencies = tuple[UUID, ...]


class StandingChange(Protocol):
    """The part of an event that changes the standing. ``stage_after`` None: the stage stays."""

    @property
    def stage_after(self) -> Stage | None: ...
    def kind_after(self, kind: Kind | None, /) -> Kind | None: ...
    def lead_after(self, lead: UUID | None, /) -> UUID | None: ...
    def involved_after(self, involved: Agencies, /) -> Agencies: ...


class Standing(NamedTuple):
    """Stage, kind and agencies. ``lead`` answers for it; ``involved`` have a part in it, in their order."""

    stage: Stage = Stage.FILED
    kind: Kind | None = None
    lead: UUID | None = None
    involved: Agencies = ()

    @property
    def agencies(self) -> Agencies:
        """All that have a part in it, the lead first."""
        return self.involved if self.lead is None else (self.lead, *self.involved)

    def after(self, event: StandingChange) -> "Standing":
        """Return how it stands after the event."""
        return Standing(
            event.stage_after or self.stage,
            event.kind_after(self.kind),
            event.lead_after(self.lead),
            event.involved_after(self.involved),
        )
