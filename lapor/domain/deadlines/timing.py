"""Promises and their measurement: when a clock falls due, is carried on, moved, and how much time it took."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from uuid import UUID

from lapor.domain.deadlines.clock import Clock, Running, Stop, StopOutcome
from lapor.domain.deadlines.indonesia import CALENDARS
from lapor.domain.deadlines.policy import POLICIES, Policy, Rule
from lapor.domain.deadlines.working_time import (
    ONE_MINUTE,
    ONE_SECOND,
    Calendar,
    Due,
    Hours,
    Unit,
    WorkingTime,
    working_time,
)
from lapor.domain.errors import BeyondCalendarError, InvalidFieldError
from lapor.domain.vocabulary import OF_REPORTER, Kind, Step

WHOLE = 100
"""All of the promised time, in per cent."""


@dataclass(frozen=True)
class Timing:
    """A policy, a calendar and all opening hours: makes promises and measures them.

    ``hours`` gives the opening hours of an agency, or for None those of the coordinating office.
    ``policies`` and ``calendars`` are all those that an earlier promise may name, by their ids.
    """

    policy: Policy
    calendar: Calendar
    hours: Callable[[UUID | None], Hours]
    policies: Mapping[str, Policy] = field(default_factory=lambda: POLICIES)
    calendars: Mapping[str, Calendar] = field(default_factory=lambda: CALENDARS)

    def working_time(self, agency: UUID | None) -> WorkingTime:
        """Return the working time of an agency, or for None that of the coordinating office."""
        return working_time(self.calendar, self.hours(agency))

    def promise(
        self, step: Step, n: int, *, kind: Kind | None, agency: UUID | None, at: datetime
    ) -> Clock | None:
        """Return the clock that starts at ``at``; None: the policy sets no limit for it.

        Raises ``BeyondCalendarError`` if the calendar does not reach far enough.
        """
        rule = self.policy.rule(step, kind)
        if rule is None:
            return None
        due = self.working_time(agency).due(at, rule.limit, rule.unit)
        return Clock(step, n, due.at, self.policy.id, self.calendar.id, agency, due.provisional)

    def resume(self, moved: Running, n: int, *, kind: Kind | None, at: datetime) -> Clock:
        """Return the clock that carries on a stopped one: due later by the time that the wait took.

        A promise is never broken from the start: one that waited through its last seconds, or falls due
        outside the hours of the agency that it was handed to, is due a working day after the answer.
        """
        assert moved.stopped_at is not None, "only a stopped clock is resumed"  # noqa: S101
        clock, unit = moved.clock, self._unit(moved.clock, kind)
        worked = self.working_time(clock.agency)
        due = worked.push_back(self._by_calendar(moved, unit).at, moved.stopped_at, at, unit)
        if due.at <= at:
            due = worked.due(at, 1, unit)
        return self._due(clock, n, due)

    def extend(self, running: Running, n: int, *, kind: Kind | None, working_days: int) -> Clock:
        """Return the clock that carries on a running one, due so many working days later.

        Raises ``InvalidFieldError`` for more days than the policy gave in the first place.
        """
        clock = running.clock
        rule = self._policy(clock).rule(clock.step, kind)
        if rule is not None and rule.unit is Unit.WORKING_DAY and working_days > rule.limit:
            raise InvalidFieldError(
                "working_days",
                f"The limit was {rule.limit} working days; it can be extended by as many at most.",
            )
        due = self.working_time(clock.agency).due(clock.due_at, working_days, Unit.WORKING_DAY)
        return self._due(clock, n, due)

    def replan(self, running: Running, n: int, *, kind: Kind, at: datetime) -> Clock | None:
        """Return the clock for another kind, counted from the start of the first one, less the waits.

        It follows the policy by which the promise was made; None: that policy sets no limit for the kind. A
        promise is never broken from the start: if the new limit has passed already, it is counted from
        ``at``.
        """
        policy = self._policy(running.clock)
        rule = policy.rule(running.clock.step, kind)
        if rule is None:
            return None
        due = self._from_origin(running, rule)
        if due.at <= at:
            due = self.working_time(running.clock.agency).due(at, rule.limit, rule.unit)
        return self._due(running.clock, n, due)

    def by_calendar(self, running: Running, n: int, *, kind: Kind | None) -> Clock | None:
        """Return the clock by the current calendar, with as many working days as it had; None: it stays."""
        clock = running.clock
        due = self._by_calendar(running, self._unit(clock, kind))
        return None if due.at == clock.due_at else self._due(clock, n, due)

    def by_policy(self, running: Running, n: int, *, kind: Kind | None, at: datetime) -> Clock | None:
        """Return the clock by this policy, counted from the start of the first one; None: it stays.

        A promise is never broken from the start, and a reporter's time is never shortened.
        """
        clock = running.clock
        rule = self.policy.rule(clock.step, kind)
        if rule is None:
            return None
        due = self._from_origin(running, rule)
        if due.at == clock.due_at or due.at <= at or (due.at < clock.due_at and clock.step in OF_REPORTER):
            return None
        return replace(self._due(clock, n, due), policy=self.policy.id)

    def moment(self, running: Running, share: int, *, kind: Kind | None) -> datetime | None:
        """Return when ``share`` per cent of the promised time have passed, within opening hours (UTC).

        The time is that of the whole promise: it began with the first clock that this one carries on, and
        waits do not count. None: so much had passed before this clock began. A promise can be kept up to the
        instant at which it is due, so 100 per cent is the first open instant after that.
        """
        worked, clock = self.working_time(running.clock.agency), running.clock
        try:
            if share == WHOLE:
                return worked.opening(clock.due_at + ONE_SECOND)
            if self._unit(clock, kind) is Unit.CALENDAR_DAY:
                left = _left(share, running, lambda since, until: (until - since) // ONE_MINUTE)
                moment = running.since + left * ONE_MINUTE
            else:
                left = _left(share, running, worked.minutes_between)
                moment = worked.add_minutes(running.since, max(left, 0))
            return worked.opening(moment) if left > 0 else None
        except BeyondCalendarError:  # until a calendar covers the next open day, count elapsed time
            return running.origin + (clock.due_at - running.origin) * share / WHOLE

    def stop(self, running: Running, outcome: StopOutcome, at: datetime) -> Stop:
        """Return the end of a clock at an instant, with the open minutes spent on it."""
        clock = running.clock
        minutes = running.before + self.working_time(clock.agency).minutes_between(running.since, at)
        return Stop(clock.step, clock.n, outcome, minutes, clock.agency)

    def _due(self, clock: Clock, n: int, due: Due) -> Clock:
        """Return the same promise, due at another moment by the current calendar."""
        return replace(clock, n=n, due_at=due.at, calendar=self.calendar.id, provisional=due.provisional)

    def _policy(self, clock: Clock) -> Policy:
        return self.policies.get(clock.policy, self.policy)

    def _unit(self, clock: Clock, kind: Kind | None) -> Unit:
        rule = self._policy(clock).rule(clock.step, kind)
        return rule.unit if rule else Unit.WORKING_DAY

    def _by_calendar(self, running: Running, unit: Unit) -> Due:
        """Return when a clock falls due by the current calendar, which may have more holidays than its own.

        A calendar never brings a promise forward: a promise for a day that became a working day is still for
        that day.
        """
        clock = running.clock
        worked = self.working_time(clock.agency)
        before = working_time(self.calendars.get(clock.calendar, self.calendar), worked.hours)
        due = worked.instead_of(before, running.since, clock.due_at, unit)
        return due if due.at >= clock.due_at else Due(clock.due_at, clock.provisional, ())

    def _from_origin(self, running: Running, rule: Rule) -> Due:
        """Return when a rule's limit has passed since the first clock began, less the waits."""
        worked = self.working_time(running.clock.agency)
        due = worked.due(running.origin, rule.limit, rule.unit)
        for since, until in running.waits:
            due = worked.push_back(due.at, since, until, rule.unit)
        return due


def _left(share: int, running: Running, span: Callable[[datetime, datetime], int]) -> int:
    """Return the minutes from this clock's start until so many per cent of the whole promise have passed.

    ``span`` gives the minutes between two instants that count.
    """
    before = span(running.origin, running.since) - sum(span(*wait) for wait in running.waits)
    promised = before + span(running.since, running.clock.due_at)
    return -(-promised * share // WHOLE) - before
