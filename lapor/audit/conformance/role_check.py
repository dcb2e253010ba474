"""Whether somebody held the role in which he acted, when he did."""

from uuid import UUID

from lapor.application.reference_data import ReferenceData
from lapor.domain.access import CITIZEN, Caller, RoleAssignment
from lapor.domain.aggregate import Event
from lapor.domain.officer import OF_AN_AGENCY
from lapor.domain.vocabulary import Channel, Role

_SYSTEM = "system"
_OPERATING = frozenset({Role.SYSTEM, Role.ADMINISTRATOR, Role.AUDITOR})
"""In which roles the service acts, and whoever runs commands beside the database."""


def held_at(reference_data: ReferenceData, by: str, position: int) -> tuple[RoleAssignment, ...]:
    """The roles of an officer as the log's first ``position`` events give them; none of whom there is not."""
    return reference_data.as_of(position, Caller(by)).roles


def presumed(
    reference_data: ReferenceData, event: Event, position: int, agencies: frozenset[UUID] | None = None
) -> str | None:
    """What is wrong with the role in which somebody acted; None: nothing.

    ``agencies`` had a part in the complaint before or after the event: who acts for an agency acts for one of
    them. None: it is about no complaint.
    """
    role = event.role
    if event.by == CITIZEN:
        return None if role is Role.REPORTER else f"A citizen acted as {role}."
    if event.by.partition(":")[0] == _SYSTEM:
        allowed = role in _OPERATING or event.channel is Channel.IMPORT
        return None if allowed else f"The service acted as {role}."
    held = [each for each in held_at(reference_data, event.by, position) if each.role is role]
    if not held:
        return f"This officer did not hold the role {role} then."
    if role in OF_AN_AGENCY and agencies is not None and not any(each.agency in agencies for each in held):
        return f"This officer was {role} of no agency that had a part in the complaint."
    return None
