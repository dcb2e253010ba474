"""Agencies: which there are, and when they are open."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

from lapor.application.application import CommandRequest, LaporApplication
from lapor.application.commands.reference_streams import change, saved
from lapor.application.queries.reference_history import history
from lapor.application.result import Result
from lapor.domain.access import MANAGE_AGENCIES, SEE_AGENCIES, Caller, actor_for
from lapor.domain.agency import Agency
from lapor.domain.command_fields import fields_of
from lapor.domain.context import CommandContext
from lapor.domain.deadlines.working_time import Hours, Opening
from lapor.domain.errors import InvalidFieldError, NotFoundError
from lapor.store.event_log import SideWrites, UniqueName

REGISTERING = fields_of(Agency.register)
RENAMING = fields_of(Agency.rename)
SETTING_HOURS = fields_of(Agency.set_hours)
_AGENCY_CODE = "agency code"


class Agencies:
    """Commands and questions about agencies."""

    def __init__(self, application: LaporApplication) -> None:
        self._application = application

    def register(
        self, body: Mapping[str, Any], command: CommandRequest, hours: Hours | None = None
    ) -> Result:
        """Let an agency take part, by default with the regency's office hours.

        Raises ``TakenError`` for its code.
        """
        application, stream = self._application, uuid4()
        actor = actor_for(command.caller, MANAGE_AGENCIES)
        hours = hours or application.reference_data.office_hours
        fields = {name: value for name, value in body.items() if value is not None}
        agency = Agency.register(application.context(actor, command), stream=stream, hours=hours, **fields)
        unique_name = UniqueName(_AGENCY_CODE, agency.code.casefold(), stream)
        side_writes = SideWrites(command.request(command.caller.id), unique_names=[unique_name])
        return saved(application, agency, partial(agency_view, at=application.clock()), side_writes)

    def set_approval(self, named: str, body: Mapping[str, Any], command: CommandRequest) -> Result:
        """Require a second person's approval of its answers, or no longer. Raises ``NotFoundError``."""
        required = bool(body["required"])
        return self._change(
            named, command, lambda agency, context: agency.set_approval(context, required=required)
        )

    def all(self, caller: Caller) -> list[dict[str, Any]]:
        """Return every agency, by code, for any officer."""
        actor_for(caller, SEE_AGENCIES)
        agencies = self._application.reference_data.agencies.values()
        now = self._application.clock()
        return [agency_view(agency, now) for agency in sorted(agencies, key=lambda agency: agency.code)]

    def set_hours(self, named: str, body: Mapping[str, Any], command: CommandRequest) -> Result:
        """Set other opening hours from a day on; fields that are left out keep their latest value.

        Raises ``NotFoundError`` and ``InvalidFieldError``.
        """

        def decide(agency: Agency, context: CommandContext) -> None:
            agency.set_hours(context, hours=_hours(agency.timetable[-1][1], body), since=body["since"])

        return self._change(named, command, decide)

    def rename(self, named: str, body: Mapping[str, Any], command: CommandRequest) -> Result:
        """Change the name. Raises ``NotFoundError``."""
        return self._change(named, command, lambda agency, context: agency.rename(context, name=body["name"]))

    def close(self, named: str, command: CommandRequest) -> Result:
        """Take no more complaints. Raises ``NotFoundError`` and ``LimitReachedError``."""
        return self._change(named, command, lambda agency, context: agency.close(context))

    def history(self, named: str, caller: Caller, *, after: int, limit: int) -> tuple[list[Any], bool]:
        """Return the events of an agency. Raises ``NotFoundError``."""
        actor_for(caller, SEE_AGENCIES)
        return history(self._application, self._named(named).id, after=after, limit=limit)

    def _change(
        self, named: str, command: CommandRequest, decide: Callable[[Agency, CommandContext], None]
    ) -> Result:
        context = self._application.context(actor_for(command.caller, MANAGE_AGENCIES), command)
        view = partial(agency_view, at=context.at)
        return change(
            self._application, self._named(named).id, view, command, lambda agency: decide(agency, context)
        )

    def _named(self, named: str) -> Agency:
        agency = self._application.reference_data.agency(named)
        if agency is None:
            raise NotFoundError("agency")
        return agency

    @property
    def position(self) -> int:
        """The position up to which agencies and officers are known here."""
        return self._application.reference_data.position


def agency_view(agency: Agency, at: datetime) -> dict[str, Any]:
    """Return an agency as anybody may see it, with its hours at an instant and those set for later."""
    now = agency.hours_at(at)
    return {
        "id": agency.id,
        "code": agency.code,
        "name": agency.name,
        "owner_type": agency.owner_type,
        "two_persons": agency.two_persons,
        "closed": agency.closed,
        **hours_view(now),
        "later": [
            {"since": since, **hours_view(hours)}
            for since, hours in agency.timetable
            if since > at.astimezone(ZoneInfo(hours.zone)).date()
        ],
    }


def _hours(hours: Hours, body: Mapping[str, Any]) -> Hours:
    """Return the hours with a body's changes: a zone, a week, extra days. Raises ``InvalidFieldError``."""
    changes = {field: body[field] for field in ("zone", "week", "extra") if body.get(field) is not None}
    if "week" in changes:
        changes["week"] = tuple(tuple(day) if day else None for day in changes["week"])
    if "extra" in changes:
        changes["extra"] = tuple(Opening(**opening) for opening in changes["extra"])
    for field, value in changes.items():
        try:
            hours = replace(hours, **{field: value})
        except ValueError as error:
            raise InvalidFieldError(field, str(error)) from None
    return hours


def hours_view(hours: Hours) -> dict[str, Any]:
    return {
        "zone": hours.zone,
        "week": [[f"{at:%H:%M}" for at in day] if day else None for day in hours.week],
        "extra": [
            {"day": each.day, "opens": f"{each.opens:%H:%M}", "closes": f"{each.closes:%H:%M}"}
            for each in hours.extra
        ],
    }
