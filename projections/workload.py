"""How much an agency owes (beban kerja): the backlog, counted."""

from bisect import bisect_left
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from lapor.domain.terms import Stage
from lapor.store.database import Database
from projections.backlog import BACKLOG, OWED
from projections.moments import Moment
from projections.register import URGENCY
from projections.tables import Table

AGES = ("0-2", "3-7", "8-14", "15-30", "31-60", "over_60")
"""Local days since it came to the agency."""
_LAST_DAYS = (2, 7, 14, 30, 60)
_TABLE = Table(BACKLOG)
_PAST, _SUMS = _TABLE.names[1:]
_CAME = f"""
    SELECT stage, %(today)s::date - day, came FROM {_SUMS}
     WHERE grain = 'day' AND agency = %(agency)s AND came > 0
"""  # noqa: S608 - names of our own
_DUE = f"""
    SELECT (SELECT coalesce(sum(due), 0) FROM {_SUMS}
             WHERE grain = 'day' AND agency = %(agency)s AND day < %(today)s),
           count(*) FILTER (WHERE due_at < %(now)s), count(*) FILTER (WHERE due_at >= %(now)s)
      FROM {BACKLOG.table} WHERE agency = %(agency)s AND {OWED}
       AND {URGENCY} >= %(midnight)s AND {URGENCY} < %(soon)s
"""  # noqa: S608 - names of our own
_HELD = f"SELECT stage, routed_at, due_at FROM {{table}} WHERE agency = %(agency)s AND {{held}} AND {OWED}"  # noqa: S608 - names of our own
_THEN = f"""
    SELECT stage, width_bucket(routed_at, %(midnights)s::timestamptz[]),
           count(*), count(*) FILTER (WHERE due_at < %(now)s),
           count(*) FILTER (WHERE due_at >= %(now)s AND due_at < %(soon)s)
      FROM ({_HELD.format(table=_PAST, held="{over}")} UNION ALL
            {_HELD.format(table=_TABLE.name, held="{current}")}) AS held GROUP BY 1, 2
"""  # noqa: S608 - names of our own


@dataclass(slots=True)
class Workload:
    """Complaints with an agency, and of how many its earliest promise is due soon or already missed."""

    open: int = 0
    due_soon: int = 0
    overdue: int = 0
    by_stage: Counter[Stage] = field(default_factory=Counter)
    by_age: Counter[str] = field(default_factory=lambda: Counter(dict.fromkeys(AGES, 0)))

    def add(self, stage: str, age: str, count: int) -> None:
        """Complaints at a stage that are of an age."""
        self.open += count
        self.by_stage[Stage(stage)] += count
        self.by_age[age] += count


def counts(
    database: Database,
    agency: UUID,
    now: datetime,
    zone: str,
    *,
    soon: timedelta = timedelta(hours=24),
    moment: Moment | None = None,
) -> Workload:
    """Count what an agency owes at ``now``, or owed at a moment that it names.

    Due soon is what falls due within ``soon``. Days are those of ``zone``.
    """
    midnight = now.astimezone(ZoneInfo(zone)).replace(hour=0, minute=0, second=0, microsecond=0)
    asked: dict[str, Any] = {
        "agency": agency,
        "now": now,
        "soon": now + soon,
        "today": midnight.date(),
        "midnight": midnight,
        "midnights": [midnight - timedelta(days) for days in reversed(_LAST_DAYS)],
    }
    load = Workload()
    with database.connection() as connection:
        if moment is None:
            for stage, days, count in connection.rows(_CAME, asked):
                load.add(stage, AGES[bisect_left(_LAST_DAYS, days)], count)
            ((earlier, today, load.due_soon),) = connection.rows(_DUE, asked)
            load.overdue = int(earlier) + today
            return load
        query = _THEN.format(over=moment.over, current=moment.current).encode()
        for stage, passed, count, overdue, due_soon in connection.execute(
            query, {**asked, **moment.asked}, binary=True, prepare=False
        ):
            load.add(stage, AGES[-1 - passed], count)
            load.overdue += overdue
            load.due_soon += due_soon
    return load
