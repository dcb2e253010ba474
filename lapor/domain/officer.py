"""An officer (petugas): a person with roles. Their name is sealed under the key of their account."""

from __future__ import annotations

from typing import Annotated, Self
from uuid import UUID

from lapor.domain.access import RoleAssignment
from lapor.domain.aggregate import Aggregate, Event
from lapor.domain.command_fields import AgencyRef, Derived, FileNumber, Line
from lapor.domain.context import CommandContext
from lapor.domain.errors import InvalidFieldError, LimitReachedError
from lapor.domain.vocabulary import ErasureBasis, Role, Sealed

OF_AN_AGENCY = frozenset({Role.LIAISON, Role.HEAD})


class OfficerAppointed(Event):
    """A person became an officer (pengangkatan)."""

    TOPIC = "lapor.officer.appointed"

    name: Sealed
    contact: Sealed | None

    def apply(self, aggregate: Officer) -> None:
        aggregate.name = self.name


class OfficerRoleGiven(Event):
    """An officer may act in a role from now on, for one agency or for none in particular (penugasan)."""

    TOPIC = "lapor.officer.role_given"

    given: Role  # ``role`` is the role of the officer who gave it
    agency: UUID | None

    def apply(self, aggregate: Officer) -> None:
        aggregate.roles = (*aggregate.roles, RoleAssignment(self.given, self.agency))


class OfficerDismissed(Event):
    """An officer was dismissed: they have no role, and their tokens are refused (pemberhentian)."""

    TOPIC = "lapor.officer.dismissed"

    def apply(self, aggregate: Officer) -> None:
        aggregate.roles, aggregate.dismissed = (), True


class OfficerDataErased(Event):
    """The account's key was destroyed: nobody can read the officer's name any more (data pribadi dihapus).

    Their id stays in the events that they caused.
    """

    TOPIC = "lapor.officer.personal_data_erased"

    basis: ErasureBasis
    reference: str | None

    def apply(self, aggregate: Officer) -> None:
        aggregate.erased = True


class Officer(Aggregate):
    """An account that acts for the government."""

    def begin(self) -> None:
        self.name = Sealed("")
        self.roles: tuple[RoleAssignment, ...] = ()
        self.dismissed = self.erased = False

    @classmethod
    def appoint(
        cls,
        context: CommandContext,
        *,
        stream: Annotated[UUID, Derived()],
        name: Line,
        role: Role,
        agency: AgencyRef | None = None,
        contact: Line | None = None,
    ) -> Self:
        """Make a person an officer in a first role."""
        officer = cls.found(OfficerAppointed, context, stream=stream, name=name, contact=contact)
        officer.give_role(context, role=role, agency=agency)
        return officer

    def give_role(self, context: CommandContext, *, role: Role, agency: AgencyRef | None = None) -> None:
        """Let the officer act in one more role."""
        if role is Role.REPORTER:
            raise InvalidFieldError(
                "role", "A reporter needs no appointment: they file, and keep their receipt."
            )
        if role is Role.SYSTEM:
            raise InvalidFieldError(
                "role", "Nobody is appointed as the system: it acts by itself. Choose another role."
            )
        if role in OF_AN_AGENCY and agency is None:
            raise InvalidFieldError("agency", f"Say for which agency: a {role} acts for one.")
        self.record(OfficerRoleGiven, context, given=role, agency=agency)

    def dismiss(self, context: CommandContext) -> None:
        """Dismiss the officer. Raises ``LimitReachedError`` if that was done already."""
        if self.dismissed:
            raise LimitReachedError("This officer was dismissed already.")
        self.record(OfficerDismissed, context)

    def erase(
        self, context: CommandContext, *, basis: ErasureBasis, reference: FileNumber | None = None
    ) -> None:
        """Erase the name and contact of a dismissed officer.

        Raises ``LimitReachedError`` if the officer has not been dismissed, or was erased already.
        """
        if not self.dismissed:
            raise LimitReachedError(
                "This officer has not been dismissed; an administrator dismisses them first."
            )
        if self.erased:
            raise LimitReachedError("The personal data of this officer were erased already.")
        self.record(OfficerDataErased, context, basis=basis, reference=reference)


OfficerAppointed.FOUNDS = Officer
