"""The open deadlines of a complaint. Events say which clocks they start and stop; no fold decides that."""

from collections.abc import Iterable
from datetime import datetime
from operator import attrgetter
from uuid import UUID

import msgspec

from lapor.domain.complaint.events import ComplaintEvent
from lapor.domain.vocabulary import Step


class OpenDeadline(msgspec.Struct, frozen=True):
    """A promise that is still open: the part of its clock that lists show."""

    step: Step
    n: int
    due_at: datetime
    agency: UUID | None = None
    provisional: bool = False


_urgency = attrgetter("due_at", "step", "n")


def running_after(running: tuple[OpenDeadline, ...], event: ComplaintEvent) -> tuple[OpenDeadline, ...]:
    """Return the open deadlines after an event, the earliest first.

    The same tuple is returned if the event starts and stops none.
    """
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
    """Return the promises that this agency made."""
    return tuple(due for due in running if due.agency == agency)
