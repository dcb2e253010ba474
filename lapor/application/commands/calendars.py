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
    """What can be done with the calendar, and seen of it. Its name is what all its ids begin with."""

    def __init__(self, application: LaporApplication, moving: DeadlineMoves) -> None:
        self._application = application
        self._moving = moving

    def all(self, caller: Caller) -> list[dict[str, Any]]:
        """Every calendar that a deadline may name, the one of now last; without their holidays."""
        actor_for(caller, SEE_RULES)
        rules = self._application.reference_data.rules
        known = sorted(rules.calendars.values(), key=lambda each: (each is rules.calendar, *_order(each.id)))
        views = [{**calendar_view(each), "current": each is rules.calendar} for each in known]
        return [{name: value for name, value in view.items() if name != "holidays"} for view in views]

    def view(self, named: str, caller: Caller) -> Result:
        """The calendar of now. Raises ``NotFoundError``."""
        actor_for(caller, SEE_RULES)
        self._check(named)
        rules = self._application.reference_data.rules
        versions = [each.version for each in rules.work_calendars.values()]
        return Result(
            calendar_view(rules.calendar), max(versions, default=0), self._application.reference_data.position
        )

    def history(self, named: str, caller: Caller, *, after: int, limit: int) -> tuple[list[Any], bool]:
        """The events that made it what it is. Raises ``NotFoundError``."""
        actor_for(caller, SEE_RULES)
        self._check(named)
        return history(self._application, self._stream, after=after, limit=limit)

    def decree(self, named: str, body: Mapping[str, Any], command: CommandRequest) -> Result:
        """Show which open deadlines new holidays would move; with that answer's ``confirm``, decree them.

        What is stored is the calendar; the deadlines follow it in the minutes after. Raises
        ``NotFoundError``, ``InvalidFieldError``, ``NotConfirmedError`` and what an append raises.
        """
        context = self._occasion(named, command)
        asked = plain_body(DECREEING, body)
        confirmed = body.get("confirm")
        if confirmed is None:
            return self._preview(context, asked, command.caller)

        def decide(it: WorkCalendar) -> None:
            it.decree_holidays(context, **asked)
            self._moving.check_confirmed(self._concerned(it), asked, confirmed)

        made = self._decided(context, command, decide)
        moves = int(confirmed.partition("-")[0])
        return replace(made, body={**made.body, "moves": moves})

    def _preview(self, context: CommandContext, asked: dict[str, Any], caller: Caller) -> Result:
        rules, stream = self._application.reference_data.rules, self._stream
        it = folded(self._application.log.read_stream(stream).rows) if stream else self._opened(context)
        it.decree_holidays(context, **asked)
        concerned, becomes = self._concerned(it), it.calendar
        timing = replace(context.timing, calendar=becomes, calendars={**rules.calendars, becomes.id: becomes})
        foreseen = self._moving.foresee(caller, concerned, timing)
        confirm = self._moving.confirmation(concerned, asked, foreseen.moves)
        return Result(
            preview(foreseen, confirm, concerned, rules.calendar.id),
            0,
            self._application.reference_data.position,
        )

    def add_year(self, body: Mapping[str, Any], command: CommandRequest) -> Result:
        """Let deadlines reach into one more year; they are provisional until it is confirmed."""
        context = self._occasion(None, command)
        asked = plain_body(ADDING_A_YEAR, body)
        return self._decided(context, command, lambda it: it.add_year(context, **asked))

    def confirm_year(self, named: str, body: Mapping[str, Any], command: CommandRequest) -> Result:
        """Say that a year's holidays are those of its decree. Raises ``NotFoundError``."""
        context = self._occasion(named, command)
        asked = plain_body(CONFIRMING_A_YEAR, body)
        return self._decided(context, command, lambda it: it.confirm_year(context, **asked))

    def _occasion(self, named: str | None, command: CommandRequest) -> CommandContext:
        actor = actor_for(command.caller, MANAGE_CALENDARS)
        if named is not None:
            self._check(named)
        return self._application.context(actor, command)

    def _decided(
        self, context: CommandContext, command: CommandRequest, decide: Callable[[WorkCalendar], None]
    ) -> Result:
        if self._stream is not None:
            return change(self._application, self._stream, _view, command, decide)
        it = self._opened(context)
        decide(it)
        return saved_first(self._application, it, _view, command, ("calendar", it.name))

    def _opened(self, context: CommandContext) -> WorkCalendar:
        shipped = self._application.reference_data.rules.calendar.id
        return WorkCalendar.open(context, stream=uuid4(), calendar=shipped)

    def _concerned(self, it: WorkCalendar) -> RuleChange:
        return self._application.reference_data.rules.calendar_change(it.calendar, it.decree, 0)

    @property
    def _stream(self) -> UUID | None:
        return next(iter(self._application.reference_data.rules.work_calendars), None)

    def _check(self, named: str) -> None:
        if named != name_of(self._application.reference_data.rules.calendar.id):
            raise NotFoundError("calendar")


def _view(it: WorkCalendar) -> dict[str, Any]:
    return calendar_view(it.calendar)


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
