"""The work calendar (kalender kerja) as it changes: holidays decreed late, the next year, its confirmation.

It begins as one of the calendars that Lapor ships with (``lapor.domain.deadlines.indonesia``). Each change
gives it a new id, such as ``id-2026/2``, which names the changed dates for ever.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Annotated, Self
from uuid import UUID

from lapor.domain.aggregate import Aggregate, Event
from lapor.domain.command_fields import Many, Number, PublicName
from lapor.domain.context import CommandContext
from lapor.domain.deadlines.indonesia import CALENDARS
from lapor.domain.deadlines.working_time import Calendar
from lapor.domain.errors import InvalidFieldError
from lapor.domain.versions import name_of, next_id

Year = Annotated[int, Number(2020, 2200)]


@dataclass(frozen=True, slots=True)
class Holiday:
    """A public holiday or a day of joint leave (libur nasional, cuti bersama)."""

    day: date
    name: PublicName


class CalendarOpened(Event):
    """A shipped calendar became one that can be changed here (kalender dibuka)."""

    TOPIC = "lapor.calendar.opened"

    calendar: str

    def apply(self, aggregate: WorkCalendar) -> None:
        aggregate.calendar = CALENDARS[self.calendar]


class HolidaysDecreed(Event):
    """A decree added holidays or took some back (penetapan hari libur); ``calendar`` is the new id."""

    TOPIC = "lapor.calendar.holidays_decreed"

    calendar: str
    added: tuple[Holiday, ...]
    removed: tuple[date, ...]
    basis: str

    def apply(self, aggregate: WorkCalendar) -> None:
        known = {day: name for day, name in aggregate.calendar.holidays.items() if day not in self.removed}
        aggregate.become(self.calendar, self.basis, holidays=known | _dated(self.added))
        aggregate.decree = self.basis


class YearAdded(Event):
    """A year was added whose holidays a decree may still change (tahun ditambahkan)."""

    TOPIC = "lapor.calendar.year_added"

    calendar: str
    year: int
    holidays: tuple[Holiday, ...]
    basis: str

    def apply(self, aggregate: WorkCalendar) -> None:
        holidays = {**aggregate.calendar.holidays, **_dated(self.holidays)}
        aggregate.become(self.calendar, self.basis, last=date(self.year, 12, 31), holidays=holidays)


class YearConfirmed(Event):
    """The holidays of a year are no longer an estimate (tahun ditetapkan)."""

    TOPIC = "lapor.calendar.year_confirmed"

    calendar: str
    year: int
    basis: str

    def apply(self, aggregate: WorkCalendar) -> None:
        aggregate.become(self.calendar, self.basis, confirmed_to=date(self.year, 12, 31))


class WorkCalendar(Aggregate):
    """The holidays by which all working days are counted. All of it is public."""

    def begin(self) -> None:
        self.calendar: Calendar
        self.decree = ""
        """The regulation of the last change of holidays."""

    def become(self, calendar: str, basis: str, **changed: date | Mapping[date, str]) -> None:
        """Change fields of the calendar, which gets a new id and basis."""
        self.calendar = replace(self.calendar, id=calendar, basis=basis, **changed)  # type: ignore[arg-type]

    @property
    def name(self) -> str:
        """The name with which all its ids begin."""
        return name_of(self.calendar.id)

    @property
    def next_id(self) -> str:
        """The id that the next change gives."""
        return next_id(self.calendar.id)

    @classmethod
    def open(cls, context: CommandContext, *, stream: UUID, calendar: str) -> Self:
        """Begin to change a calendar, from the shipped one with this id."""
        return cls.found(CalendarOpened, context, stream=stream, calendar=calendar)

    def decree_holidays(
        self,
        context: CommandContext,
        *,
        basis: PublicName,
        added: Annotated[tuple[Holiday, ...], Many(50)] = (),
        removed: Annotated[tuple[date, ...], Many(50)] = (),
    ) -> None:
        """Add holidays that a decree made, or remove some that it cancelled.

        Raises ``InvalidFieldError`` for a day that is or is not a holiday already, or outside the calendar.
        """
        if not added and not removed:
            raise InvalidFieldError(
                "added", "Name at least one day that becomes a holiday or stops being one."
            )
        self._must_be_ordinary("added", added, self.calendar.first, self.calendar.last)
        for day in removed:
            if day not in self.calendar.holidays:
                raise InvalidFieldError(
                    "removed", f"{day} is no holiday of {self.calendar.id}; leave it out."
                )
        if len(set(removed)) < len(removed):
            raise InvalidFieldError("removed", "Name each day once.")
        self.record(
            HolidaysDecreed, context, calendar=self.next_id, added=added, removed=removed, basis=basis
        )

    def add_year(
        self,
        context: CommandContext,
        *,
        year: Year,
        holidays: Annotated[tuple[Holiday, ...], Many(100)],
        basis: PublicName,
    ) -> None:
        """Add the year after the last, so that deadlines can reach into it. It is provisional at first.

        Raises ``InvalidFieldError`` for any other year, and for days outside it or named twice.
        """
        following = self.calendar.last.year + 1
        if year != following:
            raise InvalidFieldError("year", f"{self.calendar.id} ends with {following - 1}: add {following}.")
        self._must_be_ordinary("holidays", holidays, date(year, 1, 1), date(year, 12, 31))
        self.record(YearAdded, context, calendar=self.next_id, year=year, holidays=holidays, basis=basis)

    def confirm_year(self, context: CommandContext, *, year: Year, basis: PublicName) -> None:
        """Confirm that a year's holidays are those of its decree: its deadlines are no longer provisional.

        Raises ``InvalidFieldError`` for any year but the first that is provisional.
        """
        provisional = self.calendar.provisional_years
        if not provisional:
            raise InvalidFieldError("year", f"Every year of {self.calendar.id} is confirmed already.")
        if year != provisional[0]:
            raise InvalidFieldError("year", f"The next year to confirm is {provisional[0]}.")
        self.record(YearConfirmed, context, calendar=self.next_id, year=year, basis=basis)

    def _must_be_ordinary(self, field: str, holidays: tuple[Holiday, ...], first: date, last: date) -> None:
        if len({holiday.day for holiday in holidays}) < len(holidays):
            raise InvalidFieldError(field, "Name each day once.")
        for holiday in holidays:
            if not first <= holiday.day <= last:
                raise InvalidFieldError(field, f"{holiday.day} is not between {first} and {last}.")
            if holiday.day in self.calendar.holidays:
                known = self.calendar.holidays[holiday.day]
                raise InvalidFieldError(field, f"{holiday.day} is a holiday already: {known}. Leave it out.")


def _dated(holidays: tuple[Holiday, ...]) -> dict[date, str]:
    return {holiday.day: holiday.name for holiday in holidays}


CalendarOpened.FOUNDS = WorkCalendar
