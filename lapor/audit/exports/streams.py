"""A stream of the log as a file can tell it: its events in clear, and how the thing changed by them."""

from dataclasses import dataclass, field
from typing import Any, NamedTuple
from uuid import UUID

from lapor.domain.access import RoleAssignment
from lapor.domain.agency import Agency
from lapor.domain.complaint import Complaint
from lapor.domain.officer import Officer

Scalar = str | int | float | bool


class ExportedEvent(NamedTuple):
    """One event as a file tells it. ``said`` is JSON: all that is in clear, ``at`` (RFC 3339) among it.

    ``position`` is None where it would tell a moment that may not be known.
    """

    position: int | None
    version: int
    topic: str
    said: dict[str, Any]

    @property
    def activity(self) -> str:
        """The topic without our own name: ``complaint.routed``."""
        return self.topic.partition(".")[2]


class AttributeChange(NamedTuple):
    """What an attribute became at an instant, by an event; of ``version`` 1: it was so from the start."""

    name: str
    value: Scalar
    at: str
    version: int


@dataclass(slots=True)
class ExportedStream:
    """A stream: a complaint, an agency, an officer …; its events that are wanted, and how it changed."""

    stream: UUID
    sort: str
    told: list[ExportedEvent] = field(default_factory=list)
    changes: list[AttributeChange] = field(default_factory=list)
    identity: dict[str, str] = field(default_factory=dict)
    """Names and the like, opened; empty where they were not asked for."""

    @property
    def last(self) -> dict[str, Scalar]:
        """Its attributes as they are after the last event."""
        return {change.name: change.value for change in self.changes}


def attributes(it: object) -> dict[str, Scalar | None]:
    """What describes a thing, as far as it may change: a file says how it did."""
    match it:
        case Complaint():
            return {
                "code": it.code,
                "stage": it.stage.value,
                "kind": it.kind.value if it.kind else None,
                "category": it.category,
                "privacy": it.privacy.value,
                "lead": str(it.lead) if it.lead else None,
                "level": it.level,
            }
        case Agency():
            return {
                "code": it.code,
                "name": it.name,
                "owner_type": it.owner_type.value,
                "two_persons": it.two_persons,
                "closed": it.closed,
            }
        case Officer():
            return {"roles": ", ".join(map(_role, it.roles)) or None}
    return {}


def _role(held: RoleAssignment) -> str:
    return f"{held.role.value} {held.agency}" if held.agency else held.role.value
