"""What came, what went and what is open (arus pengaduan), day by day."""

from dataclasses import dataclass
from datetime import date

from lapor.store.database import Database
from projections.columns import row_factory
from projections.milestones import MILESTONES
from projections.scope import END, Scope


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


def _counted(where: str) -> str:
    """Whether a complaint that stands like this is counted."""
    return (
        f"({where}open AND (%(agencies)s::uuid[] IS NULL OR {where}agency = ANY(%(agencies)s))"
        f" AND (%(kind)s::text IS NULL OR {where}kind = %(kind)s)) IS TRUE"
    )


_OF_AGENCY = "(%(agencies)s::uuid[] IS NULL OR agency = ANY(%(agencies)s))"
_ARRIVED = """CASE WHEN %(agencies)s::uuid[] IS NULL THEN what = 'filed' ELSE
    what = 'routed' AND agency = ANY(%(agencies)s)
    AND NOT coalesce(was_agency = ANY(%(agencies)s), false) END"""
_DAYS = f"""
    WITH change AS (
        SELECT (at AT TIME ZONE %(zone)s)::date AS day,
               count(*) FILTER (WHERE fits AND {_ARRIVED}) AS filed,
               count(*) FILTER (WHERE fits AND what = 'responded' AND {_OF_AGENCY}) AS responded,
               count(*) FILTER (WHERE fits AND what = 'closed' AND {_OF_AGENCY}) AS closed,
               count(*) FILTER (WHERE fits AND what = 'reopened' AND {_OF_AGENCY}) AS reopened,
               sum(({_counted("")})::int - ({_counted("was_")})::int) AS more
          FROM {MILESTONES.table}, LATERAL (SELECT %(kind)s::text IS NULL OR kind = %(kind)s) AS asked (fits)
         WHERE at < {END}
         GROUP BY 1
    )
    SELECT %(first)s::date + after, coalesce(filed, 0), coalesce(responded, 0), coalesce(closed, 0),
           coalesce(reopened, 0),
           ((SELECT coalesce(sum(more), 0) FROM change WHERE day < %(first)s::date)
            + sum(coalesce(more, 0)) OVER (ORDER BY after))::bigint
      FROM generate_series(0, %(last)s::date - %(first)s::date) AS each (after)
      LEFT JOIN change ON day = %(first)s::date + after
     ORDER BY after
""".encode()  # noqa: S608 - names of our own
_DAY = row_factory(Day)


def days_of(database: Database, scope: Scope) -> list[Day]:
    """Each day of the scope, in order."""
    with database.connection() as connection, connection.cursor(row_factory=_DAY) as cursor:
        return cursor.execute(_DAYS, scope.asked, binary=True).fetchall()
