"""A stream of the log for a file: its events in clear, and the changes of its attributes."""

from dataclasses import dataclass, field
from typing import Any, NamedTuple
from uuid import UUID

from lapor.domain.access import RoleAssignment
from lapor.domain.agency import Agency
from lapor.domain.complaint import Complaint
from lapor.domain.officer import Officer

Scalar = str | int | float | bool


class ExportedEvent(NamedTuple):
    """One event for a file. ``data`` is JSON: all fields that are in clear, with ``at`` (RFC 3339).

    ``position`` is None if it would reveal an instant that may not be known.
    """

    position: int | None
    version: int
    topic: str
    data: dict[str, Any]

    @property
    def activity(self) -> str:
        """The topic without Lapor's own name: ``complaint.routed``."""
        return self.topic.partition(".")[2]


class AttributeChange(NamedTuple):
    """The new value of an attribute, and its event's instant and version; version 1 is the initial value."""

    name: str
    value: Scalar
    at: str
    version: int


@dataclass(slots=True)
class ExportedStream:
    """A stream (a complaint, an agency, an officer …): its selected events, and the changes of attributes."""

    stream: UUID
    sort: str
    events: list[ExportedEvent] = field(default_factory=list)
    changes: list[AttributeChange] = field(default_factory=list)
    identity: dict[str, str] = field(default_factory=dict)
    """Names and contact data, opened; empty if they were not requested."""

    @property
    def last(self) -> dict[str, Scalar]:
        """The attributes after the last event."""
        return {change.name: change.value for change in self.changes}


def attributes(aggregate: object) -> dict[str, Scalar | None]:
    """Return the attributes of an aggregate that may change and whose changes a file shows."""
    match aggregate:
        case Complaint():
            return {
                "code": aggregate.code,
                "stage": aggregate.stage.value,
                "kind": aggregate.kind.value if aggregate.kind else None,
                "category": aggregate.category,
                "privacy": aggregate.privacy.value,
                "lead": str(aggregate.lead) if aggregate.lead else None,
                "level": aggregate.level,
            }
        case Agency():
            return {
                "code": aggregate.code,
                "name": aggregate.name,
                "owner_type": aggregate.owner_type.value,
                "two_persons": aggregate.two_persons,
                "closed": aggregate.closed,
            }
        case Officer():
            return {"roles": ", ".join(map(_role, aggregate.roles)) or None}
    return {}


def _role(held: RoleAssignment) -> str:
    return f"{held.role.value} {held.agency}" if held.agency else held.role.value
