"""The body of ``lapor agency hours``: a week and extra days, from the words of the command line."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from datetime import date, time
from typing import Annotated, Any

from lapor.domain.body_check import check
from lapor.domain.command_fields import Many, Pattern, Text, fields_of

DayAndHours = tuple[str, str, str]
"""A weekday or a date, when it opens, when it closes."""

_TimeOfDay = Annotated[str, Pattern(r"([01][0-9]|2[0-3]):[0-5][0-9]", "a time of day such as 07:30")]


@dataclass(frozen=True)
class _OpenDay:
    opens: _TimeOfDay
    closes: _TimeOfDay


@dataclass(frozen=True)
class _ExtraDay:
    day: date
    opens: _TimeOfDay
    closes: _TimeOfDay


@dataclass(frozen=True)
class _Week:
    mon: _OpenDay | None = None
    tue: _OpenDay | None = None
    wed: _OpenDay | None = None
    thu: _OpenDay | None = None
    fri: _OpenDay | None = None
    sat: _OpenDay | None = None
    sun: _OpenDay | None = None


@dataclass(frozen=True)
class _Hours:
    since: date
    zone: Annotated[str, Text(64)] | None = None
    week: _Week | None = None
    extra: Annotated[tuple[_ExtraDay, ...], Many(400)] = ()


WEEKDAYS = [day.name for day in fields(_Week)]


def hours_body(
    since: date, zone: str | None, week: Iterable[DayAndHours], extra: Iterable[DayAndHours]
) -> dict[str, Any]:
    """Return a body as ``Agencies.set_hours`` takes it: None where nothing is said.

    Raises ``InvalidFieldError`` for a time or a date that is none.
    """
    given = {
        "since": since,
        "zone": zone,
        "week": {day: {"opens": opens, "closes": closes} for day, opens, closes in week} or None,
        "extra": [{"day": day, "opens": opens, "closes": closes} for day, opens, closes in extra] or None,
    }
    body = check(fields_of(_Hours), given)
    if body["week"] is not None:
        days = (body["week"].get(day) for day in WEEKDAYS)
        body["week"] = [list(_times(day).values()) if day else None for day in days]
    if body["extra"] is not None:
        body["extra"] = [{"day": extra_day["day"], **_times(extra_day)} for extra_day in body["extra"]]
    return body


def _times(day: Mapping[str, Any]) -> dict[str, time]:
    return {name: time.fromisoformat(day[name]) for name in ("opens", "closes")}
