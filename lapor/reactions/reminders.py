"""Scheduled actions of complaints: which are due, and their execution for many complaints at once."""

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

_NO_REQUEST = CommandRequest(Caller())
_SYSTEM = Actor("system", Role.SYSTEM, Channel.SYSTEM)
_TRIES = 3  # people write at the same time, seldom about the same complaints


@dataclass
class PendingActions:
    """The timers of some complaints, and for complaints whose timers cannot be computed the reason."""

    timers: list[Timer] = field(default_factory=list)
    failures: dict[UUID, str] = field(default_factory=dict)


@dataclass(frozen=True)
class FiredActions:
    """The complaints on which actions were executed, and for failed complaints the reason."""

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
    """Reminders, escalation and closing by silence. A fault of one complaint does not stop the others."""

    def __init__(self, application: KeylessApplication, timers: Timers) -> None:
        self._application = application
        self._timers = timers

    def due(self, limit: int) -> tuple[datetime, list[Timer]]:
        """Return the time (UTC) and the due timers of the agencies that are open now, in order.

        Nobody is reminded at night: a timer that fell due while its agency was closed waits until it opens.
        """
        self._application.catch_up()
        context = self._application.context(_SYSTEM, _NO_REQUEST)
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

    def pending(self, streams: Sequence[UUID]) -> PendingActions:
        """Return the scheduled actions of these complaints."""
        timing, pending = self._application.context(_SYSTEM, _NO_REQUEST).timing, PendingActions()
        for stream, rows in self._application.log.streams(streams).items():
            try:
                actions = LoadedComplaint.of(rows).complaint.scheduled_actions(timing)
            except Exception as error:  # noqa: BLE001 - the other complaints go on after any fault
                pending.failures[stream] = describe(error)
            else:
                pending.timers += [Timer(stream, action) for action in actions]
        return pending

    def fire(self, due: Sequence[Timer]) -> FiredActions:
        """Execute due actions, in this order and in one transaction.

        An action that was executed before, or is no longer scheduled, is skipped. Raises the errors of an
        append; ``ConflictError`` only if other commands wrote to the same complaints thrice in a row.
        """
        for _ in range(_TRIES - 1):
            with contextlib.suppress(ConflictError):
                return self._fire(due)
        return self._fire(due)

    def _fire(self, due: Sequence[Timer]) -> FiredActions:
        rows = self._application.log.streams(list({timer.stream for timer in due}))
        loaded: dict[UUID, LoadedComplaint] = {}
        events: list[Event] = []
        failures: dict[UUID, str] = {}
        for stream, action in due:
            try:
                if stream not in loaded:
                    loaded[stream] = LoadedComplaint.of(rows[stream])
                if stream not in failures:
                    events += self._fire_one(loaded[stream], action)
            except Exception as error:  # noqa: BLE001 - the other complaints go on after any fault
                failures[stream] = describe(error)
        if events:
            self._application.append(events, SideWrites())
        return FiredActions({event.originator_id for event in events}, failures)

    def _fire_one(self, loaded: LoadedComplaint, action: ScheduledAction) -> Sequence[Event]:
        actor = replace(_SYSTEM, id=f"{_SYSTEM.id}:{action.reaction}")
        context = self._application.context(actor, _NO_REQUEST)
        position = loaded.started.get((action.step, action.n))
        loaded.complaint.reach(replace(context, cause=str(position) if position else None), action)
        return loaded.complaint.take_events()
