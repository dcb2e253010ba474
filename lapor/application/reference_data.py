"""What there is beside complaints: agencies, officers, the calendar, the policies.

Folded in each process and brought up to date before every decision.
"""

from dataclasses import replace
from datetime import datetime
from threading import Lock
from typing import Any
from uuid import UUID

import structlog

from lapor.application.rules_in_force import RulesInForce
from lapor.domain.access import Caller, RoleAssignment
from lapor.domain.agency import Agency
from lapor.domain.context import Offices
from lapor.domain.deadlines.timing import Timing
from lapor.domain.deadlines.working_time import Hours
from lapor.domain.errors import InvalidFieldError
from lapor.domain.officer import Officer
from lapor.domain.vocabulary import Role
from lapor.store.event_log import RecordedEvent, ReferenceUpdate


class ReferenceData:
    """Who there is and what holds. It has sealed names only, and is as fresh as the last ``catch_up``."""

    def __init__(self, office_hours: Hours) -> None:
        self.agencies: dict[UUID, Agency] = {}
        self.officers: dict[UUID, Officer] = {}
        self.rules = RulesInForce(office_hours.zone)
        self.last: RecordedEvent | None = None
        """The last event it holds: what is new is told from there, all of it where the log has another."""
        self.office_hours = office_hours
        self.offices = Offices()
        self._codes: dict[str, UUID] = {}
        self._roles: dict[
            str, list[tuple[int, tuple[RoleAssignment, ...]]]
        ] = {}  # of each officer, since a position
        self._lock = Lock()

    @property
    def position(self) -> int:
        """Up to where in the log agencies and officers are known."""
        return self.last.position if self.last else 0

    def catch_up(self, reference_update: ReferenceUpdate) -> None:
        """Fold later events; those already known are passed over (two threads may bring the same).

        After a fail-over that lost events it would go on with officers whom the log does not know.
        """
        with self._lock:
            if reference_update.anew:
                self._be(reference_update.rows)
            for row in reference_update.rows:
                if row.position > self.position:
                    self._fold(row)
                    self.last = row

    def _be(self, rows: list[RecordedEvent]) -> None:
        """Know what these events say and nothing else; readers see the one or the other, whole."""
        fresh = ReferenceData(self.office_hours)
        fresh.catch_up(ReferenceUpdate(rows))
        structlog.get_logger("lapor.application").warning(
            "directory.folded_anew", held=self.position, holds=fresh.position
        )
        self.agencies, self.officers, self.offices = fresh.agencies, fresh.officers, fresh.offices
        self._codes, self._roles, self.last = fresh._codes, fresh._roles, fresh.last
        self.rules = fresh.rules

    def _fold(self, row: RecordedEvent) -> None:
        event, of = row.event(), row.topic.split(".")[1]
        if of == "export":
            return  # nothing that a decision asks
        kinds: dict[str, dict[UUID, Any]] = {
            "agency": self.agencies,
            "officer": self.officers,
            "calendar": self.rules.work_calendars,
            "policy": self.rules.sla_policies,
            "retention_policy": self.rules.retention,
        }
        known = kinds[of]
        known[row.stream] = it = event.mutate(known.get(row.stream))
        if of == "agency":
            self._codes[it.code.casefold()] = row.stream
        elif of == "officer":
            self._roles.setdefault(str(row.stream), []).append((row.position, it.roles))
        elif of != "retention_policy":
            self.rules.note(event, it, row.position)
        self.offices = Offices(
            frozenset(
                held.agency
                for officer in self.officers.values()
                for held in officer.roles
                if held.role is Role.INSPECTOR and held.agency
            ),
            frozenset(agency.id for agency in self.agencies.values() if agency.two_persons),
        )

    def agency(self, named: str) -> Agency | None:
        """The agency of this id or code."""
        stream = self._codes.get(named.casefold()) or _uuid(named)
        return self.agencies.get(stream) if stream else None

    def as_of(self, position: int, caller: Caller) -> Caller:
        """The caller with the roles that he held when the log ended at ``position``."""
        held = [roles for since, roles in self._roles.get(caller.id, ()) if since <= position]
        return replace(caller, roles=held[-1]) if held else caller

    def hours(self, agency: UUID | None, at: datetime) -> Hours:
        """An agency's opening hours at an instant, or the coordinating office's."""
        known = self.agencies.get(agency) if agency else None
        return known.hours_at(at) if known else self.office_hours

    def timing(self, at: datetime) -> Timing:
        """How a decision at an instant is timed: by the policy and hours of then, the calendar of now."""
        rules = self.rules
        return Timing(
            rules.policy_at(at),
            rules.calendar,
            lambda agency: self.hours(agency, at),
            policies=rules.policies,
            calendars=rules.calendars,
        )

    def known(self, what: str, field: str, named: str) -> Agency:
        """The agency of this id or code. Raises ``InvalidFieldError``."""
        found = self.agency(named)
        if found is None:
            raise InvalidFieldError(field, f"There is no {what} '{named}'.")
        return found

    def resolve(self, what: str, field: str, named: str) -> UUID:
        """The id of what a body names, to be given something to do. Raises ``InvalidFieldError``."""
        found = self.known(what, field, named)
        if found.closed:
            raise InvalidFieldError(field, f"The {what} '{found.code}' was closed; choose another.")
        return found.id


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
