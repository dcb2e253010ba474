"""What came, what went and what is open (arus pengaduan), day by day, now or as of any moment."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from lapor.store.database import Database
from projections.bookmarks import Connection
from projections.milestones import HAPPENED, MILESTONES
from projections.scope import CELLS, Scope, cells
from projections.tables import Table


@dataclass(frozen=True, slots=True)
class Day:
    """A local day. Asked for agencies, ``filed`` is what was routed to them from elsewhere."""

    day: date
    filed: int
    responded: int
    closed: int
    reopened: int
    open: int
    """Complaints that had not ended when the day was over."""


_TABLE = Table(MILESTONES)
_SUMS = _TABLE.names[-1]
_OF_AGENCY = "(%(agencies)s::uuid[] IS NULL OR agency = ANY(%(agencies)s))"
_CAME = "(was_agency IS NULL OR was_agency <> ALL(%(agencies)s))"
_OF_KIND = "(%(kind)s::text IS NULL OR kind = %(kind)s)"
_FITS = f"{_OF_AGENCY} AND {_OF_KIND}"
_MORE = "coalesce(sum(became_open) - sum(left_open), 0)"
_DAYS = f"""
    SELECT day, CASE WHEN %(agencies)s::uuid[] IS NULL THEN sum(filed)
                     ELSE coalesce(sum(routed) FILTER (WHERE {_CAME}), 0) END,
           sum(responded), sum(closed), sum(reopened), {_MORE}
      FROM {_SUMS}
     WHERE grain = 'day' AND day >= %(first)s AND day <= %(over)s AND {_FITS}
     GROUP BY day
""".encode()  # noqa: S608 - names of our own
_BEFORE = f"SELECT {_MORE} FROM {_SUMS} WHERE {CELLS} AND {_FITS}".encode()  # noqa: S608


def _stands(where: str) -> str:
    """Whether a complaint that stands like this is counted as open."""
    return (
        f"({where}open AND (%(agencies)s::uuid[] IS NULL OR {where}agency = ANY(%(agencies)s))"
        f" AND (%(kind)s::text IS NULL OR {where}kind = %(kind)s)) IS TRUE"
    )


_ARRIVED = f"""CASE WHEN %(agencies)s::uuid[] IS NULL THEN what = 'filed' ELSE
    what = 'routed' AND agency = ANY(%(agencies)s) AND {_CAME} END"""
# A day that is not over, as far as it has gone.
_TODAY = f"""
    SELECT count(*) FILTER (WHERE {_OF_KIND} AND {_ARRIVED}),
           {", ".join(f"count(*) FILTER (WHERE what = '{each}' AND {_FITS})" for each in HAPPENED[1:])},
           coalesce(sum(({_stands("")})::int - ({_stands("was_")})::int), 0)
      FROM {MILESTONES.table} WHERE at >= %(since)s AND at <= %(now)s
""".encode()  # noqa: S608 - names of our own


def days_of(database: Database, scope: Scope, now: datetime, *, present: bool = False) -> list[Day]:
    """Each day of the scope up to that of ``now``, in order, as it stood at ``now``.

    ``present``: that is the present, and whatever the log says of the day has happened.
    """
    day = scope.unfinished(now)
    last = max(scope.over(now), day or scope.over(now))
    over = last if present else scope.over(now)
    asked = {**scope.asked, "over": over, "now": now}
    with database.connection() as connection:
        open_ = _one(connection, _BEFORE, {**asked, **cells(date.min, scope.before)})[0]
        found = {day: counts for day, *counts in connection.execute(_DAYS, asked, binary=True)}
        if day and not present and day >= scope.first:
            found[day] = _one(connection, _TODAY, {**asked, **scope.midnights(day)})
    days = []
    for after in range((last - scope.first).days + 1):
        day = scope.first + timedelta(days=after)
        filed, responded, closed, reopened, more = map(int, found.get(day, (0, 0, 0, 0, 0)))
        open_ += more
        days.append(Day(day, filed, responded, closed, reopened, int(open_)))
    return days


def _one(connection: Connection, query: bytes, asked: dict[str, Any]) -> list[int]:
    return list(connection.execute(query, asked, binary=True).fetchone() or ())
