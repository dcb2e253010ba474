"""What the service does by itself: many complaints at once, each at a moment that has come."""

import contextlib
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from uuid import UUID

from lapor.application.application import CommandRequest, KeylessApplication
from lapor.domain.access import Caller
from lapor.domain.aggregate import Event
from lapor.domain.complaint import Complaint, ScheduledAction
from lapor.domain.complaint.events import ComplaintEvent
from lapor.domain.context import Actor
from lapor.domain.errors import ConflictError
from lapor.domain.vocabulary import Channel, Role, Step
from lapor.logs import describe
from lapor.reactions.timers import Timer, Timers
from lapor.store.event_log import RecordedEvent, SideWrites

_UNASKED = CommandRequest(Caller())
_SYSTEM = Actor("system", Role.SYSTEM, Channel.SYSTEM)
_TRIES = 3  # people write at the same time, seldom about the same complaints


@dataclass
class PendingActions:
    """What is still to be done about some complaints, and for which of them that is not known, and why."""

    timers: list[Timer] = field(default_factory=list)
    failures: dict[UUID, str] = field(default_factory=dict)


@dataclass(frozen=True)
class FiredActions:
    """The complaints about which something was done, and those with which something is wrong, and what."""

    done: set[UUID]
    failures: dict[UUID, str]


@dataclass
class LoadedComplaint:
    """A complaint, and the positions of the events that started its clocks."""

    complaint: Complaint
    started: dict[tuple[Step, int], int]

    @classmethod
    def of(cls, rows: Sequence[RecordedEvent]) -> "LoadedComplaint":
        complaint, started = None, dict[tuple[Step, int], int]()
        for row in rows:
            event = row.event()
            complaint = event.mutate(complaint)
            if isinstance(event, ComplaintEvent):
                started |= {(clock.step, clock.n): row.position for clock in event.starts}
        assert isinstance(complaint, Complaint)  # noqa: S101 - whose first event is a filing
        return cls(complaint, started)


class ReminderService:
    """Reminders, escalation, the end by silence. What is wrong with one complaint stays its own trouble."""

    def __init__(self, application: KeylessApplication, timers: Timers) -> None:
        self._application = application
        self._timers = timers

    def due(self, limit: int) -> tuple[datetime, list[Timer]]:
        """What moment it is (UTC), and what is to be done by now about whatever is open, in order.

        Nobody is reminded at night: what came due while its agency was closed waits until that opens.
        """
        self._application.catch_up()
        context = self._application.context(_SYSTEM, _UNASKED)
        now, timing = context.at, context.timing
        agencies = [
            agency
            for agency in self._application.reference_data.agencies
            if timing.working_time(agency).is_open(now)
        ]
        office = timing.working_time(None).is_open(now)
        if not (agencies or office):
            return now, []
        return now, self._timers.due(now, agencies=agencies, office=office, limit=limit)

    def outlook(self, streams: Sequence[UUID]) -> PendingActions:
        """What is still to be done about these complaints."""
        timing, found = self._application.context(_SYSTEM, _UNASKED).timing, PendingActions()
        for stream, rows in self._application.log.streams(streams).items():
            try:
                marks = LoadedComplaint.of(rows).complaint.marks(timing)
            except Exception as error:  # noqa: BLE001 - whatever it is, the others go on
                found.failures[stream] = describe(error)
            else:
                found.timers += [Timer(stream, mark) for mark in marks]
        return found

    def reach(self, due: Sequence[Timer]) -> FiredActions:
        """Do what is to be done, in this order and in one transaction.

        Nothing is done where it has been done, or is no longer to be. Raises what an append raises:
        ``ConflictError`` only where people wrote about the same complaints thrice in a row.
        """
        for _ in range(_TRIES - 1):
            with contextlib.suppress(ConflictError):
                return self._reach(due)
        return self._reach(due)

    def _reach(self, due: Sequence[Timer]) -> FiredActions:
        rows = self._application.log.streams(list({timer.stream for timer in due}))
        known: dict[UUID, LoadedComplaint] = {}
        events: list[Event] = []
        failures: dict[UUID, str] = {}
        for stream, mark in due:
            try:
                if stream not in known:
                    known[stream] = LoadedComplaint.of(rows[stream])
                if stream not in failures:
                    events += self._one(known[stream], mark)
            except Exception as error:  # noqa: BLE001 - whatever it is, the others go on
                failures[stream] = describe(error)
        if events:
            self._application.append(events, SideWrites())
        return FiredActions({event.originator_id for event in events}, failures)

    def _one(self, loaded: LoadedComplaint, mark: ScheduledAction) -> Sequence[Event]:
        context = self._application.context(replace(_SYSTEM, id=f"{_SYSTEM.id}:{mark.reaction}"), _UNASKED)
        position = loaded.started.get((mark.step, mark.n))
        loaded.complaint.reach(replace(context, cause=str(position) if position else None), mark)
        return loaded.complaint.take_events()
