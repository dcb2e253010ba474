"""What came, what went and what is open (arus pengaduan), day by day, now or as of any moment.

What the log's first events tell is counted by blocks of positions, as in `projections.sla`.
"""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from lapor.store.database import Database
from projections.engine.period import CELLS, CELLS_OF_BLOCKS, PeriodScope, cells, parts
from projections.engine.rollups import BLOCK_DAY, DAY
from projections.engine.tables import Table
from projections.flow.milestones import HAPPENED, MILESTONES


@dataclass(frozen=True, slots=True)
class FlowDay:
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
_DAYS, _DAYS_OF_BLOCKS = (
    f"""
    SELECT day, CASE WHEN %(agencies)s::uuid[] IS NULL THEN sum(filed)
                     ELSE coalesce(sum(routed) FILTER (WHERE {_CAME}), 0) END,
           sum(responded), sum(closed), sum(reopened), {_MORE}
      FROM {_SUMS}
     WHERE {each} AND day >= %(first)s AND day <= %(over)s AND {_FITS}
     GROUP BY day
""".encode()  # noqa: S608 - names of our own
    for each in (f"grain = '{DAY}'", f"grain = '{BLOCK_DAY}' AND block < %(block)s")
)
_BEFORE, _BEFORE_OF_BLOCKS = (
    f"SELECT {_MORE} FROM {_SUMS} WHERE {each} AND {_FITS}".encode()  # noqa: S608 - names of our own
    for each in (CELLS, CELLS_OF_BLOCKS)
)


def _stands(where: str) -> str:
    """Whether a complaint that stands like this is counted as open."""
    return (
        f"({where}open AND (%(agencies)s::uuid[] IS NULL OR {where}agency = ANY(%(agencies)s))"
        f" AND (%(kind)s::text IS NULL OR {where}kind = %(kind)s)) IS TRUE"
    )


_ARRIVED = f"""CASE WHEN %(agencies)s::uuid[] IS NULL THEN what = 'filed' ELSE
    what = 'routed' AND agency = ANY(%(agencies)s) AND {_CAME} END"""
# A day that is not over, as far as it has gone; and the days of a block of positions that is not whole.
_TODAY, _BLOCK = (
    f"""
    SELECT (at AT TIME ZONE %(zone)s)::date, count(*) FILTER (WHERE {_OF_KIND} AND {_ARRIVED}),
           {", ".join(f"count(*) FILTER (WHERE what = '{each}' AND {_FITS})" for each in HAPPENED[1:])},
           coalesce(sum(({_stands("")})::int - ({_stands("was_")})::int), 0)
      FROM {MILESTONES.table} WHERE {these} GROUP BY 1
""".encode()  # noqa: S608 - names of our own
    for these in (
        "at >= %(since)s AND at <= %(now)s",
        "position >= %(block_begin)s AND position <= %(position)s AND at < %(end)s",
    )
)


def days_of(
    database: Database,
    scope: PeriodScope,
    now: datetime,
    *,
    present: bool = False,
    position: int | None = None,
) -> list[FlowDay]:
    """Each day of the scope up to that of ``now``, in order, as it stood at ``now``.

    ``present``: that is the present, and whatever the log says of the day has happened. ``position``: the
    log's first events alone count, and ``now`` is their horizon.
    """
    day = scope.unfinished(now)
    over = scope.over(now)
    last = day or over
    asked = {**scope.asked, **scope.instants(last), "now": now, "over": last}
    before, summed, further = _BEFORE, _DAYS, list[bytes]()
    if position is not None:
        asked |= parts(position)
        before, summed, further = _BEFORE_OF_BLOCKS, _DAYS_OF_BLOCKS, [_BLOCK]
    elif day and not present:
        asked |= {**scope.midnights(day), "over": over}
        further = [_TODAY]
    open_, found = 0, defaultdict[date, list[int]](lambda: [0] * 5)
    with database.connection() as connection:
        for (more,) in connection.execute(before, {**asked, **cells(date.min, scope.before)}, binary=True):
            open_ += int(more)
        for query in (summed, *further):
            for on, *counts in connection.execute(query, asked, binary=True):
                if on < scope.first:
                    open_ += int(counts[-1])
                else:
                    found[on] = [a + int(b) for a, b in zip(found[on], counts, strict=True)]
    days = []
    for after in range((last - scope.first).days + 1):
        on = scope.first + timedelta(days=after)
        filed, responded, closed, reopened, more = found[on]
        open_ += more
        days.append(FlowDay(on, filed, responded, closed, reopened, open_))
    return days
