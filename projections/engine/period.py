"""What a dashboard is about: days, agencies, a kind; and which cells of the sums these days are."""

from dataclasses import asdict, dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from lapor.domain.vocabulary import Kind
from projections.engine.rollups import BLOCK_DAY, BLOCK_MONTH, DAY, MONTH, begin_of, block_of

_DAY, _INSTANT = timedelta(days=1), timedelta(microseconds=1)
_LATEST = date(9999, 1, 1)  # beyond which no cell is, and months can still be reckoned
_CELLS = """
    (grain = '{}' AND day >= %(months_from)s AND day < %(months_to)s
     OR grain = '{}' AND (day >= %(first)s AND day < %(months_from)s
                          OR day >= %(months_to)s AND day < %(end)s))
"""
CELLS = _CELLS.format(MONTH, DAY)
"""The cells of some days: whole months, and single days at the edges."""
CELLS_OF_BLOCKS = f"{_CELLS.format(BLOCK_MONTH, BLOCK_DAY)} AND block < %(block)s"
"""The same of the events before a block of positions alone."""


def parts(position: int) -> dict[str, int]:
    """The block of a position, which is not whole, and where that begins."""
    block = block_of(position)
    return {"position": position, "block": block, "block_begin": begin_of(block)}


def cells(first: date, last: date) -> dict[str, date]:
    """What ``CELLS`` asks for the days from ``first`` to ``last``; none where that lies before."""
    first, end = min(first, _LATEST), min(last, _LATEST) + _DAY
    months_from = first if first.day == 1 else _next_month(first)
    months_to = end.replace(day=1)
    if months_from >= months_to:  # no month is whole
        months_from = months_to = max(first, end)
    return {"first": first, "end": end, "months_from": months_from, "months_to": months_to}


def _next_month(day: date) -> date:
    return (day.replace(day=1) + timedelta(days=31)).replace(day=1)


def _midnight(day: date, zone: str) -> datetime:
    return datetime.combine(day, time.min, ZoneInfo(zone))


@dataclass(frozen=True, slots=True)
class PeriodScope:
    """Local days of ``zone`` from ``first`` to ``last``, both included.

    ``agencies`` None means all of them and what is no agency's; ``kind`` None means whichever.
    """

    first: date
    last: date
    zone: str
    agencies: tuple[UUID, ...] | None = None
    kind: Kind | None = None

    def over(self, moment: datetime) -> date:
        """The last day of it that was over at a moment; before the first one where none was."""
        return min(self.last, self._day(moment + _INSTANT) - _DAY)

    @property
    def before(self) -> date:
        """The day before its first."""
        return self.first - _DAY if self.first > date.min else date.min  # on which nothing is

    def unfinished(self, moment: datetime) -> date | None:
        """The day of the moment, unless that or the scope was over."""
        day = self._day(moment)
        return day if day <= self.last and self.over(moment) < day else None

    def midnights(self, day: date) -> dict[str, datetime]:
        """When a day begins and ends."""
        return {"since": _midnight(day, self.zone), "until": _midnight(day + _DAY, self.zone)}

    def _day(self, moment: datetime) -> date:
        return moment.astimezone(ZoneInfo(self.zone)).date()

    def instants(self, last: date) -> dict[str, datetime]:
        """When its first day begins, and when the ``last`` that counts is over."""
        return {"begin": _midnight(self.first, self.zone), "end": _midnight(last + _DAY, self.zone)}

    @property
    def asked(self) -> dict[str, Any]:
        """The parameters of a query."""
        agencies = None if self.agencies is None else list(self.agencies)
        return {**asdict(self), "agencies": agencies}
