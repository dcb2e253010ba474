"""What every event about a complaint says, and the objects that stand in some of them."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Annotated, ClassVar

from lapor.domain.aggregate import Event
from lapor.domain.command_fields import Derived, Line, LongText, Number, Slug, Title
from lapor.domain.deadlines.clock import Clock, Stop
from lapor.domain.vocabulary import IdentityReason, Kind, Outcome, Role, Sealed, Stage

if TYPE_CHECKING:
    from lapor.domain.complaint.state import ComplaintState


@dataclass(frozen=True, slots=True)
class Reporter:
    """Who reports (pelapor). Everything is optional: a receipt is enough to follow a complaint."""

    name: Line | None = None
    phone: Line | None = None
    email: Line | None = None
    national_id: Line | None = None
    address: Line | None = None

    @property
    def fields_given(self) -> tuple[str, ...]:
        """The names of what he said of himself."""
        return tuple(name for name in _OF_REPORTER if getattr(self, name) is not None)


_OF_REPORTER = tuple(each.name for each in fields(Reporter))


@dataclass(frozen=True, slots=True)
class Location:
    """Where it happened; ``village`` is an official code, ``cell`` the point rounded to 0.01° ("lat,lon")."""

    address: Line | None = None
    village: Slug | None = None
    lat: Annotated[Sealed, Number(-90, 90)] | None = None
    lon: Annotated[Sealed, Number(-180, 180)] | None = None
    cell: Annotated[str, Derived()] | None = None


@dataclass(frozen=True, slots=True)
class Part:
    """One of several matters that a complaint turned out to hold."""

    text: LongText
    title: Title
    kind: Kind | None = None
    category: Slug | None = None


@dataclass(frozen=True, slots=True)
class Draft:
    """An answer that waits for approval, and who wrote it."""

    author: str
    text: Sealed
    outcome: Outcome


@dataclass(frozen=True, slots=True)
class IdentityRequest:
    """That somebody asked to know an anonymous reporter: who, why, and the version of the event."""

    by: str
    reason_code: IdentityReason
    version: int


class ComplaintEvent(Event):
    """An event about a complaint: why (if somebody said so), and which clocks it starts and stops."""

    STAGE: ClassVar[Stage | None] = None
    """The stage that it brings the complaint to; None: the stage stays, or the event itself says which."""

    SILENT: ClassVar[bool] = False
    """Whether it changes nothing that anybody decides by: who has not seen it has seen the latest."""

    HANDLES: ClassVar[bool] = True
    """Whether an officer who causes it has had the complaint in hand, and may not judge of it later."""

    reason: Sealed | None
    starts: tuple[Clock, ...]
    stops: tuple[Stop, ...]

    @property
    def stage_after(self) -> Stage | None:
        """The stage that this event brings the complaint to; None: it stays."""
        stage: Stage | None = vars(self).get("stage")
        return stage or self.STAGE

    def apply(self, aggregate: ComplaintState) -> None:
        aggregate.turn_clocks(self.starts, self.stops, self.at)
        stage = self.stage_after
        if stage is not None:
            aggregate.enter(stage, self.at)
        self.change(aggregate)
        if self.HANDLES and self.role is not Role.REPORTER:
            aggregate.handlers.add(self.by)

    def change(self, complaint: ComplaintState) -> None:
        """Let the complaint remember what later verbs ask about."""
