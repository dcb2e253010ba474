"""The calendar by which working days are counted, and the decrees that change it."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any
from uuid import UUID, uuid4

from lapor.application.application import CommandRequest, LaporApplication
from lapor.application.commands.deadline_moves import DeadlineMoves, preview
from lapor.application.commands.reference_streams import change, folded, saved_first
from lapor.application.queries.reference_history import history
from lapor.application.result import Result
from lapor.application.rules_in_force import RuleChange
from lapor.application.sealing import plain_body
from lapor.domain.access import MANAGE_CALENDARS, SEE_RULES, Caller, actor_for
from lapor.domain.command_fields import fields_of
from lapor.domain.context import CommandContext
from lapor.domain.deadlines.working_time import Calendar
from lapor.domain.errors import NotFoundError
from lapor.domain.versions import name_of, number_of
from lapor.domain.work_calendar import WorkCalendar

DECREEING = fields_of(WorkCalendar.decree_holidays)
ADDING_A_YEAR = fields_of(WorkCalendar.add_year)
CONFIRMING_A_YEAR = fields_of(WorkCalendar.confirm_year)


class Calendars:
    """Commands and questions about the calendar. All its ids begin with its name."""

    def __init__(self, application: LaporApplication, moving: DeadlineMoves) -> None:
        self._application = application
        self._moving = moving

    def all(self, caller: Caller) -> list[dict[str, Any]]:
        """Return every calendar that a deadline may name, the current one last; without their holidays."""
        actor_for(caller, SEE_RULES)
        rules = self._application.reference_data.rules
        current = rules.calendar
        calendars = sorted(rules.calendars.values(), key=lambda each: (each is current, *_order(each.id)))
        views = [{**calendar_view(each), "current": each is current} for each in calendars]
        return [{name: value for name, value in view.items() if name != "holidays"} for view in views]

    def view(self, named: str, caller: Caller) -> Result:
        """Return the current calendar. Raises ``NotFoundError``."""
        actor_for(caller, SEE_RULES)
        self._check(named)
        rules = self._application.reference_data.rules
        versions = [each.version for each in rules.work_calendars.values()]
        return Result(
            calendar_view(rules.calendar), max(versions, default=0), self._application.reference_data.position
        )

    def history(self, named: str, caller: Caller, *, after: int, limit: int) -> tuple[list[Any], bool]:
        """Return the calendar's events of versions above ``after``, and whether there are more.

        Raises ``NotFoundError``.
        """
        actor_for(caller, SEE_RULES)
        self._check(named)
        return history(self._application, self._stream, after=after, limit=limit)

    def decree(self, named: str, body: Mapping[str, Any], command: CommandRequest) -> Result:
        """Show which open deadlines new holidays would move; with that answer's ``confirm``, decree them.

        The calendar is stored; the deadlines follow it within minutes. Raises
        ``NotFoundError``, ``InvalidFieldError``, ``NotConfirmedError`` and what an append raises.
        """
        context = self._context(named, command)
        fields = plain_body(DECREEING, body)
        confirmed = body.get("confirm")
        if confirmed is None:
            return self._preview(context, fields, command.caller)

        def decide(work_calendar: WorkCalendar) -> None:
            work_calendar.decree_holidays(context, **fields)
            self._moving.check_confirmed(self._concerned(work_calendar), fields, confirmed)

        made = self._decided(context, command, decide)
        moves = int(confirmed.partition("-")[0])
        return replace(made, body={**made.body, "moves": moves})

    def _preview(self, context: CommandContext, fields: dict[str, Any], caller: Caller) -> Result:
        rules, stream = self._application.reference_data.rules, self._stream
        if stream is None:
            work_calendar = self._opened(context)
        else:
            work_calendar = folded(self._application.log.read_stream(stream).rows)
        work_calendar.decree_holidays(context, **fields)
        concerned, becomes = self._concerned(work_calendar), work_calendar.calendar
        timing = replace(context.timing, calendar=becomes, calendars={**rules.calendars, becomes.id: becomes})
        foreseen = self._moving.foresee(caller, concerned, timing)
        confirm = self._moving.confirmation(concerned, fields, foreseen.moves)
        return Result(
            preview(foreseen, confirm, concerned, rules.calendar.id),
            0,
            self._application.reference_data.position,
        )

    def add_year(self, body: Mapping[str, Any], command: CommandRequest) -> Result:
        """Add a year, so that deadlines can reach into it; they are provisional until it is confirmed."""
        context = self._context(None, command)
        fields = plain_body(ADDING_A_YEAR, body)
        return self._decided(
            context, command, lambda work_calendar: work_calendar.add_year(context, **fields)
        )

    def confirm_year(self, named: str, body: Mapping[str, Any], command: CommandRequest) -> Result:
        """Confirm that a year's holidays are those of its decree. Raises ``NotFoundError``."""
        context = self._context(named, command)
        fields = plain_body(CONFIRMING_A_YEAR, body)
        return self._decided(
            context, command, lambda work_calendar: work_calendar.confirm_year(context, **fields)
        )

    def _context(self, named: str | None, command: CommandRequest) -> CommandContext:
        actor = actor_for(command.caller, MANAGE_CALENDARS)
        if named is not None:
            self._check(named)
        return self._application.context(actor, command)

    def _decided(
        self, context: CommandContext, command: CommandRequest, decide: Callable[[WorkCalendar], None]
    ) -> Result:
        if self._stream is not None:
            return change(self._application, self._stream, _view, command, decide)
        work_calendar = self._opened(context)
        decide(work_calendar)
        return saved_first(self._application, work_calendar, _view, command, ("calendar", work_calendar.name))

    def _opened(self, context: CommandContext) -> WorkCalendar:
        shipped = self._application.reference_data.rules.calendar.id
        return WorkCalendar.open(context, stream=uuid4(), calendar=shipped)

    def _concerned(self, work_calendar: WorkCalendar) -> RuleChange:
        return self._application.reference_data.rules.calendar_change(
            work_calendar.calendar, work_calendar.decree, 0
        )

    @property
    def _stream(self) -> UUID | None:
        return next(iter(self._application.reference_data.rules.work_calendars), None)

    def _check(self, named: str) -> None:
        if named != name_of(self._application.reference_data.rules.calendar.id):
            raise NotFoundError("calendar")


def _view(work_calendar: WorkCalendar) -> dict[str, Any]:
    return calendar_view(work_calendar.calendar)


def calendar_view(calendar: Calendar) -> dict[str, Any]:
    return {
        "id": calendar.id,
        "name": name_of(calendar.id),
        "number": number_of(calendar.id),
        "basis": calendar.basis,
        "first": calendar.first,
        "confirmed_to": calendar.confirmed_to,
        "last": calendar.last,
        "provisional_years": calendar.provisional_years,
        "holidays": [{"day": day, "name": name} for day, name in calendar.holidays.items()],
    }


def _order(calendar: str) -> tuple[str, int]:
    return name_of(calendar), number_of(calendar)
