"""Reference data: agencies, officers, the calendar and the policies.

Each process folds them from the log, and brings them up to date before every decision.
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
    """Agencies, officers and rules, as fresh as the last ``catch_up``. Officers' names stay sealed."""

    def __init__(self, office_hours: Hours) -> None:
        self.agencies: dict[UUID, Agency] = {}
        self.officers: dict[UUID, Officer] = {}
        self.rules = RulesInForce(office_hours.zone)
        self.last: RecordedEvent | None = None
        """The last event folded. An update begins after it; or at the start, if the log has another there."""
        self.office_hours = office_hours
        self.offices = Offices()
        self._codes: dict[str, UUID] = {}
        self._roles: dict[
            str, list[tuple[int, tuple[RoleAssignment, ...]]]
        ] = {}  # by officer: from a position on
        self._lock = Lock()

    @property
    def position(self) -> int:
        """The position up to which the log was folded."""
        return self.last.position if self.last else 0

    def catch_up(self, reference_update: ReferenceUpdate) -> None:
        """Fold later events; skip those already folded (two threads may bring the same).

        After a fail-over that lost events everything is folded again, or officers would remain that the log
        does not have.
        """
        with self._lock:
            if reference_update.from_start:
                self._replace(reference_update.rows)
            for row in reference_update.rows:
                if row.position > self.position:
                    self._fold(row)
                    self.last = row

    def _replace(self, rows: list[RecordedEvent]) -> None:
        """Fold these events and nothing else. Readers see the old data or the new, never a mixture."""
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
            return  # no decision needs it
        kinds: dict[str, dict[UUID, Any]] = {
            "agency": self.agencies,
            "officer": self.officers,
            "calendar": self.rules.work_calendars,
            "policy": self.rules.sla_policies,
            "retention_policy": self.rules.retention,
        }
        aggregates = kinds[of]
        aggregates[row.stream] = aggregate = event.mutate(aggregates.get(row.stream))
        if of == "agency":
            self._codes[aggregate.code.casefold()] = row.stream
        elif of == "officer":
            self._roles.setdefault(str(row.stream), []).append((row.position, aggregate.roles))
        elif of != "retention_policy":
            self.rules.note(event, aggregate, row.position)
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
        """Return the agency with this id or code; None: there is none."""
        stream = self._codes.get(named.casefold()) or _uuid(named)
        return self.agencies.get(stream) if stream else None

    def as_of(self, position: int, caller: Caller) -> Caller:
        """Return the caller with the roles that they had when the log ended at ``position``."""
        held = [roles for since, roles in self._roles.get(caller.id, ()) if since <= position]
        return replace(caller, roles=held[-1]) if held else caller

    def hours(self, agency: UUID | None, at: datetime) -> Hours:
        """Return an agency's opening hours at an instant; without an agency, the coordinating office's."""
        registered = self.agencies.get(agency) if agency else None
        return registered.hours_at(at) if registered else self.office_hours

    def timing(self, at: datetime) -> Timing:
        """Return the timing of a decision: policy and hours at its instant, and the current calendar."""
        rules = self.rules
        return Timing(
            rules.policy_at(at),
            rules.calendar,
            lambda agency: self.hours(agency, at),
            policies=rules.policies,
            calendars=rules.calendars,
        )

    def known(self, what: str, field: str, named: str) -> Agency:
        """Return the agency with this id or code. Raises ``InvalidFieldError``."""
        agency = self.agency(named)
        if agency is None:
            raise InvalidFieldError(field, f"There is no {what} '{named}'.")
        return agency

    def resolve(self, what: str, field: str, named: str) -> UUID:
        """Return the id of an agency that is to get work. Raises ``InvalidFieldError`` if it is closed."""
        agency = self.known(what, field, named)
        if agency.closed:
            raise InvalidFieldError(field, f"The {what} '{agency.code}' was closed; choose another.")
        return agency.id


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
