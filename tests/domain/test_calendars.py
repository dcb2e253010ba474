"""The calendars Lapor ships with, against the package they were copied from."""

from datetime import date

import holidays

from lapor.domain.deadlines.indonesia import CALENDARS, INDONESIA


def listed(years: range) -> dict[date, str]:
    return dict(
        holidays.country_holidays("ID", years=years, categories=("public", "government"), language="id")
    )


def test_the_confirmed_years_are_those_of_the_holidays_package() -> None:
    ours = {day for day in INDONESIA.holidays if day <= INDONESIA.confirmed_to}

    assert ours == set(listed(range(2020, 2027)))


def test_names_are_indonesian_and_those_of_the_package_but_for_one_spelling() -> None:
    theirs = listed(range(2020, 2027))

    different = {day: name for day, name in INDONESIA.holidays.items() if theirs.get(day, name) != name}

    assert different == {date(2020, 12, 31): "Pengganti Cuti Bersama Hari Raya Idul Fitri"}


def test_2027_is_dated_but_not_confirmed() -> None:
    assert (INDONESIA.first, INDONESIA.confirmed_to, INDONESIA.last) == (
        date(2020, 1, 1),
        date(2026, 12, 31),
        date(2027, 12, 31),
    )
    assert sum(day.year == 2027 for day in INDONESIA.holidays) == 26
    assert not any("perkiraan" in name for name in INDONESIA.holidays.values())


def test_a_year_has_the_working_days_of_the_decree() -> None:
    """domain.md §8: 237 in 2025, 240 in 2026, 242 in 2027, of Monday to Friday."""
    weekdays = (
        date.fromordinal(n) for n in range(date(2025, 1, 1).toordinal(), date(2028, 1, 1).toordinal())
    )
    worked = [day.year for day in weekdays if day.weekday() < 5 and day not in INDONESIA.holidays]

    assert {year: worked.count(year) for year in (2025, 2026, 2027)} == {2025: 237, 2026: 240, 2027: 242}


def test_every_calendar_stands_under_its_own_id() -> None:
    assert {key: calendar.id for key, calendar in CALENDARS.items()} == {"id-2026/1": "id-2026/1"}
