"""Events that happen because time passes (reaksi): reminders, escalation, closing after silence.

These are no verbs of the workflow: nobody can ask for them. Each share of a promised time is recorded once
for each clock, so a second attempt finds nothing to do.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from lapor.domain.complaint.complaint_event import ComplaintEvent
from lapor.domain.complaint.lifecycle.closing import Closed
from lapor.domain.complaint.lifecycle.escalation import HIGHEST_LEVEL, Escalated
from lapor.domain.complaint.lifecycle.publication import hide
from lapor.domain.complaint.state import ComplaintState
from lapor.domain.context import CommandContext
from lapor.domain.deadlines.clock import Running
from lapor.domain.deadlines.timing import WHOLE, Timing
from lapor.domain.deadlines.working_time import Unit
from lapor.domain.vocabulary import (
    OF_REPORTER,
    Ground,
    Kind,
    Stage,
    Step,
)

_REMIND, _WARN, _TWICE = 50, 80, 2 * WHOLE
_SHARES = (_REMIND, _WARN, WHOLE, _TWICE)
_LEVELS = {Step.VERIFY: 1, Step.ACCEPT: 1, Step.FOLLOW_UP: 2, Step.RESOLVE: 2, Step.LEGAL_LIMIT: 3}
"""To which level an agency's broken promise goes; at twice its time it goes one higher."""
_REMINDERS = {Step.REPORTER_REPLY: 0, Step.REPORTER_COMPLETION: 2}
"""How many reminders the reporter must have had before silence counts as an answer."""


class Reminded(ComplaintEvent):
    """So much of a promised time has passed, and those concerned are told (pengingat).

    ``step`` and ``n`` name the clock, ``agency`` made the promise (None: the coordinating office's, or the
    reporter's own time), ``share`` the per cent that have passed: from 100 on the promise is broken.
    """

    TOPIC = "lapor.complaint.reminded"
    COUNTS_AS_HANDLING = False

    step: Step
    n: int
    share: int
    agency: UUID | None

    def change(self, complaint: ComplaintState) -> None:
        complaint.promises.reached.add((self.step, self.n, self.share))
        if self.step in OF_REPORTER:
            complaint.promises.reporter_reminded[self.step] = (
                *complaint.promises.reporter_reminded.get(self.step, ()),
                self.at,
            )


class DeemedWithdrawn(ComplaintEvent):
    """The reporter did not give what was missing, though reminded (dianggap dicabut).

    An oversight complaint goes on without the reporter: ``stage`` says where.
    """

    TOPIC = "lapor.complaint.deemed_withdrawn"
    COUNTS_AS_HANDLING = False

    stage: Stage


@dataclass(frozen=True, slots=True)
class ScheduledAction:
    """A moment (UTC) at which something is to be done unless the clock (``step``, ``n``) stops before.

    ``share``: how many per cent of the promised time have passed then. ``agency``: in whose hours it is
    done; None: in those of the coordinating office.
    """

    step: Step
    n: int
    share: int
    agency: UUID | None
    at: datetime

    @property
    def reaction(self) -> str:
        """The name under which it is done."""
        if self.share < WHOLE:
            return "remind" if self.share < _WARN else "warn"
        return "close" if self.step in OF_REPORTER else "escalate"


class Reminders(ComplaintState):
    """Decisions that the service makes by itself."""

    def scheduled_actions(self, timing: Timing) -> list[ScheduledAction]:
        """Return the actions that the running clocks still call for, the earliest first."""
        running_clocks = self.promises.running.values()
        actions = [
            action for running in running_clocks for action in self._scheduled_actions(running, timing)
        ]
        return sorted(actions, key=lambda action: (action.at, action.share))

    def _scheduled_actions(self, running: Running, timing: Timing) -> Iterator[ScheduledAction]:
        clock = running.clock
        for share in _SHARES:
            ends = share >= WHOLE and clock.step in OF_REPORTER
            if (clock.step, clock.n, share) in self.promises.reached or (ends and share > WHOLE):
                continue
            at = timing.moment(running, share, kind=self.kind)
            if at is not None and ends:
                at = self._silence_ends(at, clock.step, timing)
            if at is not None:
                yield ScheduledAction(clock.step, clock.n, share, clock.agency, at)

    def _silence_ends(self, at: datetime, step: Step, timing: Timing) -> datetime | None:
        """Return when silence counts as an answer; None: not as things are now.

        Not before a working day has passed since the last reminder: after an outage all may be sent at once.
        A reporter who has objected to an answer has not been silent about it.
        """
        told = self.promises.reporter_reminded.get(step, ())
        objected = self.objection_open and step is Step.REPORTER_REPLY
        if objected or len(told) < _REMINDERS[step]:
            return None
        worked = timing.working_time(None)
        return max(at, worked.opening(worked.due(told[-1], 1, Unit.WORKING_DAY).at)) if told else at

    def reach(self, context: CommandContext, action: ScheduledAction) -> None:
        """Carry out an action; do nothing if it was carried out, is not due yet, or no longer applies."""
        now = replace(context, at=max(context.at, self.modified_on))
        running = self.promises.running.get((action.step, action.n))
        still = self._scheduled_actions(running, now.timing) if running else ()
        if not any(each.share == action.share and each.at <= now.at for each in still):
            return
        if action.share < WHOLE or action.step not in OF_REPORTER:
            self._remind(now, action)
        elif action.step is Step.REPORTER_REPLY:
            self.record(Closed, now, ground=Ground.SILENCE, stops=self.promises.void(now))
        else:
            self._deem_withdrawn(now)

    def _remind(self, context: CommandContext, action: ScheduledAction) -> None:
        self.record(Reminded, context, step=action.step, n=action.n, share=action.share, agency=action.agency)
        if action.share >= WHOLE:
            level = _level(action)
            if level > self.level:
                self.record(Escalated, context, level=level)

    def _deem_withdrawn(self, context: CommandContext) -> None:
        if self.kind is Kind.OVERSIGHT:
            stage, stops = self.returns_to, self.promises.void(context, Step.REPORTER_COMPLETION)
            starts = self.promises.resume(context, self.kind)
        else:
            stage, stops, starts = Stage.WITHDRAWN, self.promises.void(context), ()
        self.record(DeemedWithdrawn, context, stage=stage, stops=stops, starts=starts)
        if stage is Stage.WITHDRAWN:
            hide(self, context)


def _level(action: ScheduledAction) -> int:
    """How high a broken promise goes. Above the coordinating office there is nobody but the top."""
    twice = action.share >= _TWICE
    if action.agency is None and action.step is not Step.LEGAL_LIMIT:
        return HIGHEST_LEVEL if twice else 1
    return min(_LEVELS[action.step] + twice, HIGHEST_LEVEL)
