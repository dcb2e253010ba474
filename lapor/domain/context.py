"""The circumstances of a decision: the actor, the instant, and how it is timed."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from lapor.domain.deadlines.timing import Timing
from lapor.domain.vocabulary import Channel, Role, Sealed


@dataclass(frozen=True)
class Actor:
    """The one who acts: an officer's id, ``citizen``, or ``system:<reaction>``, with role and channel."""

    id: str
    role: Role
    channel: Channel = Channel.WEB
    agency: UUID | None = None


@dataclass(frozen=True)
class Offices:
    """The agencies that decisions ask for: the inspectorates, and those with a second approver."""

    inspectorates: frozenset[UUID] = frozenset()
    approving: frozenset[UUID] = frozenset()


@dataclass(frozen=True)
class CommandContext:
    """The circumstances of a decision: the actor, the instant (UTC), the cause and reason, the timing."""

    by: Actor
    at: datetime
    timing: Timing
    cause: str | None = None
    reason: Sealed | None = None
    offices: Offices = Offices()
