"""The check of roles: whether an officer had the role in which they acted, at that time."""

from uuid import UUID

from lapor.application.reference_data import ReferenceData
from lapor.domain.access import CITIZEN, Caller, RoleAssignment
from lapor.domain.aggregate import Event
from lapor.domain.officer import OF_AN_AGENCY
from lapor.domain.vocabulary import Channel, Role

_SYSTEM = "system"
_OPERATING = frozenset({Role.SYSTEM, Role.ADMINISTRATOR, Role.AUDITOR})
"""The roles in which the service acts, and an operator with the command line."""


def roles_at(reference_data: ReferenceData, by: str, position: int) -> tuple[RoleAssignment, ...]:
    """Return an officer's roles after the log's first ``position`` events; none for an unknown id."""
    return reference_data.as_of(position, Caller(by)).roles


def role_violation(
    reference_data: ReferenceData, event: Event, position: int, agencies: frozenset[UUID] | None = None
) -> str | None:
    """Return what is wrong with an event's role, in a sentence; None if the actor had it.

    ``agencies`` had a part in the complaint before or after the event, and an officer of an agency must act
    for one of them. None: the event is about no complaint.
    """
    role = event.role
    if event.by == CITIZEN:
        return None if role is Role.REPORTER else f"A citizen acted as {role}."
    if event.by.partition(":")[0] == _SYSTEM:
        allowed = role in _OPERATING or event.channel is Channel.IMPORT
        return None if allowed else f"The service acted as {role}."
    assignments = [item for item in roles_at(reference_data, event.by, position) if item.role is role]
    if not assignments:
        return f"This officer did not hold the role {role} then."
    agencies_of_role = {item.agency for item in assignments}
    if role in OF_AN_AGENCY and agencies is not None and not agencies & agencies_of_role:
        return f"This officer was {role} of no agency that had a part in the complaint."
    return None
