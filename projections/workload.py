"""How much an agency owes (beban kerja): the backlog, counted."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from lapor.domain.terms import Stage
from lapor.store.database import Database
from projections.backlog import BACKLOG, OWED
from projections.moments import Moment, rows_at
from projections.tables import Table

AGES = ("0-2", "3-7", "8-14", "15-30", "31-60", "over_60")
"""Whole days since it came to the agency."""
_FIRST_DAYS = [3, 8, 15, 31, 61]
_TABLE = Table(BACKLOG)
_COUNT = f"""
    SELECT stage,
           width_bucket(extract(epoch FROM %(now)s::timestamptz - routed_at) / 86400, %(days)s::numeric[]),
           count(*),
           count(*) FILTER (WHERE due_at >= %(now)s AND due_at < %(soon)s),
           count(*) FILTER (WHERE due_at < %(now)s)
      FROM {{rows}} AS owed WHERE agency = %(agency)s AND {OWED} GROUP BY 1, 2
"""  # noqa: S608 - names of our own
_NOW = _COUNT.format(rows=BACKLOG.table).encode()


@dataclass(slots=True)
class Workload:
    """Complaints with an agency, and of how many its earliest promise is due soon or already missed."""

    open: int = 0
    due_soon: int = 0
    overdue: int = 0
    by_stage: Counter[Stage] = field(default_factory=Counter)
    by_age: Counter[str] = field(default_factory=lambda: Counter(dict.fromkeys(AGES, 0)))


def counts(
    database: Database,
    agency: UUID,
    now: datetime,
    *,
    soon: timedelta = timedelta(hours=24),
    moment: Moment | None = None,
) -> Workload:
    """Count what an agency owes at ``now``, or owed at a moment that it names.

    Due soon is what falls due within ``soon``.
    """
    asked = {"agency": agency, "now": now, "soon": now + soon, "days": _FIRST_DAYS}
    query = _NOW
    if moment is not None:
        query = _COUNT.format(rows=rows_at(_TABLE, moment)).encode()
        asked |= moment.asked
    with database.connection() as connection:
        found = connection.execute(query, asked, prepare=None if moment is None else False).fetchall()
    load = Workload()
    for stage, age, count, due_soon, overdue in found:
        load.open += count
        load.due_soon += due_soon
        load.overdue += overdue
        load.by_stage[Stage(stage)] += count
        load.by_age[AGES[age]] += count
    return load
