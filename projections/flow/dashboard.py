"""Flow of complaints (arus pengaduan): filed, responded, closed, reopened, open; by day, as of any moment."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from lapor.store.database import Database
from projections.engine.period import CELLS, PeriodScope, cell_parameters
from projections.engine.rollups import DAY
from projections.engine.tables import Table
from projections.flow.milestones import EVENT_MEASURES, MILESTONES


@dataclass(frozen=True, slots=True)
class FlowDay:
    """The counts of a local day. For agencies, ``filed`` are complaints routed to them from others."""

    day: date
    filed: int
    responded: int
    closed: int
    reopened: int
    open: int
    """Complaints that had not ended at the end of the day."""


_TABLE = Table(MILESTONES)
_ROLLUP = _TABLE.names[-1]
_OF_AGENCY = "(%(agencies)s::uuid[] IS NULL OR agency = ANY(%(agencies)s))"
_CAME = "(was_agency IS NULL OR was_agency <> ALL(%(agencies)s))"
_OF_KIND = "(%(kind)s::text IS NULL OR kind = %(kind)s)"
_FITS = f"{_OF_AGENCY} AND {_OF_KIND}"
_OPENED = "coalesce(sum(became_open) - sum(left_open), 0)"
_DAYS = f"""
    SELECT day, CASE WHEN %(agencies)s::uuid[] IS NULL THEN sum(filed)
                     ELSE coalesce(sum(routed) FILTER (WHERE {_CAME}), 0) END,
           sum(responded), sum(closed), sum(reopened), {_OPENED}
      FROM {_ROLLUP}
     WHERE grain = '{DAY}' AND day >= %(first)s AND day <= %(over)s AND {_FITS}
     GROUP BY day
""".encode()  # noqa: S608 - constants only
_BEFORE = f"SELECT {_OPENED} FROM {_ROLLUP} WHERE {CELLS} AND {_FITS}".encode()  # noqa: S608 - constants only


def _counts_as_open(prefix: str) -> str:
    """Return the expression whether a complaint is open in the scope; ``prefix`` chooses the columns."""
    return (
        f"({prefix}open AND (%(agencies)s::uuid[] IS NULL OR {prefix}agency = ANY(%(agencies)s))"
        f" AND (%(kind)s::text IS NULL OR {prefix}kind = %(kind)s)) IS TRUE"
    )


_ARRIVED = f"""CASE WHEN %(agencies)s::uuid[] IS NULL THEN what = 'filed' ELSE
    what = 'routed' AND agency = ANY(%(agencies)s) AND {_CAME} END"""
# Counts from rows: of the present day up to now.
_TODAY = f"""
    SELECT (at AT TIME ZONE %(zone)s)::date, count(*) FILTER (WHERE {_OF_KIND} AND {_ARRIVED}),
           {", ".join(f"count(*) FILTER (WHERE what = '{each}' AND {_FITS})" for each in EVENT_MEASURES[1:])},
           coalesce(sum(({_counts_as_open("")})::int - ({_counts_as_open("was_")})::int), 0)
      FROM {MILESTONES.table} WHERE at >= %(since)s AND at <= %(now)s GROUP BY 1
""".encode()  # noqa: S608 - constants only


def days_of(database: Database, scope: PeriodScope, now: datetime, *, present: bool = False) -> list[FlowDay]:
    """Return the days of the scope up to the day of ``now``, in order, as of ``now``.

    ``present``: ``now`` is the present, so all events of that day have happened.
    """
    counted_days = scope.days_as_of(now, present=present)
    parameters = {**scope.parameters, "now": now, "over": counted_days.cells}
    queries = [_DAYS]
    if counted_days.rows:
        parameters |= scope.midnights(counted_days.rows)
        queries.append(_TODAY)
    open_, totals = 0, defaultdict[date, list[int]](lambda: [0] * 5)
    with database.connection() as connection:
        for (opened,) in connection.execute(
            _BEFORE, {**parameters, **cell_parameters(date.min, scope.day_before)}, binary=True
        ):
            open_ += int(opened)
        for query in queries:
            for on, *counts in connection.execute(query, parameters, binary=True):
                if on < scope.first:
                    open_ += int(counts[-1])
                else:
                    totals[on] = [a + int(b) for a, b in zip(totals[on], counts, strict=True)]
    days = []
    for after in range((counted_days.last - scope.first).days + 1):
        on = scope.first + timedelta(days=after)
        filed, responded, closed, reopened, opened = totals[on]
        open_ += opened
        days.append(FlowDay(on, filed, responded, closed, reopened, open_))
    return days
