"""The workload of an agency (beban kerja): its backlog, counted by stage, age and urgency."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from lapor.domain.vocabulary import Stage
from lapor.store.database import Connection, Database
from lapor.store.pg_arrays import IntArray
from projections.backlog.projection import BACKLOG, OWED
from projections.complaints.register import URGENCY
from projections.engine.side_tables import VALID_AT
from projections.engine.tables import Table

AGES = ("0-2", "3-7", "8-14", "15-30", "31-60", "over_60")
"""Groups of local days since a complaint came to the agency."""
_LAST_DAYS = (2, 7, 14, 30, 60)
_OLDEST = IntArray([days + 1 for days in _LAST_DAYS])
_TABLE = Table(BACKLOG)
_HISTORY, _ROLLUP = _TABLE.names[1:]
_OVERDUE, _DUE_SOON = "overdue", "due soon"
# The present: the days on which complaints came and what fell due before today are read from the rollup. Only
# what falls due from today on is read from rows.
_NOW = f"""
    SELECT stage, width_bucket(%(today)s::date - day, %(oldest)s::int[]) AS age, sum(came)::bigint
      FROM {_ROLLUP} WHERE grain = 'day' AND agency = %(agency)s AND came > 0 GROUP BY stage, age
    UNION ALL
    SELECT '{_OVERDUE}', NULL, coalesce(sum(due), 0) FROM {_ROLLUP}
     WHERE grain = 'day' AND agency = %(agency)s AND day < %(today)s
    UNION ALL
    SELECT each.* FROM (
        SELECT count(*) FILTER (WHERE due_at < %(now)s) AS overdue,
               count(*) FILTER (WHERE due_at >= %(now)s) AS due_soon
          FROM {BACKLOG.table} WHERE agency = %(agency)s AND {OWED}
           AND {URGENCY} >= %(midnight)s AND {URGENCY} < %(soon)s
    ) AS rows, LATERAL (VALUES ('{_OVERDUE}', NULL::int, overdue), ('{_DUE_SOON}', NULL, due_soon)) AS each
"""  # noqa: S608 - constants only
_OLDER = ", ".join(f"count(*) FILTER (WHERE routed_at < %(days_{days})s)" for days in _LAST_DAYS)
_THEN = f"""
    SELECT stage, count(*) FILTER (WHERE due_at < %(at)s), count(*) FILTER (WHERE due_at < %(soon)s),
           count(*), {_OLDER}
      FROM {_HISTORY} WHERE agency = %(agency)s AND {VALID_AT} AND {OWED} GROUP BY stage
"""  # noqa: S608 - constants only


@dataclass(slots=True)
class BacklogCounts:
    """Counts of an agency's complaints. ``due_soon`` and ``overdue`` are by its own earliest promise."""

    open: int = 0
    due_soon: int = 0
    overdue: int = 0
    by_stage: Counter[Stage] = field(default_factory=Counter)
    by_age: Counter[str] = field(default_factory=lambda: Counter(dict.fromkeys(AGES, 0)))

    def add(self, stage: str, age: str, count: int) -> None:
        """Add complaints of a stage and an age group."""
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
    past: bool = False,
) -> BacklogCounts:
    """Count what an agency owes at ``now``; ``past``: what it owed then, from the row history.

    A promise is due soon if it falls due within ``soon``. Days are local days of ``zone``.
    """
    midnight = now.astimezone(ZoneInfo(zone)).replace(hour=0, minute=0, second=0, microsecond=0)
    parameters: dict[str, Any] = {
        "agency": agency,
        "now": now,
        "soon": now + soon,
        "today": midnight.date(),
        "midnight": midnight,
        "oldest": _OLDEST,
        **{f"days_{days}": midnight - timedelta(days) for days in _LAST_DAYS},
    }
    with database.connection() as connection:
        return _then(connection, parameters | {"at": now}) if past else _now(connection, parameters)


def _now(connection: Connection, parameters: dict[str, Any]) -> BacklogCounts:
    totals = BacklogCounts()
    for what, age, count in connection.rows(_NOW, parameters):
        if what == _OVERDUE:
            totals.overdue += int(count)
        elif what == _DUE_SOON:
            totals.due_soon = int(count)
        else:
            totals.add(what, AGES[age], int(count))
    return totals


def _then(connection: Connection, parameters: dict[str, Any]) -> BacklogCounts:
    totals = BacklogCounts()
    rows = connection.execute(_THEN.encode(), parameters, binary=True, prepare=False)
    for stage, overdue, due_by_then, *older in rows:
        totals.overdue += overdue
        totals.due_soon += due_by_then - overdue
        for age, (these, fewer) in zip(AGES, pairwise((*older, 0)), strict=True):
            totals.add(stage, age, these - fewer)
    return totals
