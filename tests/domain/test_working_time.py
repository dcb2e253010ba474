"""Working time, against dates computed elsewhere and against a slow counter that walks day by day."""

import random
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lapor.domain.deadlines.indonesia import INDONESIA
from lapor.domain.deadlines.working_time import (
    INDONESIAN_HOURS,
    Calendar,
    Hours,
    Unit,
    WorkingTime,
    working_time,
)
from lapor.domain.errors import BeyondCalendarError

WIB = ZoneInfo("Asia/Jakarta")
JAKARTA = INDONESIAN_HOURS
MAKASSAR = replace(JAKARTA, zone="Asia/Makassar")
JAYAPURA = replace(JAKARTA, zone="Asia/Jayapura")
LOS_ANGELES = replace(JAKARTA, zone="America/Los_Angeles")
SATURDAYS_TOO = replace(JAKARTA, week=(*JAKARTA.week[:5], (time(8), time(12)), None))
NIGHT_SHIFT = Hours("America/Los_Angeles", (*[None] * 5, (time(0, 30), time(23)), (time(0, 30), time(6))))
AGENCIES = [JAKARTA, MAKASSAR, JAYAPURA, LOS_ANGELES, SATURDAYS_TOO, NIGHT_SHIFT]
NAMES = ["WIB", "WITA", "WIT", "DST", "Saturdays", "weekend nights with DST"]

any_agency = st.sampled_from(AGENCIES)
any_minute = st.integers(0, 7 * 365 * 24 * 60).map(
    lambda m: datetime(2020, 1, 2, tzinfo=UTC) + timedelta(minutes=m)
)
any_instant = st.tuples(any_minute, st.integers(0, 59_999_999)).map(
    lambda t: t[0] + timedelta(microseconds=t[1])
)


def wib(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=WIB)


def at_jakarta() -> WorkingTime:
    return working_time(INDONESIA, JAKARTA)


def due_date(start: str, n: int, unit: Unit = Unit.WORKING_DAY) -> str:
    return at_jakarta().due(wib(f"{start}T10:00"), n, unit).at.astimezone(WIB).date().isoformat()


# The slow counter: nothing but a calendar, opening hours and a walk from one day, or minute, to the next.


def is_worked(day: date, hours: Hours) -> bool:
    return hours.week[day.weekday()] is not None and day not in INDONESIA.holidays


def opening(day: date, hours: Hours) -> tuple[datetime, datetime]:
    span = hours.week[day.weekday()]
    assert span is not None
    opens, closes = (datetime.combine(day, at, ZoneInfo(hours.zone)).astimezone(UTC) for at in span)
    return opens, closes


def worked_from(day: date, hours: Hours) -> Iterator[date]:
    while True:
        if is_worked(day, hours):
            yield day
        day += timedelta(days=1)


def day_zero(start: datetime, hours: Hours) -> date:
    days = worked_from(start.astimezone(ZoneInfo(hours.zone)).date(), hours)
    return next(day for day in days if start <= opening(day, hours)[1])


def slowly_due(start: datetime, n: int, unit: Unit, hours: Hours) -> tuple[datetime, date]:
    if unit is Unit.CALENDAR_DAY:
        day = start.astimezone(ZoneInfo(hours.zone)).date() + timedelta(days=n)
        return datetime.combine(day, time(23, 59, 59), ZoneInfo(hours.zone)).astimezone(UTC), day
    days = worked_from(day_zero(start, hours), hours)
    if unit is Unit.WORKING_DAY:
        for _ in range(n):
            next(days)
        day = next(days)
        return opening(day, hours)[1], day
    left = timedelta(hours=n)
    for day in days:
        opens, closes = opening(day, hours)
        begins = max(opens, start)
        if begins + left <= closes:
            return begins + left, day
        left -= max(closes - begins, timedelta())
    raise AssertionError


def slow_minutes(start: datetime, end: datetime, hours: Hours) -> int:
    """Look at every minute's wall clock; both ends on a whole minute."""
    zone, count = ZoneInfo(hours.zone), 0
    while start < end:
        local = start.astimezone(zone)
        span = hours.week[local.weekday()]
        if span and span[0] <= local.time() < span[1] and local.date() not in INDONESIA.holidays:
            count += 1
        start += timedelta(minutes=1)
    return count


# Dates computed elsewhere


@pytest.mark.parametrize(
    ("start", "dates"),
    [
        ("2026-03-12", ["2026-03-17", "2026-03-26", "2026-04-02", "2026-04-09", "2026-06-23"]),
        ("2026-03-17", ["2026-03-27", "2026-03-31", "2026-04-08", "2026-04-14", "2026-06-26"]),
        ("2026-05-11", ["2026-05-18", "2026-05-20", "2026-05-29", "2026-06-05", "2026-08-11"]),
        ("2026-11-24", ["2026-11-27", "2026-12-01", "2026-12-08", "2026-12-14", "2027-02-23"]),
        ("2026-12-18", ["2026-12-23", "2026-12-29", "2027-01-07", "2027-01-13", "2027-03-31"]),
        ("2027-03-04", ["2027-03-17", "2027-03-19", "2027-03-30", "2027-04-05", "2027-06-16"]),
    ],
)
def test_3_5_10_14_and_60_working_days_end_on_the_dates_of_the_domain_table(
    start: str, dates: list[str]
) -> None:
    """domain.md §3.1."""
    assert [due_date(start, n) for n in (3, 5, 10, 14, 60)] == dates


def test_cuti_bersama_is_not_worked() -> None:
    public_only = {d: n for d, n in INDONESIA.holidays.items() if not n.startswith("Cuti Bersama")}
    trap = working_time(replace(INDONESIA, id="trap", holidays=public_only), JAKARTA)

    assert due_date("2026-03-17", 3) == "2026-03-27"
    assert trap.due(wib("2026-03-17T10:00"), 3).at.astimezone(WIB).date() == date(2026, 3, 23)


def test_a_promise_says_which_holidays_it_passed() -> None:
    assert at_jakarta().due(wib("2026-03-17T10:00"), 3).passed == (
        (date(2026, 3, 18), "Cuti Bersama Hari Suci Nyepi"),
        (date(2026, 3, 19), "Hari Suci Nyepi"),
        (date(2026, 3, 20), "Cuti Bersama Hari Raya Idul Fitri"),
        (date(2026, 3, 23), "Cuti Bersama Hari Raya Idul Fitri"),
        (date(2026, 3, 24), "Cuti Bersama Hari Raya Idul Fitri"),
    )


def test_the_hours_of_the_presidential_regulation_are_37_and_a_half_and_breaks() -> None:
    monday, next_monday = wib("2026-02-02T00:00"), wib("2026-02-09T00:00")

    assert at_jakarta().minutes_between(monday, next_monday) == 37.5 * 60 + 4 * 60 + 90


# When an event arrives


@pytest.mark.parametrize(
    ("start", "due"),
    [
        pytest.param("2026-07-06T07:00", "2026-07-07T16:00", id="before opening, on the same day"),
        pytest.param("2026-07-06T10:00", "2026-07-07T16:00", id="in opening hours, on the same day"),
        pytest.param("2026-07-06T16:00", "2026-07-07T16:00", id="at closing, on the same day"),
        pytest.param("2026-07-06T16:00:00.000001", "2026-07-08T16:00", id="just after closing, on the next"),
        pytest.param("2026-07-06T23:30", "2026-07-08T16:00", id="at night, on the next day"),
        pytest.param("2026-07-10T16:45", "2026-07-14T16:00", id="after Friday's closing, on Monday"),
        pytest.param("2026-07-11T10:00", "2026-07-14T16:00", id="on Saturday, on Monday"),
        pytest.param("2026-08-17T10:00", "2026-08-19T16:00", id="on a holiday, on the day after"),
        pytest.param("2026-03-18T10:00", "2026-03-26T16:00", id="on cuti bersama, after the whole closure"),
        pytest.param("2026-07-08T10:00", "2026-07-09T16:00", id="due at Thursday's closing"),
        pytest.param("2026-07-09T10:00", "2026-07-10T16:30", id="due at Friday's later closing"),
    ],
)
def test_an_event_arrives(start: str, due: str) -> None:
    assert at_jakarta().due(wib(start), 1).at == wib(due)


def test_the_day_of_an_event_is_the_agencys_not_the_reporters() -> None:
    """15:30 on Monday in Jakarta is 17:30 in Jayapura: closed there, so Tuesday is day 0."""
    start = wib("2026-07-06T15:30")

    assert at_jakarta().due(start, 1).at == wib("2026-07-07T16:00")
    assert working_time(INDONESIA, JAYAPURA).due(start, 1).at == wib("2026-07-08T14:00")


def test_an_agency_open_on_saturday_counts_saturday() -> None:
    friday = wib("2026-07-10T10:00")

    assert working_time(INDONESIA, SATURDAYS_TOO).due(friday, 1).at == wib("2026-07-11T12:00")
    assert at_jakarta().due(friday, 1).at == wib("2026-07-13T16:00")


def test_an_agency_open_on_saturday_passes_a_holiday_on_saturday() -> None:
    friday = wib("2025-03-27T10:00")

    open_saturdays = working_time(INDONESIA, SATURDAYS_TOO).due(friday, 1)

    assert (date(2025, 3, 29), "Hari Suci Nyepi") in open_saturdays.passed
    assert (date(2025, 3, 29), "Hari Suci Nyepi") not in at_jakarta().due(friday, 1).passed


def test_calendar_days_pass_through_closed_days_to_the_end_of_a_date() -> None:
    due = at_jakarta().due(wib("2026-03-14T22:00"), 14, Unit.CALENDAR_DAY)

    assert (due.at, due.passed) == (wib("2026-03-28T23:59:59"), ())


@pytest.mark.parametrize(
    ("start", "hours", "due"),
    [
        ("2026-07-06T10:00", 3, "2026-07-06T13:00"),
        ("2026-07-06T07:00", 3, "2026-07-06T10:30"),
        ("2026-07-06T15:00", 3, "2026-07-07T09:30"),
        ("2026-07-06T13:00", 3, "2026-07-06T16:00"),
        ("2026-07-06T16:00", 3, "2026-07-07T10:30"),
        ("2026-07-11T10:00", 3, "2026-07-13T10:30"),
        ("2026-03-17T14:00", 3, "2026-03-25T08:30"),
    ],
)
def test_working_hours_run_only_while_the_agency_is_open(start: str, hours: int, due: str) -> None:
    assert at_jakarta().due(wib(start), hours, Unit.WORKING_HOUR).at == wib(due)


def test_an_hour_that_the_clocks_skip_is_not_worked() -> None:
    """In Los Angeles 02:00 was followed by 03:00 on 8 March 2026, and 01:59 by 01:00 on 1 November."""
    nights = working_time(INDONESIA, NIGHT_SHIFT)
    zone = ZoneInfo("America/Los_Angeles")
    ends = [datetime(2026, 3, 8, 12, tzinfo=zone), datetime(2026, 3, 15, 12, tzinfo=zone)]
    ends.append(datetime(2026, 11, 1, 12, tzinfo=zone))

    assert [nights.minutes_between(end - timedelta(hours=12), end) for end in ends] == [270, 330, 390]


def test_hours_that_the_clocks_skip_whole_are_empty_not_negative() -> None:
    small_hours = working_time(INDONESIA, Hours("America/Los_Angeles", (*[None] * 6, (time(2, 30), time(3)))))
    noon = datetime(2026, 3, 8, 12, tzinfo=ZoneInfo("America/Los_Angeles"))

    assert small_hours.minutes_between(noon - timedelta(days=1), noon) == 0
    assert small_hours.minutes_between(noon - timedelta(days=1), noon + timedelta(days=7)) == 30


# The slow counter agrees


@pytest.mark.parametrize("hours", AGENCIES, ids=NAMES)
def test_a_slow_counter_agrees_on_a_thousand_promises_of_each_agency(hours: Hours) -> None:
    dice = random.Random(f"{hours}")
    fast = working_time(INDONESIA, hours)
    for _ in range(1000):
        start = datetime(2020, 1, 2, tzinfo=UTC) + timedelta(seconds=dice.randrange(6 * 365 * 86_400))
        n, unit = dice.choice([1, 2, 3, 5, 10, 14, 30, 60]), dice.choice(list(Unit))
        at, day = slowly_due(start, n, unit, hours)

        due = fast.due(start, n, unit)

        assert (due.at, due.provisional) == (at, day > INDONESIA.confirmed_to), (start, n, unit)
        if unit is not Unit.CALENDAR_DAY:
            zero = day_zero(start, hours)
            assert due.passed == tuple(
                (holiday, name)
                for holiday, name in INDONESIA.holidays.items()
                if zero < holiday < day and hours.week[holiday.weekday()]
            ), (start, n, unit)


@pytest.mark.parametrize("hours", AGENCIES, ids=NAMES)
def test_a_slow_counter_agrees_on_open_minutes(hours: Hours) -> None:
    dice = random.Random(f"{hours}")
    for day in [date(2026, 3, 7), date(2026, 3, 17), date(2026, 10, 31)] + [
        date(2020, 1, 2) + timedelta(days=dice.randrange(2500)) for _ in range(20)
    ]:
        start = datetime.combine(day, time(), UTC) + timedelta(minutes=dice.randrange(1440))
        end = start + timedelta(minutes=dice.randrange(4 * 1440))

        assert working_time(INDONESIA, hours).minutes_between(start, end) == slow_minutes(start, end, hours)


# Laws of open minutes


@given(any_agency, any_minute, any_minute, any_minute)
@settings(max_examples=200, deadline=None)
def test_open_minutes_add_up_over_a_split(hours: Hours, a: datetime, b: datetime, c: datetime) -> None:
    start, split, end = sorted((a, b, c))
    between = working_time(INDONESIA, hours).minutes_between

    assert between(start, split) + between(split, end) == between(start, end)


@given(any_agency, any_instant, st.integers(0, 50_000))
@settings(max_examples=200, deadline=None)
def test_adding_open_minutes_is_the_inverse_of_counting_them(
    hours: Hours, start: datetime, minutes: int
) -> None:
    agency = working_time(INDONESIA, hours)

    end = agency.add_minutes(start, minutes)

    assert agency.minutes_between(start, end) == minutes
    assert minutes == 0 or agency.minutes_between(start, end - timedelta(microseconds=1)) == minutes - 1


@given(any_agency, any_instant, st.integers(1, 300))
@settings(max_examples=200, deadline=None)
def test_working_hours_are_sixty_open_minutes(hours: Hours, start: datetime, n: int) -> None:
    agency = working_time(INDONESIA, hours)

    assert agency.due(start, n, Unit.WORKING_HOUR).at == agency.add_minutes(start, n * 60)


def test_no_minute_is_open_when_the_end_is_not_after_the_start() -> None:
    now = wib("2026-07-06T10:00")

    assert at_jakarta().minutes_between(now, now) == 0
    assert at_jakarta().minutes_between(now, now - timedelta(days=9)) == 0


def test_minutes_outside_the_calendar_are_closed_and_never_fail() -> None:
    forever = at_jakarta().minutes_between(datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC))

    assert forever == at_jakarta().minutes_between(wib("2020-01-01T00:00"), wib("2027-12-31T23:59"))
    assert at_jakarta().minutes_between(wib("2031-01-06T10:00"), wib("2031-01-08T10:00")) == 0


# Days left


@pytest.mark.parametrize(
    ("now", "due", "left"),
    [
        pytest.param("2026-07-06T10:00", "2026-07-08T16:00", 2, id="two working days"),
        pytest.param("2026-07-08T10:00", "2026-07-08T16:00", 0, id="today"),
        pytest.param("2026-07-08T16:00", "2026-07-08T16:00", 0, id="this very moment"),
        pytest.param("2026-07-08T00:00", "2026-07-08T16:00", 0, id="today, since midnight"),
        pytest.param("2026-07-10T10:00", "2026-07-13T16:00", 1, id="Monday, on Friday"),
        pytest.param("2026-07-11T10:00", "2026-07-13T16:00", 1, id="Monday, on Saturday"),
        pytest.param("2026-03-17T10:00", "2026-03-27T16:30", 3, id="after a long closure"),
        pytest.param("2026-07-10T10:00", "2026-07-12T23:59:59", 0, id="in a weekend"),
        pytest.param("2026-07-08T16:01", "2026-07-08T16:00", -1, id="a minute ago"),
        pytest.param("2026-07-11T10:00", "2026-07-10T16:30", -1, id="yesterday, and today is closed"),
        pytest.param("2026-07-13T10:00", "2026-07-10T16:30", -1, id="the working day before"),
        pytest.param("2026-07-14T10:00", "2026-07-10T16:30", -2, id="two working days ago"),
        pytest.param("2031-01-01T10:00", "2031-02-01T10:00", 0, id="where no calendar reaches"),
    ],
)
def test_days_left_counts_working_days_to_a_promise_due(now: str, due: str, left: int) -> None:
    assert at_jakarta().days_left(wib(now), wib(due)) == left


@given(any_agency, any_instant, st.integers(1, 60))
@settings(max_examples=200, deadline=None)
def test_as_many_days_are_left_as_were_promised_on_arrival(hours: Hours, start: datetime, n: int) -> None:
    agency = working_time(INDONESIA, hours)
    arrival = agency.add_minutes(start, 1)

    assert agency.days_left(arrival, agency.due(arrival, n).at) == n


# Where the calendar ends


def test_a_promise_is_provisional_after_the_last_confirmed_date() -> None:
    start = wib("2026-12-29T10:00")

    assert [at_jakarta().due(start, n).provisional for n in (1, 2, 3)] == [False, False, True]
    assert [at_jakarta().due(start, n, Unit.CALENDAR_DAY).provisional for n in (2, 3)] == [False, True]
    assert [at_jakarta().due(start, n, Unit.WORKING_HOUR).provisional for n in (23, 24)] == [False, True]


@pytest.mark.parametrize(
    ("unit", "fits"), [(Unit.WORKING_DAY, 2), (Unit.CALENDAR_DAY, 2), (Unit.WORKING_HOUR, 23)]
)
def test_a_promise_beyond_the_calendar_is_refused(unit: Unit, fits: int) -> None:
    start = wib("2027-12-29T10:00")
    at_jakarta().due(start, fits, unit)

    with pytest.raises(BeyondCalendarError, match="confirm the next year's calendar") as refused:
        at_jakarta().due(start, fits + 1, unit)

    assert refused.value.calendar_id == "id-2026/1"
    assert (refused.value.first, refused.value.last) == (date(2020, 1, 1), date(2027, 12, 31))


def test_the_first_moment_of_the_calendar_is_counted() -> None:
    assert due_date("2020-01-01", 1) == "2020-01-03"
    assert at_jakarta().due(wib("2020-01-01T00:00"), 1).at == wib("2020-01-03T16:30")


@pytest.mark.parametrize("unit", Unit)
def test_a_start_outside_the_calendar_is_refused(unit: Unit) -> None:
    with pytest.raises(BeyondCalendarError, match="begins earlier"):
        at_jakarta().due(wib("2019-12-31T23:59:59"), 1, unit)
    with pytest.raises(BeyondCalendarError, match="confirm the next year's calendar"):
        at_jakarta().due(wib("2028-01-01T00:00"), 1, unit)


def test_minutes_are_not_added_beyond_the_calendar() -> None:
    with pytest.raises(BeyondCalendarError, match="confirm the next year's calendar"):
        at_jakarta().add_minutes(wib("2027-12-31T10:00"), 24 * 60)
    with pytest.raises(BeyondCalendarError, match="begins earlier"):
        at_jakarta().add_minutes(wib("2019-12-31T10:00"), 1)


# Refusals


@pytest.mark.parametrize("n", [0, -3])
def test_a_limit_of_nothing_is_refused(n: int) -> None:
    with pytest.raises(ValueError, match="counts from 1 upwards"):
        at_jakarta().due(wib("2026-07-06T10:00"), n)


def test_minutes_are_not_taken_away() -> None:
    with pytest.raises(ValueError, match="pass forward"):
        at_jakarta().add_minutes(wib("2026-07-06T10:00"), -1)


def test_a_moment_without_a_zone_is_refused() -> None:
    aware = wib("2026-07-06T10:00")
    naive = aware.replace(tzinfo=None)
    agency = at_jakarta()
    for count in (
        lambda: agency.due(naive, 1),
        lambda: agency.add_minutes(naive, 0),
        lambda: agency.minutes_between(aware, naive),
        lambda: agency.days_left(naive, aware),
    ):
        with pytest.raises(ValueError, match="no time zone"):
            count()


@pytest.mark.parametrize(
    ("zone", "week", "sentence"),
    [
        ("Asia/Jakarta", JAKARTA.week[:6], "has 7 days"),
        ("Asia/Jakarta", (None,) * 7, "at least one day"),
        ("Asia/Jakarta", ((time(9), time(9)), *JAKARTA.week[1:]), "open before it closes"),
        ("Asia/Atlantis", JAKARTA.week, "not the name of a time zone"),
        ("Asia", JAKARTA.week, "not the name of a time zone"),
        ("../etc", JAKARTA.week, "not the name of a time zone"),
    ],
)
def test_hours_that_cannot_be_are_refused(
    zone: str, week: tuple[tuple[time, time] | None, ...], sentence: str
) -> None:
    with pytest.raises(ValueError, match=sentence):
        Hours(zone, week)


def test_a_calendar_that_contradicts_itself_is_refused() -> None:
    first, last = date(2026, 1, 1), date(2026, 12, 31)

    with pytest.raises(ValueError, match="in this order"):
        Calendar("backwards", last, last, first, {})
    with pytest.raises(ValueError, match="outside its span: 2027-01-01"):
        Calendar("stray", first, last, last, {date(2027, 1, 1): "Tahun Baru Masehi"})


# Working it out once


def test_equal_calendars_and_hours_are_worked_out_once() -> None:
    again = working_time(replace(INDONESIA, holidays=dict(INDONESIA.holidays)), replace(JAKARTA))

    assert again is at_jakarta()


def test_a_calendar_keeps_its_dates_when_the_callers_change() -> None:
    dates = {date(2026, 1, 1): "Tahun Baru Masehi"}
    calendar = Calendar("kept", date(2026, 1, 1), date(2026, 12, 31), date(2026, 12, 31), dates)

    dates.clear()

    assert calendar.holidays == {date(2026, 1, 1): "Tahun Baru Masehi"}
