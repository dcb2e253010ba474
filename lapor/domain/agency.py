"""An agency (perangkat daerah, or a tenant of the Mal Pelayanan Publik) that answers complaints."""

from __future__ import annotations

from typing import Annotated, Self
from uuid import UUID

from lapor.domain.aggregate import Aggregate, Fact, Occasion
from lapor.domain.forms import Derived, Pattern, PublicName
from lapor.domain.terms import OwnerType
from lapor.domain.working_time import Hours

AgencyCode = Annotated[str, Pattern(r"[A-Za-z0-9][A-Za-z0-9-]{1,31}", "2 to 32 letters, digits and hyphens")]


class Registered(Fact):
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
        aggregate.hours = self.hours


class ApprovalSet(Fact):
    """Whether its answers need a second person's approval from now on (empat mata)."""

    TOPIC = "lapor.agency.approval_set"

    required: bool

    def apply(self, aggregate: Agency) -> None:
        aggregate.two_persons = self.required


class Agency(Aggregate):
    """Who can be made answerable. Code and name are public."""

    def begin(self) -> None:
        self.two_persons = False
        """Whether somebody else than its author has to approve an answer."""

    code: str
    name: str
    owner_type: OwnerType
    hours: Hours

    @classmethod
    def register(
        cls,
        occasion: Occasion,
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
            Registered, occasion, stream=stream, code=code, name=name, owner_type=owner_type, hours=hours
        )
        if two_persons:
            agency.set_approval(occasion, required=True)
        return agency

    def set_approval(self, occasion: Occasion, *, required: bool) -> None:
        """Ask for a second person's approval of each answer, or no longer."""
        if required is not self.two_persons:
            self.record(ApprovalSet, occasion, required=required)


Registered.FOUNDS = Agency
