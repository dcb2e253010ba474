"""The circumstances of a decision: the actor, the instant, and how it is timed."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from lapor.domain.deadlines.policy import Timing
from lapor.domain.vocabulary import Channel, Role, Sealed


@dataclass(frozen=True)
class Actor:
    """Who acts, in which role and by which way: an officer's id, ``citizen``, or ``system:<reaction>``."""

    id: str
    role: Role
    channel: Channel = Channel.WEB
    agency: UUID | None = None


@dataclass(frozen=True)
class Offices:
    """What decisions ask about agencies: where inspectors are, and whose answers a second person approves."""

    inspectorates: frozenset[UUID] = frozenset()
    approving: frozenset[UUID] = frozenset()


@dataclass(frozen=True)
class CommandContext:
    """The circumstances of a decision: by whom, when (UTC), why, asked by which request, timed how."""

    by: Actor
    at: datetime
    timing: Timing
    cause: str | None = None
    reason: Sealed | None = None
    offices: Offices = Offices()
