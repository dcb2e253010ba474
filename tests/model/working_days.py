"""Working days counted one by one, as a clerk counts them on a wall calendar: slow, and easy to believe.

Only the dates of the holidays are taken from the product; ``tests/domain/test_calendars.py`` compares
those with another source.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from zoneinfo import ZoneInfo

from lapor.domain.deadlines.indonesia import INDONESIA

FIRST, LAST, CONFIRMED_TO = INDONESIA.first, INDONESIA.last, INDONESIA.confirmed_to
HOLIDAYS = frozenset(INDONESIA.holidays)
DAY, MINUTE, SECOND = timedelta(days=1), timedelta(minutes=1), timedelta(seconds=1)
Span = tuple[datetime, datetime]


class BeyondCalendar(Exception):
    """The count leaves the years that the calendar knows."""


@dataclass(frozen=True)
class OpeningHours:
    """An office's zone and when it is open, Monday first."""

    zone: str
    week: tuple[tuple[time, time] | None, ...]

    def day_of(self, at: datetime) -> date:
        return at.astimezone(ZoneInfo(self.zone)).date()

    @cache  # noqa: B019 - four offices, a few thousand days
    def open_on(self, day: date) -> Span | None:
        """From when to when it is open on that day; None where it is closed, or the calendar ends."""
        hours = self.week[day.weekday()]
        if hours is None or day in HOLIDAYS or not FIRST <= day <= LAST:
            return None
        opens, closes = (datetime.combine(day, hour, ZoneInfo(self.zone)).astimezone(UTC) for hour in hours)
        return opens, closes

    def open_since(self, at: datetime) -> Iterator[Span]:
        """Every opening that has not ended before ``at``, in order, to the end of the calendar."""
        day = known(self.day_of(at))
        while day <= LAST:
            span = self.open_on(day)
            if span and span[1] >= at:
                yield span
            day += DAY

    def after_working_days(self, at: datetime, n: int) -> datetime:
        """The closing of the n-th working day after the one on which something of that instant arrives."""
        for passed, (_, closes) in enumerate(self.open_since(at)):
            if passed == n:
                return closes
        raise BeyondCalendar

    def after_dates(self, at: datetime, n: int) -> datetime:
        """The last second of the n-th date after that of the instant."""
        day = known(known(self.day_of(at)) + n * DAY)
        return datetime.combine(day + DAY, time.min, ZoneInfo(self.zone)).astimezone(UTC) - SECOND

    def minutes(self, since: datetime, until: datetime) -> int:
        """The whole minutes that it was open between two instants."""
        if until <= since:
            return 0
        total, day = timedelta(), self.day_of(since)
        while day <= self.day_of(until):
            span = self.open_on(day)
            if span:
                total += max(min(until, span[1]) - max(since, span[0]), timedelta())
            day += DAY
        return total // MINUTE

    def later_by(self, due: datetime, minutes: int) -> datetime:
        """The closing of the day on which so many open minutes after ``due`` have passed."""
        left = minutes * MINUTE
        if not left:
            return due
        for opens, closes in self.open_since(due):
            left -= closes - max(opens, due)
            if left <= timedelta():
                return closes
        raise BeyondCalendar

    def unconfirmed(self, at: datetime) -> bool:
        return self.day_of(at) > CONFIRMED_TO


def known(day: date) -> date:
    if not FIRST <= day <= LAST:
        raise BeyondCalendar
    return day


def _week(text: str) -> tuple[tuple[time, time] | None, ...]:
    """Seven days such as ``07:30-16:00``, or ``-`` for a closed one."""
    days = ([time.fromisoformat(hour) for hour in day.split("-") if hour] for day in text.split())
    return tuple((hours[0], hours[1]) if hours else None for hours in days)


COORDINATING = OpeningHours("Asia/Jakarta", _week(4 * "07:30-16:00 " + "07:30-16:30 - -"))
AGENCIES = {
    "BM": COORDINATING,
    "INSP": COORDINATING,
    "DUKCAPIL": OpeningHours("Asia/Makassar", _week(5 * "08:00-15:00 " + "08:00-11:00 -")),
    "PASAR": OpeningHours(
        "Asia/Jayapura", _week("- 09:00-13:45 07:00-19:00 09:00-13:45 - 09:00-12:00 09:00-12:00")
    ),
}

INSPECTORATES = {"INSP"}
TWO_PERSONS = {"DUKCAPIL"}
"""Agencies whose answers are approved by another officer than their author."""


def office(agency: str | None) -> OpeningHours:
    return AGENCIES[agency] if agency else COORDINATING
