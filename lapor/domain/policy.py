"""How long each step may take, as rows of data, and the reckoning of deadlines from them.

The rows are those of the SP4N practice since PermenPANRB 62/2018, which agencies still print; the
legal limit is Perpres 76/2013 ("60 days", not working days). The agency's clocks start when the
complaint is routed to it: verification is the check of completeness (UU 25/2009), and a promise
that began earlier could be born broken by somebody else's delay.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from lapor.domain.clocks import Clock, Running, Stop, StopOutcome
from lapor.domain.errors import InvalidFieldError
from lapor.domain.terms import Kind, Step
from lapor.domain.working_time import Calendar, Hours, Unit, WorkingTime, working_time


@dataclass(frozen=True)
class Rule:
    """One row: ``step`` takes at most ``limit`` of ``unit`` for these kinds (None: for all)."""

    step: Step
    limit: int
    unit: Unit
    kinds: frozenset[Kind] | None
    source: str


@dataclass(frozen=True)
class Policy:
    """A named set of rules (kebijakan batas waktu)."""

    id: str
    rules: tuple[Rule, ...]

    def rule(self, step: Step, kind: Kind | None) -> Rule | None:
        """The row for this step and kind; None where the policy sets no limit."""
        fits = (
            rule for rule in self.rules if rule.step is step and (rule.kinds is None or kind in rule.kinds)
        )
        return next(fits, None)


def _row(step: Step, limit: int, unit: Unit, source: str, *kinds: Kind) -> Rule:
    return Rule(step, limit, unit, frozenset(kinds) or None, source)


_SP4N, _DAY = "SP4N-LAPOR! practice after PermenPANRB 62/2018", Unit.WORKING_DAY

SP4N_2018 = Policy(
    id="sp4n-2018/1",
    rules=(
        _row(Step.VERIFY, 3, _DAY, _SP4N),
        _row(Step.ACCEPT, 1, _DAY, "Lapor: an agency says within a day whether it is competent"),
        _row(Step.FOLLOW_UP, 5, _DAY, _SP4N),
        _row(Step.RESOLVE, 5, _DAY, _SP4N, Kind.INFORMATION_REQUEST),
        _row(Step.RESOLVE, 14, _DAY, _SP4N, Kind.COMPLAINT, Kind.ASPIRATION),
        _row(Step.RESOLVE, 60, _DAY, _SP4N, Kind.OVERSIGHT),
        _row(Step.LEGAL_LIMIT, 60, Unit.CALENDAR_DAY, "Perpres 76/2013", Kind.COMPLAINT, Kind.OVERSIGHT),
        _row(Step.REPORTER_REPLY, 10, _DAY, _SP4N),
        _row(Step.REPORTER_COMPLETION, 30, Unit.CALENDAR_DAY, "UU 25/2009 Ps 44"),
    ),
)
NO_LIMITS = Policy(id="none/1", rules=())
"""For pasts in which nobody was promised a moment: it starts no clock."""
POLICIES = {policy.id: policy for policy in (SP4N_2018, NO_LIMITS)}


@dataclass(frozen=True)
class Timing:
    """A policy, a calendar and everybody's hours: makes promises and measures them.

    ``hours`` gives the opening hours of an agency, or for None those of the coordinating office.
    """

    policy: Policy
    calendar: Calendar
    hours: Callable[[UUID | None], Hours]

    def working_time(self, agency: UUID | None) -> WorkingTime:
        return working_time(self.calendar, self.hours(agency))

    def promise(
        self, step: Step, n: int, *, kind: Kind | None, agency: UUID | None, at: datetime
    ) -> Clock | None:
        """The clock that starts at ``at``; None where the policy sets no limit for it.

        Raises ``BeyondCalendarError`` where the calendar does not reach far enough.
        """
        rule = self.policy.rule(step, kind)
        if rule is None:
            return None
        due = self.working_time(agency).due(at, rule.limit, rule.unit)
        return Clock(step, n, due.at, self.policy.id, self.calendar.id, agency, due.provisional)

    def resume(self, moved: Running, n: int, *, kind: Kind | None, at: datetime) -> Clock:
        """The clock that carries on one which waited: due later by the time that the wait took.

        A promise is never born broken: one that waited through its last seconds, or whose moment is
        outside the hours of the agency that it was handed to, is due a working day after the answer.
        """
        assert moved.stopped_at is not None, "only a stopped clock is resumed"  # noqa: S101
        clock = moved.clock
        rule = self.policy.rule(clock.step, kind)
        unit = rule.unit if rule else Unit.WORKING_DAY
        worked = self.working_time(clock.agency)
        due = worked.push_back(clock.due_at, moved.stopped_at, at, unit)
        if due.at <= at:
            due = worked.due(at, 1, unit)
        return replace(clock, n=n, due_at=due.at, provisional=due.provisional)

    def extend(self, running: Running, n: int, *, kind: Kind | None, working_days: int) -> Clock:
        """The clock that carries on a running one, due so many working days later.

        Raises ``InvalidFieldError`` for more days than the policy gave in the first place.
        """
        clock = running.clock
        rule = self.policy.rule(clock.step, kind)
        if rule is not None and rule.unit is Unit.WORKING_DAY and working_days > rule.limit:
            raise InvalidFieldError(
                "working_days",
                f"It was to take {rule.limit} working days; it can be put off by that at most.",
            )
        due = self.working_time(clock.agency).due(clock.due_at, working_days, Unit.WORKING_DAY)
        return replace(clock, n=n, due_at=due.at, provisional=due.provisional)

    def replan(self, running: Running, n: int, *, kind: Kind, at: datetime) -> Clock | None:
        """The clock for another kind, counted from where the first one began, less what nobody was owed.

        None where the policy sets no limit for that kind. A promise is never born broken: where the new
        limit has passed already, it is counted from ``at``.
        """
        step, agency = running.clock.step, running.clock.agency
        rule = self.policy.rule(step, kind)
        if rule is None:
            return None
        worked = self.working_time(agency)
        due = worked.due(running.origin, rule.limit, rule.unit)
        for since, until in running.waits:
            due = worked.push_back(due.at, since, until, rule.unit)
        if due.at <= at:
            due = worked.due(at, rule.limit, rule.unit)
        return Clock(step, n, due.at, self.policy.id, self.calendar.id, agency, due.provisional)

    def stop(self, running: Running, outcome: StopOutcome, at: datetime) -> Stop:
        clock = running.clock
        minutes = running.before + self.working_time(clock.agency).minutes_between(running.since, at)
        return Stop(clock.step, clock.n, outcome, minutes, clock.agency)
