"""The scope of a dashboard (days, agencies, a kind), and the rollup cells that cover a period of days."""

from dataclasses import asdict, dataclass
from datetime import date, datetime, time, timedelta
from typing import Any, NamedTuple
from uuid import UUID
from zoneinfo import ZoneInfo

from lapor.domain.vocabulary import Kind
from projections.engine.rollups import DAY, MONTH

_DAY, _INSTANT = timedelta(days=1), timedelta(microseconds=1)
_LATEST = date(9999, 1, 1)  # later than any cell, and early enough to calculate the next month
CELLS = f"""
    (grain = '{MONTH}' AND day >= %(months_from)s AND day < %(months_to)s
     OR grain = '{DAY}' AND (day >= %(first)s AND day < %(months_from)s
                          OR day >= %(months_to)s AND day < %(end)s))
"""
"""The condition of the cells that cover a period: whole months, and single days at its edges."""


def cell_parameters(first: date, last: date) -> dict[str, date]:
    """Return the parameters of ``CELLS`` for days ``first`` to ``last``. None if ``last`` is earlier."""
    first, end = min(first, _LATEST), min(last, _LATEST) + _DAY
    months_from = first if first.day == 1 else _next_month(first)
    months_to = end.replace(day=1)
    if months_from >= months_to:  # no whole month
        months_from = months_to = max(first, end)
    return {"first": first, "end": end, "months_from": months_from, "months_to": months_to}


def _next_month(day: date) -> date:
    return (day.replace(day=1) + timedelta(days=31)).replace(day=1)


def _midnight(day: date, zone: str) -> datetime:
    return datetime.combine(day, time.min, ZoneInfo(zone))


class DaysAsOf(NamedTuple):
    """Cells count up to a day, rows on the one after it, if a past moment lies within that day."""

    cells: date
    """The last day that is counted from cells."""
    today: date | None
    """The day in progress, if it belongs to the scope."""
    rows: date | None
    """The day that is counted from rows up to the moment."""

    @property
    def last(self) -> date:
        """The last day that is counted."""
        return self.today or self.cells


@dataclass(frozen=True, slots=True)
class PeriodScope:
    """Local days of ``zone`` from ``first`` to ``last``, both included.

    ``agencies`` None: all agencies, and counts of no agency. ``kind`` None: every kind.
    """

    first: date
    last: date
    zone: str
    agencies: tuple[UUID, ...] | None = None
    kind: Kind | None = None

    def days_as_of(self, moment: datetime, *, present: bool) -> "DaysAsOf":
        """Return from what the scope's days are counted as of a moment.

        ``present``: it is the present, so the cells of the day in progress hold all that has happened on it.
        """
        today, over = self.day_in_progress(moment), self.last_whole_day(moment)
        return DaysAsOf(today or over if present else over, today, None if present else today)

    def last_whole_day(self, moment: datetime) -> date:
        """Return the scope's last day that was over at a moment; a day before ``first`` if none was."""
        return min(self.last, self._day(moment + _INSTANT) - _DAY)

    @property
    def day_before(self) -> date:
        """The day before ``first``."""
        return self.first - _DAY if self.first > date.min else date.min  # which has no events

    def day_in_progress(self, moment: datetime) -> date | None:
        """Return the local day in which a moment lies; None if that day or the scope was over by then."""
        day = self._day(moment)
        return day if day <= self.last and self.last_whole_day(moment) < day else None

    def midnights(self, day: date) -> dict[str, datetime]:
        """Return when a day begins and ends, as parameters."""
        return {"since": _midnight(day, self.zone), "until": _midnight(day + _DAY, self.zone)}

    def _day(self, moment: datetime) -> date:
        return moment.astimezone(ZoneInfo(self.zone)).date()

    def instants(self, last: date) -> dict[str, datetime]:
        """Return when ``first`` begins and when the day ``last`` ends, as parameters."""
        return {"begin": _midnight(self.first, self.zone), "end": _midnight(last + _DAY, self.zone)}

    @property
    def parameters(self) -> dict[str, Any]:
        """The scope as parameters of a query."""
        agencies = None if self.agencies is None else list(self.agencies)
        return {**asdict(self), "agencies": agencies}
