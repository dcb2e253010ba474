"""Working time (waktu kerja): when a promise falls due, and how much open time has passed.

A calendar says which dates are holidays, hours say when an agency is open; together they count.
Sources: Perpres 21/2023 (days and hours), the yearly SKB 3 Menteri (holidays and cuti bersama).

Everything is a function of its arguments. Instants go in aware, in any zone, and come out in UTC; a naive
datetime is refused with ValueError. Spans are real elapsed time, so a change of the clocks (DST) inside
opening hours is counted as it happened.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from functools import lru_cache
from itertools import accumulate
from zoneinfo import ZoneInfo

from lapor.domain.errors import BeyondCalendarError

DAYS_IN_A_WEEK = 7
ONE_DAY = timedelta(days=1)
ONE_MINUTE = timedelta(minutes=1)
ONE_SECOND = timedelta(seconds=1)


class Unit(StrEnum):
    """The unit of a limit (hari kerja, hari kalender, jam kerja)."""

    WORKING_DAY = "working_day"
    CALENDAR_DAY = "calendar_day"
    WORKING_HOUR = "working_hour"


@dataclass(frozen=True)
class Calendar:
    """The holidays (hari libur, with cuti bersama) of a span of dates, by name; both ends included.

    Days after `confirmed_to` are still an estimate. An id stands for the same dates for ever: a changed
    calendar is a new calendar with a new id. `basis` is the regulation that it follows. Raises ValueError
    when the dates contradict each other.
    """

    id: str
    first: date
    confirmed_to: date
    last: date
    holidays: Mapping[date, str] = field(hash=False)
    basis: str = field(default="", compare=False)

    def __post_init__(self) -> None:
        if not self.first <= self.confirmed_to <= self.last:
            raise ValueError(f"Calendar {self.id} must begin, be confirmed and end in this order.")
        if outside := sorted(day for day in self.holidays if not self.first <= day <= self.last):
            raise ValueError(f"Calendar {self.id} names a holiday outside its span: {outside[0]}.")
        object.__setattr__(self, "holidays", dict(sorted(self.holidays.items())))

    @property
    def provisional_years(self) -> tuple[int, ...]:
        """The years that a decree may still change."""
        return tuple(range((self.confirmed_to + ONE_DAY).year, self.last.year + 1))

    def new_since(self, other: Calendar) -> tuple[date, ...]:
        """The holidays, in order, that the other calendar knew as ordinary days."""
        return tuple(
            day for day in self.holidays if day not in other.holidays and other.first <= day <= other.last
        )


@dataclass(frozen=True, slots=True)
class Opening:
    """A day on which an agency is open outside its usual week, even on a holiday."""

    day: date
    opens: time
    closes: time


@dataclass(frozen=True)
class Hours:
    """An agency's opening hours (jam kerja): an IANA zone and, Monday first, when each day opens and closes.

    None is a closed day. `extra` are days with hours of their own, also on holidays (hari buka tambahan).
    Hours are the span from opening to closing: breaks are not subtracted, and the shorter hours of Ramadan
    are not known. Raises ValueError, with a sentence, for hours that cannot be.
    """

    zone: str
    week: tuple[tuple[time, time] | None, ...]
    extra: tuple[Opening, ...] = ()

    def __post_init__(self) -> None:
        if len(self.week) != DAYS_IN_A_WEEK:
            raise ValueError(
                f"A week of opening hours has 7 days, Monday first; this one has {len(self.week)}."
            )
        if not any(self.week):
            raise ValueError("An agency must be open on at least one day of the week.")
        for opens, closes in (*filter(None, self.week), *((each.opens, each.closes) for each in self.extra)):
            if opens >= closes:
                raise ValueError(f"An agency must open before it closes; {opens} is not before {closes}.")
        if len({each.day for each in self.extra}) < len(self.extra):
            raise ValueError("An extra opening day must be named once only.")
        try:
            ZoneInfo(self.zone)
        except (KeyError, ValueError, OSError) as error:
            raise ValueError(
                f"{self.zone!r} is not the name of a time zone, such as Asia/Jakarta."
            ) from error


INDONESIAN_HOURS = Hours(
    zone="Asia/Jakarta",
    week=(*[(time(7, 30), time(16))] * 4, (time(7, 30), time(16, 30)), None, None),
)
"""Perpres 21/2023: 37 h 30 min a week net of breaks (60 min, Friday 90), which are not subtracted here."""


@dataclass(frozen=True, slots=True)
class Due:
    """The moment a promise falls due, and why then.

    `at` is in UTC. `provisional`: the due day is after the calendar's last confirmed date. `passed`: the
    holidays that were skipped after day 0 and before the due day, on weekdays the agency is otherwise open.
    """

    at: datetime
    provisional: bool
    passed: tuple[tuple[date, str], ...]


def _beyond(calendar: Calendar, *, before: bool = False) -> BeyondCalendarError:
    return BeyondCalendarError(calendar.id, calendar.first, calendar.last, before=before)


class WorkingTime:
    """The working time of one agency: a calendar and opening hours, worked out once (see `working_time`)."""

    def __init__(self, calendar: Calendar, hours: Hours) -> None:
        self.calendar = calendar
        self.hours = hours
        self._zone = ZoneInfo(hours.zone)
        self._days: list[date] = []
        skipped: list[tuple[date, str]] = []
        self._skipped_before: list[int] = []  # for each working day, how many of `skipped` precede it
        self._midnights: list[datetime] = []
        self._opens: list[datetime] = []
        self._closes: list[datetime] = []
        extra = {each.day: (each.opens, each.closes) for each in hours.extra}
        for ordinal in range(calendar.first.toordinal(), calendar.last.toordinal() + 1):
            day = date.fromordinal(ordinal)
            opening = extra.get(day) or hours.week[day.weekday()]
            if opening is None:
                continue
            if day in calendar.holidays and day not in extra:
                skipped.append((day, calendar.holidays[day]))
                continue
            opens, closes = (self._instant(day, at) for at in opening)
            self._days.append(day)
            self._skipped_before.append(len(skipped))
            self._midnights.append(self._instant(day))
            self._opens.append(opens)
            self._closes.append(max(opens, closes))  # a DST gap can swallow the hours whole
        self._skipped = tuple(skipped)
        spans = (closes - opens for opens, closes in zip(self._opens, self._closes, strict=True))
        self._open_before = list(accumulate(spans, initial=timedelta()))  # open time before each working day
        self._first_provisional = bisect_right(self._days, calendar.confirmed_to)
        self._begins = self._instant(calendar.first)
        self._ends = self._instant(calendar.last + ONE_DAY)

    def due(self, start: datetime, n: int, unit: Unit = Unit.WORKING_DAY) -> Due:
        """Return when a promise of `n` units falls due that starts to count at `start`.

        The day of the event, in the agency's zone, is day 0. An event after closing or on a day that is not
        worked arrives on the next working day, which is then day 0; one before opening, or at the very moment
        of closing, arrives on its own day.

        - working day: the closing time of the n-th working day after day 0
        - calendar day: 23:59:59 of the n-th date after the event's own; nothing is skipped
        - working hour: when n hours of open time have passed since the arrival

        Raises ValueError when n < 1, BeyondCalendarError when the calendar lacks the start or the due day.
        """
        if n < 1:
            raise ValueError(f"A limit counts from 1 upwards; {n} is not a limit.")
        at = self._covered(start)
        if unit == Unit.CALENDAR_DAY:
            return self._due_on_date(at, n)
        arrival = bisect_left(self._closes, at)
        if unit == Unit.WORKING_DAY:
            day = arrival + n
            if day >= len(self._days):
                raise _beyond(self.calendar)
            moment = self._closes[day]
        else:
            moment, day = self._after(at, timedelta(hours=n))
        passed = self._skipped[self._skipped_before[arrival] : self._skipped_before[day]]
        return Due(moment, day >= self._first_provisional, passed)

    def minutes_between(self, start: datetime, end: datetime) -> int:
        """Return the whole open minutes between two instants; 0 when `end` is not after `start`.

        Time outside the calendar counts as closed, so that stopping a clock never fails.
        """
        return max(self._open_until(_utc(end)) - self._open_until(_utc(start)), timedelta()) // ONE_MINUTE

    def add_minutes(self, start: datetime, minutes: int) -> datetime:
        """Return the first instant, in UTC, at which so many open minutes have passed since `start`.

        0 minutes leave the start as it is. Raises ValueError for a negative number, BeyondCalendarError when
        the start or the answer is not in the calendar.
        """
        if minutes < 0:
            raise ValueError(f"Open minutes pass forward; {minutes} cannot be added.")
        if minutes == 0:
            return _utc(start)
        return self._after(self._covered(start), timedelta(minutes=minutes))[0]

    def opening(self, at: datetime) -> datetime:
        """Return the first instant from `at` on, in UTC, at which the agency is open.

        At its closing time it is open no longer. Raises BeyondCalendarError when the calendar lacks the
        instant or the next working day.
        """
        moment = self._covered(at)
        day = bisect_right(self._closes, moment)
        if day >= len(self._days):
            raise _beyond(self.calendar)
        return max(moment, self._opens[day])

    def is_open(self, at: datetime) -> bool:
        """Return whether the agency is open; what the calendar does not hold counts as closed."""
        day = bisect_right(self._opens, _utc(at)) - 1
        return day >= 0 and _utc(at) < self._closes[day]

    def push_back(self, due_at: datetime, since: datetime, until: datetime, unit: Unit) -> Due:
        """Return when a promise falls due that was due at `due_at` and waited from `since` to `until`.

        Working days: later by the open time of the wait, at the closing time of the day that this comes to (a
        deadline in the middle of a day would tell at what minute the reporter answered). Calendar days: later
        by the days begun. Working hours: later by the open minutes. A wait outside open hours moves nothing
        that is counted in them. Raises BeyondCalendarError when the answer is not in the calendar.
        """
        if unit == Unit.CALENDAR_DAY:
            days = -(-max(_utc(until) - _utc(since), timedelta()) // ONE_DAY)
            return self._due_on_date(self._covered(due_at), days)
        moment = self.add_minutes(due_at, self.minutes_between(since, until))
        if unit == Unit.WORKING_DAY and moment != _utc(due_at):
            moment = self._closes[bisect_left(self._closes, moment)]
        return Due(moment, moment.astimezone(self._zone).date() > self.calendar.confirmed_to, ())

    def instead_of(self, before: WorkingTime, since: datetime, due_at: datetime, unit: Unit) -> Due:
        """Return when a promise falls due that began at `since` and that `before` put at `due_at`.

        It is due after as much working time as it had: as many working days, at closing time, or as many open
        minutes. Where nothing between its beginning and its end has changed it stays where it is, to the
        second. Dates are counted alike by every calendar. Raises BeyondCalendarError when the answer is not
        in this calendar.
        """
        moment = due_at
        if unit == Unit.WORKING_HOUR:
            minutes = before.minutes_between(since, due_at)
            if self.minutes_between(since, due_at) != minutes:
                moment = self.add_minutes(since, minutes)
        elif unit == Unit.WORKING_DAY:
            arrival, days = bisect_left(self._closes, since), before.days_from_arrival(since, due_at)
            if self.days_from_arrival(since, due_at) != days:
                if arrival + days >= len(self._days):
                    raise _beyond(self.calendar)
                moment = self._closes[arrival + days]
        return Due(moment, moment.astimezone(self._zone).date() > self.calendar.confirmed_to, ())

    def days_from_arrival(self, since: datetime, until: datetime) -> int:
        """Return which working day after its arrival, day 0, something of `since` has come to at `until`."""
        return self._days_begun(until) - 1 - bisect_left(self._closes, since)

    def days_left(self, now: datetime, due_at: datetime) -> int:
        """Return how many working days are left after today, in the agency's zone, up to the due day.

        0: today is the last day (or only closed days remain). Negative: overdue; -1 from the moment `due_at`
        has passed until the end of the next working day, then one less with each working day.
        Days outside the calendar count as closed, so that a list of deadlines never fails.
        """
        today, due_day = self._days_begun(now), self._days_begun(due_at)
        return due_day - today if _utc(now) <= _utc(due_at) else min(due_day - today, -1)

    def _due_on_date(self, at: datetime, n: int) -> Due:
        today = at.astimezone(self._zone).date()
        if n > (self.calendar.last - today).days:
            raise _beyond(self.calendar)
        day = today + timedelta(days=n)
        last_second = self._instant(day + ONE_DAY) - ONE_SECOND
        return Due(last_second, day > self.calendar.confirmed_to, ())

    def _after(self, at: datetime, open_time: timedelta) -> tuple[datetime, int]:
        """Return the first instant at which `open_time` (> 0) has passed since `at`, and its working day."""
        total = self._open_until(at) + open_time
        day = bisect_left(self._open_before, total) - 1
        if day >= len(self._days):
            raise _beyond(self.calendar)
        return self._opens[day] + (total - self._open_before[day]), day

    def _open_until(self, at: datetime) -> timedelta:
        """Return the open time from the calendar's begin until `at`."""
        day = bisect_right(self._opens, at) - 1
        if day < 0:
            return timedelta()
        return self._open_before[day] + (min(at, self._closes[day]) - self._opens[day])

    def _days_begun(self, at: datetime) -> int:
        """Return how many working days of the calendar have begun at `at`, its own day included."""
        return bisect_right(self._midnights, _utc(at))

    def _covered(self, start: datetime) -> datetime:
        """Return the start in UTC, if the calendar knows its day."""
        at = _utc(start)
        if at < self._begins or at >= self._ends:
            raise _beyond(self.calendar, before=at < self._begins)
        return at

    def _instant(self, day: date, at: time = time.min) -> datetime:
        return datetime.combine(day, at, self._zone).astimezone(UTC)


@lru_cache(maxsize=128)
def working_time(calendar: Calendar, hours: Hours) -> WorkingTime:
    """Return the working time of a calendar and opening hours; equal ones are worked out once."""
    return WorkingTime(calendar, hours)


def _utc(moment: datetime) -> datetime:
    if moment.utcoffset() is None:
        raise ValueError(f"{moment} has no time zone: working time is counted between instants.")
    return moment.astimezone(UTC)
