"""An agency (perangkat daerah, or a tenant of the Mal Pelayanan Publik) that answers complaints."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Self
from uuid import UUID
from zoneinfo import ZoneInfo

from lapor.domain.aggregate import Aggregate, Event
from lapor.domain.command_fields import Derived, Pattern, PublicName
from lapor.domain.context import CommandContext
from lapor.domain.deadlines.working_time import Hours
from lapor.domain.errors import LimitReachedError
from lapor.domain.vocabulary import OwnerType

AgencyCode = Annotated[str, Pattern(r"[A-Za-z0-9][A-Za-z0-9-]{1,31}", "2 to 32 letters, digits and hyphens")]


class AgencyRegistered(Event):
    """An agency began to take part, with its opening hours (terdaftar)."""

    TOPIC = "lapor.agency.registered"

    code: str
    name: str
    owner_type: OwnerType
    hours: Hours

    def apply(self, aggregate: Agency) -> None:
        aggregate.code = self.code
        aggregate.name = self.name
        aggregate.owner_type = self.owner_type
        aggregate.timetable = ((date.min, self.hours),)


class AgencyHoursSet(Event):
    """An agency has other opening hours from a local date on (jam buka ditetapkan)."""

    TOPIC = "lapor.agency.hours_set"

    hours: Hours
    since: date

    def apply(self, aggregate: Agency) -> None:
        others = (entry for entry in aggregate.timetable if entry[0] != self.since)
        aggregate.timetable = tuple(sorted((*others, (self.since, self.hours)), key=lambda entry: entry[0]))


class AgencyRenamed(Event):
    """An agency has another name (berganti nama); its code stays."""

    TOPIC = "lapor.agency.renamed"

    name: str

    def apply(self, aggregate: Agency) -> None:
        aggregate.name = self.name


class AgencyClosed(Event):
    """An agency takes no more complaints (berhenti). It keeps those that it has until they are rerouted."""

    TOPIC = "lapor.agency.closed"

    def apply(self, aggregate: Agency) -> None:
        aggregate.closed = True


class AgencyApprovalSet(Event):
    """An agency's answers need a second person's approval from now on, or no longer (empat mata)."""

    TOPIC = "lapor.agency.approval_set"

    required: bool

    def apply(self, aggregate: Agency) -> None:
        aggregate.two_persons = self.required


class Agency(Aggregate):
    """An organisation that complaints are routed to. Its code and name are public."""

    code: str
    name: str
    owner_type: OwnerType
    timetable: tuple[tuple[date, Hours], ...]
    """Opening hours, each from its local date on."""

    def begin(self) -> None:
        self.two_persons = False
        """Whether an answer needs the approval of a person other than its author."""
        self.closed = False

    def hours_at(self, at: datetime) -> Hours:
        """Return the opening hours at an instant."""
        begun = (
            hours for since, hours in self.timetable if at.astimezone(ZoneInfo(hours.zone)).date() >= since
        )
        return tuple(begun)[-1]

    @classmethod
    def register(
        cls,
        context: CommandContext,
        *,
        stream: Annotated[UUID, Derived()],
        hours: Annotated[Hours, Derived()],
        code: AgencyCode,
        name: PublicName,
        owner_type: OwnerType = OwnerType.GOVERNMENT,
        two_persons: bool = False,
    ) -> Self:
        """Let an agency take part."""
        agency = cls.found(
            AgencyRegistered,
            context,
            stream=stream,
            code=code,
            name=name,
            owner_type=owner_type,
            hours=hours,
        )
        if two_persons:
            agency.set_approval(context, required=True)
        return agency

    def set_approval(self, context: CommandContext, *, required: bool) -> None:
        """Require a second person's approval of each answer, or no longer."""
        if required is not self.two_persons:
            self.record(AgencyApprovalSet, context, required=required)

    def set_hours(self, context: CommandContext, *, hours: Annotated[Hours, Derived()], since: date) -> None:
        """Set other opening hours from a local date on. Promises made before stay as they were made."""
        self.record(AgencyHoursSet, context, hours=hours, since=since)

    def rename(self, context: CommandContext, *, name: PublicName) -> None:
        """Change the name; the code stays."""
        self.record(AgencyRenamed, context, name=name)

    def close(self, context: CommandContext) -> None:
        """Take no more complaints. Raises ``LimitReachedError`` if the agency is closed already."""
        if self.closed:
            raise LimitReachedError("This agency is closed already.")
        self.record(AgencyClosed, context)


AgencyRegistered.FOUNDS = Agency
