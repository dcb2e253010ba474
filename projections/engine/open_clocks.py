"""The clocks that run, from what events start and stop: no projection knows which event ends which clock."""

from collections.abc import Iterable
from datetime import datetime
from operator import attrgetter
from uuid import UUID

import msgspec

from lapor.domain.complaint.events import ComplaintEvent
from lapor.domain.vocabulary import Step


class OpenDeadline(msgspec.Struct, frozen=True):
    """A promise that is still open: as much of its clock as a list shows."""

    step: Step
    n: int
    due_at: datetime
    agency: UUID | None = None
    provisional: bool = False


_urgency = attrgetter("due_at", "step", "n")


def turn(running: tuple[OpenDeadline, ...], event: ComplaintEvent) -> tuple[OpenDeadline, ...]:
    """What runs after an event, the earliest first."""
    if event.stops:
        ended = [(stop.step, stop.n) for stop in event.stops]
        running = tuple(due for due in running if (due.step, due.n) not in ended)
    if event.starts:
        started = {
            (c.step, c.n): OpenDeadline(c.step, c.n, c.due_at, c.agency, c.provisional) for c in event.starts
        }
        kept = [due for due in running if (due.step, due.n) not in started]
        running = tuple(sorted([*kept, *started.values()], key=_urgency))
    return running


def of_agency(running: Iterable[OpenDeadline], agency: UUID) -> tuple[OpenDeadline, ...]:
    """The promises that this agency made."""
    return tuple(due for due in running if due.agency == agency)
