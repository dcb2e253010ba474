"""Promises as values in events: one event starts a clock, another stops it, and both say so."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from lapor.domain.vocabulary import Step


@dataclass(frozen=True, slots=True)
class Clock:
    """A promised moment (janji). It starts at the instant of the event that carries it.

    ``agency`` made the promise; None stands for the coordinating office and the reporter. ``n`` counts the
    clocks of this step within the complaint, from 1; ``due_at`` is in UTC. ``provisional``: the calendar was
    not yet confirmed up to that day.
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
    """The end of a clock, with the agency's open minutes spent on it so far, pauses not counted."""

    step: Step
    n: int
    outcome: StopOutcome
    working_minutes: int
    agency: UUID | None = None


Wait = tuple[datetime, datetime]
"""A span in which nothing was owed: from the question to the answer."""


@dataclass(frozen=True, slots=True)
class Running:
    """A clock that has not ended, as an aggregate remembers it.

    A clock may carry on another one that was stopped as moved: ``origin`` is where the first of them
    began, ``before`` the agency's open minutes until ``since``, ``waits`` the pauses between them.
    """

    clock: Clock
    since: datetime
    origin: datetime
    before: int = 0
    waits: tuple[Wait, ...] = ()
    stopped_at: datetime | None = None

    def stopped(self, at: datetime, working_minutes: int) -> "Running":
        """Return the same clock, stopped to be carried on later."""
        return Running(self.clock, self.since, self.origin, working_minutes, self.waits, at)

    @classmethod
    def starting(cls, clock: Clock, at: datetime, moved: "Running | None") -> "Running":
        """Return a clock that starts now. A moved one's minutes count on if the agency is the same."""
        if moved is None:
            return cls(clock, at, at)
        minutes = moved.before if moved.clock.agency == clock.agency else 0
        waited = ((moved.stopped_at, at),) if moved.stopped_at and moved.stopped_at < at else ()
        return cls(clock, at, moved.origin, minutes, (*moved.waits, *waited))
