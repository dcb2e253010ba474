"""The rules that deadlines follow: the calendar, the policies, and which promises their changes move.

The shipped rules are in force until an officer decides otherwise: a log without such decisions has one
calendar and one policy.
"""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from lapor.domain.aggregate import Event
from lapor.domain.deadlines.indonesia import CALENDARS, INDONESIA
from lapor.domain.deadlines.policy import POLICIES, SP4N_2018, Policy
from lapor.domain.deadlines.working_time import Calendar
from lapor.domain.retention_policy import RetentionPolicy, RetentionVersion
from lapor.domain.sla_policy import SlaPolicy, SlaPolicyAdopted, SlaPolicyApplied
from lapor.domain.versions import effective_from, in_force
from lapor.domain.vocabulary import MoveGround, Step
from lapor.domain.work_calendar import HolidaysDecreed, WorkCalendar


@dataclass(frozen=True)
class RuleChange:
    """A change that open promises follow: those that name one of these ``ids``, due on ``since`` or later.

    They follow ``to``, the current calendar or a policy that was applied. ``cause`` is the position of the
    event that decided it, ``basis`` the regulation. ``unmoved`` are policies' steps that no holiday moves.
    """

    ground: MoveGround
    ids: tuple[str, ...]
    to: str
    since: date | None
    basis: str
    cause: int
    unmoved: frozenset[tuple[str, Step]] = frozenset()


class RulesInForce:
    """The current calendar, the policy of any day, and all earlier ones that a promise may name."""

    def __init__(self, zone: str) -> None:
        self.work_calendars: dict[UUID, WorkCalendar] = {}
        self.sla_policies: dict[UUID, SlaPolicy] = {}
        self.retention: dict[UUID, RetentionPolicy] = {}
        """The policy of retention: one stream, once an officer has adopted it."""
        self.calendar: Calendar = INDONESIA
        self.calendars: dict[str, Calendar] = dict(CALENDARS)
        self.policies: dict[str, Policy] = dict(POLICIES)
        self._zone = ZoneInfo(zone)
        self._adopted: list[Policy] = [SP4N_2018]
        self._decreed = 0
        self._applied: tuple[str, str, int] | None = None

    def note(self, event: Event, aggregate: Any, position: int) -> None:
        """Take over an event about a calendar or a policy, and its aggregate after the event."""
        match event:
            case SlaPolicyAdopted():
                self.policies[aggregate.policy.id] = aggregate.policy
                self._adopted.append(aggregate.policy)
            case SlaPolicyApplied():
                self._applied = event.policy, event.basis, position
            case _:
                self.calendar = self.calendars[aggregate.calendar.id] = aggregate.calendar
                if isinstance(event, HolidaysDecreed):
                    self._decreed = position

    def local_day(self, at: datetime) -> date:
        """Return the day of an instant at the coordinating office."""
        return at.astimezone(self._zone).date()

    def policy_at(self, at: datetime) -> Policy:
        """Return the policy in force at an instant."""
        return in_force(self._adopted, self.local_day(at)) or SP4N_2018

    def in_order(self) -> list[Policy]:
        """Return every policy that was, is or will be in force, by the day from which it is."""
        return sorted(self._adopted, key=effective_from)

    @property
    def retention_policy(self) -> RetentionPolicy | None:
        """The policy of retention; None until one has been adopted."""
        return next(iter(self.retention.values()), None)

    def retention_at(self, at: datetime) -> RetentionVersion | None:
        """Return the version of the retention policy in force at an instant; None: nothing is due."""
        policy = self.retention_policy
        return policy.in_force(self.local_day(at)) if policy else None

    def changes(self) -> list[RuleChange]:
        """Return the changes that open promises follow: the latest decree, and the policy applied last."""
        changes = [
            self.calendar_change(self.calendar, calendar.decree, self._decreed)
            for calendar in self.work_calendars.values()
        ]
        if self._applied:
            changes.append(self.policy_change(*self._applied))
        return [change for change in changes if change.ids]

    def calendar_change(self, to: Calendar, basis: str, position: int) -> RuleChange:
        """Return the change by a calendar: of promises by those without one of its holidays, from then on.

        Steps that are counted in calendar days are excluded: most complaints have one, and it would be
        checked again and again.
        """
        new = {
            calendar.id: days[0] for calendar in self.calendars.values() if (days := to.new_since(calendar))
        }
        since = min(new.values(), default=None)
        unmoved = frozenset(
            (policy.id, step) for policy in self.policies.values() for step in Step if policy.in_dates(step)
        )
        return RuleChange(MoveGround.CALENDAR, tuple(new), to.id, since, basis, position, unmoved)

    def policy_change(self, policy: str, basis: str, position: int) -> RuleChange:
        """Return the change by applying a policy: of promises by the policies in force before it."""
        ids = [policy.id for policy in self.in_order()]
        return RuleChange(MoveGround.POLICY, tuple(ids[: ids.index(policy)]), policy, None, basis, position)
