"""Promises as facts: a clock is started by one fact and stopped by another, and both say so."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from lapor.domain.terms import Step


@dataclass(frozen=True, slots=True)
class Clock:
    """A promised moment (janji). It starts at the instant of the fact that carries it.

    ``agency`` is who made the promise, or None for the coordinating office and the reporter; ``n``
    counts the clocks of this step within the complaint, from 1; ``due_at`` is in UTC. ``provisional``
    says that the calendar was not yet confirmed up to that day.
    """

    step: Step
    n: int
    due_at: datetime
    policy: str
    calendar: str
    agency: UUID | None = None
    provisional: bool = False


class StopOutcome(StrEnum):
    """How a clock ended: fulfilled (in time or late), no longer owed, or carried on by another clock."""

    MET = "met"
    VOID = "void"
    MOVED = "moved"


@dataclass(frozen=True, slots=True)
class Stop:
    """The end of a clock, with the agency's open minutes that passed since it started."""

    step: Step
    n: int
    outcome: StopOutcome
    working_minutes: int
    agency: UUID | None = None


@dataclass(slots=True)
class Running:
    """A clock that has started and not stopped, as an aggregate remembers it."""

    clock: Clock
    since: datetime
